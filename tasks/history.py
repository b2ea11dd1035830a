"""The table of runs: what each did, with which settings, models and library versions."""

import json
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

import pyarrow as pa

from schemas.backfill import Backfill
from schemas.config import PipelineConfig
from schemas.errors import DamagedPart
from schemas.receipts import Books
from tasks.footers import Footer
from tasks.rows import from_rows
from tasks.store import Store

_LIBRARIES = (
    "prefect",
    "spacy",
    "gensim",
    "torch",
    "transformers",
    "pandas",
    "pyarrow",
    "numpy",
)


@dataclass(frozen=True)
class StageAccount:
    """One stage in one run."""

    stage: str
    fingerprint: str
    books: Books
    seconds: float
    """Compute time, in seconds of one worker."""
    peak_bytes: int = 0
    """Largest resident memory of a worker when it ended a task of the stage, in bytes."""


@dataclass(frozen=True)
class RunAccount:
    """One run."""

    started_at: datetime
    finished_at: datetime
    outcome: str
    """done, rejects or failed."""
    corpus: str
    stages: tuple[StageAccount, ...]
    failures: tuple[str, ...] = ()
    """What went wrong, a line each."""
    tasks: int = 0
    """Task runs that were submitted."""
    backfill: Backfill | None = None
    """What it was confined to, if it was a backfill."""


def run_rows(
    number: int, account: RunAccount, config: PipelineConfig, models: Mapping[str, str]
) -> pa.Table:
    """The table runs with this one run, under its number."""
    stages = [
        {name: value for name, value in asdict(s).items() if name != "books"} | asdict(s.books)
        for s in account.stages
    ]
    row = {
        "run_id": f"{number:05d}",
        "started_at": account.started_at,
        "finished_at": account.finished_at,
        "outcome": account.outcome,
        "corpus": account.corpus,
        "backfill": account.backfill.model_dump_json() if account.backfill else "",
        "stages": stages,
        "config": config.model_dump_json(),
        "versions": json.dumps(versions(), sort_keys=True),
        "models": json.dumps(dict(models), sort_keys=True),
    }
    return from_rows("runs", [row])


def next_run(store: Store) -> int:
    """The number of the next run of this results folder, from 0."""
    return max(store.partitions("runs"), default=-1) + 1


def record(store: Store, rows: pa.Table) -> str:
    """Add a run to the table; the path of its part."""
    number = int(rows["run_id"][0].as_py())
    return store.write("runs", number, rows, Footer({"stage": "runs", "version": 1}))


def last_success(store: Store) -> datetime | None:
    """When a run of this folder last ended as done; None if none has."""
    for number in sorted(store.partitions("runs"), reverse=True):
        with suppress(DamagedPart):
            rows = store.read("runs", number, ["outcome", "finished_at"])
            if rows["outcome"][0].as_py() == "done":
                finished: datetime = rows["finished_at"][0].as_py()
                return finished
    return None


def versions() -> dict[str, str]:
    """Versions of Corpusmill, Python and the libraries that rows depend on."""
    found = {"python": platform.python_version(), "corpusmill": _version("corpusmill")}
    return found | {name: _version(name) for name in _LIBRARIES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "checkout"
