"""A run that is killed at any instant costs nothing but time.

Runs of the command line are killed with SIGKILL at random instants and started again. What they
leave can be read at any moment, their helpers end by themselves, and the last run, which goes to
its end, gives the rows of a run that nothing disturbed.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import psutil
import pytest

from schemas.tables import TABLES
from tests import in_process
from tests.command_line import ROOT, arguments
from tests.small_models import SmallModels
from tests.tables import assert_same_rows

KILLS = int(os.environ.get("CORPUSMILL_KILLS", "3"))
"""Times that a run is killed; 20 for a long test."""
_HELPERS_END_WITHIN_S = 15.0
"""Workers and server look for their parent each second; a busy machine takes its time."""
_THINGS = ("boat", "net", "pier", "storm", "lighthouse", "ferry", "herring", "gull", "rope", "tide")


@pytest.mark.timeout(1800)
def test_a_killed_run_is_taken_up_where_it_was(
    small_models: SmallModels, prefect_home: Mapping[str, str], tmp_path: Path
) -> None:
    """Killed again and again, the results are those of a run that was left in peace."""
    corpus, calm, killed = tmp_path / "corpus", tmp_path / "calm", tmp_path / "killed"
    _write_corpus(corpus)
    began = time.monotonic()
    undisturbed = _run(corpus, calm, small_models, prefect_home)
    lasts = time.monotonic() - began

    chance = random.Random(20)
    for _ in range(KILLS):
        process = _start(corpus, killed, small_models, prefect_home)
        time.sleep(chance.uniform(0.1, 1.0) * lasts)
        helpers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.communicate()

        _assert_readable(killed)
        _, alive = psutil.wait_procs(helpers, timeout=_HELPERS_END_WITHIN_S)
        assert [one.cmdline() for one in alive] == []
    account = _run(corpus, killed, small_models, prefect_home)

    assert_same_rows(in_process.rows(killed), in_process.rows(calm))
    assert account["outcome"] == undisturbed["outcome"] == "done"
    assert _found(account) == _found(undisturbed)
    assert _hidden(killed) == _hidden(calm)


def _run(
    corpus: Path, results: Path, models: SmallModels, environment: Mapping[str, str]
) -> dict[str, object]:
    """A run to its end; its account."""
    process = _start(corpus, results, models, environment)
    said, complaints = process.communicate(timeout=600)
    assert process.returncode == 0, complaints
    account: dict[str, object] = json.loads(said)
    return account


def _start(
    corpus: Path, results: Path, models: SmallModels, environment: Mapping[str, str]
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "flows", "run", str(corpus), "--results", str(results)),
            *("--workers", "2", "--json", *arguments(models.settings)),
            *("--partition-size", "5"),
        ],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _write_corpus(folder: Path) -> None:
    """24 texts and a table of 6; each speaks of its own things, two are the same."""
    folder.mkdir()
    chance = random.Random(3)

    def text() -> str:
        things = [chance.choice(_THINGS) for _ in range(12)]
        return " ".join(f"The {one} is near the {other}." for one, other in zip(things, things[1:], strict=False))

    for number in range(24):
        (folder / f"{number:02d}.txt").write_text(text())
    (folder / "24.txt").write_bytes((folder / "03.txt").read_bytes())
    (folder / "25.txt").write_text("")
    rows = ({"text": text(), "title": f"Row {n}"} for n in range(6))
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))


def _assert_readable(results: Path) -> None:
    """Every table that is there can be read by pandas as it stands."""
    for table, schema in TABLES.items():
        if any((results / table).glob("part-*.parquet")):
            assert list(pd.read_parquet(results / table).columns) == schema.names


def _found(account: Mapping[str, object]) -> dict[str, int]:
    stages = account["stages"]
    assert isinstance(stages, list)
    return {stage["stage"]: stage["books"]["found"] for stage in stages}


def _hidden(results: Path) -> list[str]:
    """What lies in the folder that is no table: all that a killed run may leave is gone."""
    return sorted(
        path.relative_to(results).as_posix()
        for path in results.rglob("*")
        if any(part.startswith(".") for part in path.relative_to(results).parts)
    )
