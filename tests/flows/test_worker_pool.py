"""Worker processes: what they do with work that hangs, dies or fails."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as DeadlinePassed
from pathlib import Path

import pytest
from pebble import ProcessExpired

from flows.worker_pool import Workers
from schemas.config import IngestConfig, RunConfig
from schemas.receipts import Receipt
from schemas.stages import STAGES
from tasks import ingest, partitions
from tasks.ingest import ReadJob
from tasks.machine import available_cores
from tasks.partitions import Job
from tasks.sources import hashed, scan
from tasks.store import Store
from tests import deeds
from tests.results import CONFIG, put_documents, recipe_of, word_counts

TEXTS = {name: f"text {name}" for name in "abcdefg"}


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """One process, for all tests of this file."""
    with Workers(RunConfig(workers=1)) as found:
        yield found


class InProcess(Workers):
    """Workers that work in this process; a document or source with a bad name fails them."""

    def __init__(self, bad: str, error: Exception) -> None:
        super().__init__(RunConfig(workers=1))
        self.bad, self.error = bad, error
        self.limits: list[float | None] = []

    def run(  # type: ignore[override]
        self, limit_s: float | None, function: Callable[[object], object], /, job: object
    ) -> object:
        """The function's result, or the error."""
        self.limits.append(limit_s)
        if isinstance(job, Job):
            store = Store(job.results)
            stage = STAGES[job.stage]
            found = partitions.assess(store, stage, job.partition, job.recipe, job.config)
            asked = {*found.todo} if job.only is None else {*found.todo} & job.only
            if self.bad in asked - job.refuse.keys():
                raise self.error
        elif (
            isinstance(job, ReadJob)
            and self.bad in {s.source for s in job.sources} - job.refuse.keys()
        ):
            raise self.error
        return function(job)


# ── real processes ──────────────────────────────────────────────────────────────────────────────


def test_work_is_done_elsewhere(workers: Workers) -> None:
    """In another process, in one thread, whose parent is this one."""
    found = workers.run(None, deeds.tell)

    assert found["pid"] != os.getpid()
    assert found["parent"] == os.getpid()
    assert found["threads"] == "1"


def test_errors_come_back(workers: Workers) -> None:
    """As they were raised."""
    with pytest.raises(ZeroDivisionError):
        workers.whole(deeds.divide, 1, 0)


def test_work_over_time_is_killed(workers: Workers) -> None:
    """And the next work finds a new worker."""
    with pytest.raises(DeadlinePassed):
        workers.run(0.3, deeds.hang)

    assert workers.run(None, deeds.divide, 6, 3) == 2


def test_a_worker_that_dies_is_replaced(workers: Workers) -> None:
    """Its work is not silently lost."""
    with pytest.raises(ProcessExpired):
        workers.run(None, deeds.die)

    assert workers.run(None, deeds.divide, 6, 2) == 3


def test_no_process_is_started_for_nothing() -> None:
    """A run that reuses everything starts no worker."""
    with Workers(RunConfig(workers=3)) as idle:
        assert "_pool" not in vars(idle)

    assert idle.count == 3


def test_a_worker_a_core() -> None:
    """0 workers means one a core."""
    assert Workers(RunConfig()).count == available_cores()


# ── documents that are to blame ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("error", "reason"),
    [(DeadlinePassed(), "deadline"), (ProcessExpired("died", code=-9), "crashed")],
)
@pytest.mark.parametrize("bad", ["a", "d", "g"])
def test_a_document_that_kills_is_found(
    store: Store, monkeypatch: pytest.MonkeyPatch, bad: str, error: Exception, reason: str
) -> None:
    """By halving; it is rejected, and all others are done."""
    monkeypatch.setattr("tasks.sentiment.compute", word_counts)
    put_documents(store, 0, TEXTS)
    job = Job(store.root, "sentiment", 0, CONFIG, recipe_of("sentiment"))

    receipt = InProcess(bad, error).partition(job)

    rejects = store.read("rejects", 0, stage="sentiment").to_pylist()
    assert [(row["doc_id"], row["reason"]) for row in rejects] == [(bad, reason)]
    assert set(store.read("sentiment", 0)["doc_id"].to_pylist()) == set(TEXTS) - {bad}
    assert receipt.done == len(TEXTS) - 1


def test_a_source_that_kills_is_found(store: Store, tmp_path: Path) -> None:
    """The same for files: the others are read."""
    for name in TEXTS:
        (tmp_path / f"{name}.txt").write_text(f"Text {name}.")
    config = IngestConfig(include=("*.txt",))
    sources = hashed(scan(str(tmp_path), config), threads=1)
    job = ReadJob(store.root, tuple(sources), config, recipe_of("ingest"))

    read = InProcess("c.txt", ProcessExpired("died", code=-9)).read(job)

    rejects = [row for batch, _ in read for row in batch.rejects().to_pylist()]
    documents = [d for batch, _ in read for d in batch.index(["doc_id"])["doc_id"].to_pylist()]
    assert [(row["source"], row["reason"]) for row in rejects] == [("c.txt", "crashed")]
    assert len(documents) == len(TEXTS) - 1


def test_work_that_is_done_costs_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second call writes nothing."""
    monkeypatch.setattr("tasks.sentiment.compute", word_counts)
    put_documents(store, 0, TEXTS)
    job = Job(store.root, "sentiment", 0, CONFIG, recipe_of("sentiment"))
    pool = InProcess("", DeadlinePassed())
    pool.partition(job)

    assert pool.partition(job) == Receipt("sentiment", 0)


@pytest.mark.parametrize(("documents", "limit_s"), [(1, 240.0), (20, 240.0), (500, 1680.0)])
def test_the_limit_grows_with_the_batch(documents: int, limit_s: float) -> None:
    """180 s to load, and the deadline of one document for every twenty."""
    assert Workers(RunConfig())._limit(documents) == limit_s


def test_reading_is_limited_too(store: Store, tmp_path: Path) -> None:
    """A parser that hangs is killed like a stage."""
    (tmp_path / "a.txt").write_text("Text.")
    config = IngestConfig(include=("a.txt",))
    sources = hashed(scan(str(tmp_path), config), threads=1)
    pool = InProcess("", DeadlinePassed())

    pool.read(ReadJob(store.root, tuple(sources), config, recipe_of("ingest")))

    assert pool.limits == [240.0]
    assert ingest.BATCH_FILES == 200
