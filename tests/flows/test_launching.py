"""A whole run of the command line, and what it costs to run it again."""

import json
import subprocess
import sys
from collections.abc import Mapping

import pandas as pd
import pytest

from schemas.stages import STAGES
from schemas.tables import TABLES
from tests.command_line import ROOT, CalmRun
from tests.small_models import SmallModels

_RERUN = """
import json, sys
from pathlib import Path
from flows.launching import launch
from flows.progress import Silent
from schemas.config import PipelineConfig
from schemas.stages import StageName

if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    config = PipelineConfig.model_validate(asked["settings"])
    results = Path(asked["results"])
    account = launch(asked["corpus"], results, config, tuple(StageName), Silent())
    heavy = [
        name
        for name in ("torch", "spacy", "gensim", "transformers", "rensa")
        if name in sys.modules
    ]
    done = {stage.stage: stage.books.done for stage in account.stages}
    print(json.dumps({"heavy": heavy, "tasks": account.tasks, "done": done,
                      "outcome": account.outcome, "failures": account.failures}))
"""


def test_a_run_accounts_for_everything(calm_run: CalmRun) -> None:
    """32 records: 30 documents, a duplicate, an empty file; every stage has done its part."""
    stages = calm_run.account["stages"]
    assert isinstance(stages, list)

    books = {stage["stage"]: stage["books"] for stage in stages}
    assert list(books) == list(STAGES)
    assert books["ingest"] == {
        "found": 32,
        "done": 30,
        "reused": 0,
        "duplicate": 1,
        "rejected": 1,
        "skipped": 0,
    }
    assert {stage["done"] for name, stage in books.items() if name != "report"} == {30}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_is_there(calm_run: CalmRun, table: str) -> None:
    """Pandas reads each, with the columns that are promised, and with rows."""
    frame = pd.read_parquet(calm_run.results / table)

    assert list(frame.columns) == TABLES[table].names
    assert len(frame) > 0


def test_a_run_leaves_nothing_behind(calm_run: CalmRun) -> None:
    """No staging, no half-written part; the report is there."""
    names = {path.name for path in calm_run.results.iterdir()}

    assert names - set(TABLES) <= {".corpusmill.json", ".lock", ".staging", "report.html"}
    assert list(calm_run.results.glob(".staging/*")) == []
    assert list(calm_run.results.glob("*/.part-*")) == []
    assert "report.html" in names


def test_running_again_computes_nothing(
    calm_run: CalmRun, small_models: SmallModels, prefect_home: Mapping[str, str]
) -> None:
    """No task is submitted, and no library of language or learning is imported."""
    asked = {
        "corpus": str(calm_run.corpus),
        "results": str(calm_run.results),
        "settings": small_models.settings,
    }

    said = subprocess.run(
        [sys.executable, "-c", _RERUN, json.dumps(asked)],
        cwd=ROOT,
        env=prefect_home,
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == {
        "heavy": [],
        "tasks": 0,
        "done": dict.fromkeys(STAGES, 0),
        "outcome": "done",
        "failures": [],
    }
