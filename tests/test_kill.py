"""A run that is killed at any instant costs nothing but time.

Runs of the command line are killed with SIGKILL at random instants and started again. What they
leave can be read at any moment, their helpers end by themselves, and the last run, which goes to
its end, gives the rows of a run that nothing disturbed.
"""

import os
import random
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import psutil
import pytest

from schemas.tables import TABLES
from tests import in_process
from tests.command_line import CalmRun, finish_run, start_run
from tests.small_models import SmallModels
from tests.tables import assert_same_rows

KILLS = int(os.environ.get("CORPUSMILL_KILLS", "2"))
"""Times that a run is killed; 20 for a long test."""
_HELPERS_END_WITHIN_S = 15.0
"""Workers and server look for their parent each second; a busy machine takes its time."""


@pytest.mark.timeout(1800)
def test_a_killed_run_is_taken_up_where_it_was(
    calm_run: CalmRun, small_models: SmallModels, prefect_home: Mapping[str, str], tmp_path: Path
) -> None:
    """Killed again and again, the results are those of a run that was left in peace."""
    killed, chance = tmp_path / "killed", random.Random(20)
    finished: dict[Path, int] = {}
    for _ in range(KILLS):
        process = start_run(calm_run.corpus, killed, small_models, prefect_home)
        time.sleep(chance.uniform(0.1, 1.0) * calm_run.lasted_s)
        helpers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.communicate()

        _assert_readable(killed)
        _, alive = psutil.wait_procs(helpers, timeout=_HELPERS_END_WITHIN_S)
        assert [one.cmdline() for one in alive] == []
        finished = _finished(killed) | finished
    account = finish_run(start_run(calm_run.corpus, killed, small_models, prefect_home))

    assert_same_rows(in_process.rows(killed), in_process.rows(calm_run.results))
    assert account["outcome"] == calm_run.account["outcome"] == "done"
    assert _found(account) == _found(calm_run.account)
    assert _finished(killed).items() >= finished.items()  # only what was in flight is done again
    assert _hidden(killed) == _hidden(calm_run.results)


def _finished(results: Path) -> dict[Path, int]:
    """The parts of the document stages, and when each was written: once, and for all."""
    tables = ("tokens", "entities", "embeddings", "keywords", "sentiment", "summaries")
    parts = [part for table in tables for part in (results / table).glob("part-*.parquet")]
    return {part: part.stat().st_mtime_ns for part in parts}


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
