"""The table of runs."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd

from schemas.receipts import Books
from tasks import history, inventory
from tasks.history import RunAccount, StageAccount, next_run, record, run_rows, versions
from tasks.store import Store
from tests.results import CONFIG

ACCOUNT = RunAccount(
    datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    datetime(2026, 1, 2, 3, 5, tzinfo=UTC),
    "done",
    "data/sample",
    (StageAccount("topics", "abc", Books(found=3, done=2, reused=1), 1.5),),
)


def test_runs_are_numbered(store: Store) -> None:
    """From 0, a part each, in an order that sorts."""
    for number in range(11):
        assert next_run(store) == number
        record(store, run_rows(next_run(store), ACCOUNT, CONFIG, {}))

    runs = pd.read_parquet(store.root / "runs")
    assert sorted(runs["run_id"]) == [f"{n:05d}" for n in range(11)]


def test_a_run_says_what_it_did(store: Store) -> None:
    """Books of each stage, settings, models and versions."""
    record(store, run_rows(0, ACCOUNT, CONFIG, {"embedded:minilm": "sha256:1"}))

    (row,) = store.read("runs", 0).to_pylist()
    assert row["outcome"] == "done"
    assert row["stages"] == [
        {"stage": "topics", "fingerprint": "abc", "found": 3, "done": 2, "reused": 1}
        | {"duplicate": 0, "rejected": 0, "skipped": 0, "seconds": 1.5, "peak_bytes": 0}
    ]
    assert json.loads(row["config"])["topics"]["count"] == CONFIG.topics.count
    assert json.loads(row["models"]) == {"embedded:minilm": "sha256:1"}
    assert json.loads(row["versions"]) == versions()


def test_versions_are_those_of_the_libraries() -> None:
    """Python and each library; a checkout has no version of its own."""
    found = versions()

    assert set(history._LIBRARIES) < set(found)
    assert found["pyarrow"].split(".")[0].isdigit()
    assert found["corpusmill"]


def test_the_last_run_is_the_last_by_number(store: Store) -> None:
    """A clock that was set back between two runs does not change their order."""
    for number, year in enumerate((2026, 2020)):
        account = replace(ACCOUNT, finished_at=datetime(year, 1, 1, tzinfo=UTC), corpus=str(year))
        record(store, run_rows(number, account, CONFIG, {}))

    last = inventory.last_run(store)

    assert history.last_success(store) == datetime(2020, 1, 1, tzinfo=UTC)
    assert last is not None
    assert (last["run_id"], last["corpus"]) == ("00001", "2020")
