"""Worker processes: what they do with work that hangs, dies or fails."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import psutil
import pytest

from flows.isolation import Stopped
from flows.progress import listener
from flows.worker_pool import Workers
from schemas.config import IngestConfig, RunConfig
from schemas.errors import WorkerLost
from schemas.receipts import Receipt, Refusal
from schemas.stages import STAGES
from tasks import partitions
from tasks.ingest import ReadJob
from tasks.machine import available_cores
from tasks.partitions import Job
from tasks.sources import hashed, scan
from tasks.staging import Batch
from tasks.store import Store
from tests import deeds
from tests.results import CONFIG, put_documents, recipe_of, word_counts

TEXTS = {name: f"text {name}" for name in "abcdefg"}
DEADLINE_S = 1.0
PATIENCE_S = 60.0
"""For what ends otherwise, however busy the machine."""


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """One process, for all tests of this file."""
    with Workers(RunConfig(workers=1, max_memory_bytes=deeds.MAX_BYTES)) as found:
        yield found


class InProcess(Workers):
    """Workers that work in this process; a document or source with a bad name stops them."""

    def __init__(self, bad: str) -> None:
        super().__init__(RunConfig(workers=1))
        self.bad = bad
        self.limits: list[float] = []

    def run(  # type: ignore[override]
        self, item_s: float, function: Callable[[object], object], /, job: object
    ) -> object:
        """The function's result, or the end of the worker."""
        self.limits.append(item_s)
        items: list[str] = []
        step = 1
        if isinstance(job, Job):
            found = partitions.assess(
                Store(job.results), STAGES[job.stage], job.partition, job.recipe, job.config
            )
            asked = {*found.todo} if job.only is None else {*found.todo} & job.only
            items, step = sorted(asked - job.refuse.keys()), job.together
        elif isinstance(job, ReadJob):
            items = [s.source for s in job.sources if s.source not in job.refuse]
        if self.bad in items:
            raise Stopped(items.index(self.bad) // step * step, Refusal("crashed", "it died"))
        return function(job)

    run_alone = run  # type: ignore[assignment]


# ── real processes ──────────────────────────────────────────────────────────────────────────────


def test_work_is_done_elsewhere(workers: Workers) -> None:
    """In another process, in one thread, whose parent is this one."""
    found = workers.run(DEADLINE_S, deeds.tell)

    assert found["pid"] != os.getpid()
    assert found["parent"] == os.getpid()
    assert found["threads"] == "1"


def test_errors_come_back(workers: Workers) -> None:
    """As they were raised."""
    with pytest.raises(ZeroDivisionError):
        workers.whole(deeds.divide, 1, 0)


@pytest.mark.parametrize(
    ("deed", "reason", "message"),
    [
        ("hang", "deadline", "not done after 1 s: raise run.deadline_s"),
        ("child", "deadline", "not done after 1 s: raise run.deadline_s"),
        ("die", "crashed", "the worker process died (exit code 9"),
        ("fill", "memory", "it took more than 537 MB of memory: raise run.max_memory_bytes"),
        ("burst", "memory", "it took more than 537 MB of memory: raise run.max_memory_bytes"),
    ],
)
def test_an_item_that_ends_its_worker_is_named(
    workers: Workers, tmp_path: Path, deed: str, reason: str, message: str
) -> None:
    """With the limit that it passed; the next work finds a worker, and nothing is left behind."""
    before = _descendants()

    limit = DEADLINE_S if reason == "deadline" else PATIENCE_S

    with pytest.raises(Stopped) as stop:
        workers.run(limit, deeds.go_over, ["fine", deed, "fine"], tmp_path / "log")

    assert (stop.value.item, stop.value.why.reason) == (1, reason)
    assert stop.value.why.message.startswith(message)
    assert (tmp_path / "log").read_text().split() == ["fine", deed]
    assert workers.whole(deeds.divide, 6, 3) == 2
    assert _settles(lambda: len(_descendants() - before) <= 1)


def test_loading_does_not_count_against_the_document(workers: Workers, tmp_path: Path) -> None:
    """A model may take longer than the deadline of a document."""
    done = workers.run(DEADLINE_S, deeds.go_over, ["load"], tmp_path / "log")

    assert done == ["load"]


def test_a_worker_that_dies_at_no_document_is_nobodys_fault(workers: Workers) -> None:
    """The task fails, to be tried again, and no document is blamed."""
    with pytest.raises(WorkerLost, match="before it began a document"):
        workers.run(DEADLINE_S, deeds.die)

    assert workers.whole(deeds.divide, 6, 2) == 3


def test_work_alone_has_a_process_of_its_own(workers: Workers) -> None:
    """It is not the one that other work is done in, and ends with the work."""
    usual = workers.whole(deeds.tell)

    found = workers.run_alone(DEADLINE_S, deeds.tell)

    assert found["pid"] != usual["pid"]
    assert _settles(lambda: not psutil.pid_exists(int(str(found["pid"]))))


def test_a_worker_leads_a_group_of_its_own(workers: Workers) -> None:
    """So that what it starts ends with it."""
    pid = int(str(workers.whole(deeds.tell)["pid"]))

    assert os.getpgid(pid) == pid


def test_no_process_is_started_for_nothing() -> None:
    """A run that reuses everything starts no worker."""
    with Workers(RunConfig(workers=3)) as idle:
        assert "_pool" not in vars(idle)

    assert idle.count == 3


def test_a_worker_a_core() -> None:
    """0 workers means one a core."""
    assert Workers(RunConfig()).count == available_cores()


# ── documents that are to blame ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("bad", ["a", "d", "g"])
def test_a_document_that_kills_is_found(
    store: Store, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    """It is rejected after two attempts, and all others are done."""
    monkeypatch.setattr("tasks.sentiment.compute", word_counts)
    put_documents(store, 0, TEXTS)
    job = Job(store.root, "sentiment", 0, CONFIG, recipe_of("sentiment"), together=3)

    receipt = InProcess(bad).partition(job)

    rejects = store.read("rejects", 0, stage="sentiment").to_pylist()
    assert [(r["doc_id"], r["reason"], r["attempts"]) for r in rejects] == [(bad, "crashed", 2)]
    assert set(store.read("sentiment", 0)["doc_id"].to_pylist()) == set(TEXTS) - {bad}
    assert receipt.done == len(TEXTS) - 1


def test_a_source_that_kills_is_found(store: Store, tmp_path: Path) -> None:
    """The same for files: the others are read."""
    for name in TEXTS:
        (tmp_path / f"{name}.txt").write_text(f"Text {name}.")
    config = IngestConfig(include=("*.txt",))
    sources = hashed(scan(str(tmp_path), config), threads=1)
    job = ReadJob(store.root, tuple(sources), config, recipe_of("ingest"))

    batches = [Batch(store.root, name) for name in InProcess("c.txt").read(job).written]

    rejects = [row for batch in batches for row in batch.rejects().to_pylist()]
    documents = [d for batch in batches for d in batch.index(["doc_id"])["doc_id"].to_pylist()]
    assert [(r["source"], r["reason"], r["attempts"]) for r in rejects] == [("c.txt", "crashed", 2)]
    assert len(documents) == len(TEXTS) - 1


def test_work_that_is_done_costs_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second call writes nothing."""
    monkeypatch.setattr("tasks.sentiment.compute", word_counts)
    put_documents(store, 0, TEXTS)
    job = Job(store.root, "sentiment", 0, CONFIG, recipe_of("sentiment"))
    pool = InProcess("")
    pool.partition(job)

    assert pool.partition(job) == Receipt("sentiment", 0)


@pytest.mark.parametrize(("documents", "limit_s"), [(1, 60.0), (20, 60.0), (32, 96.0)])
def test_the_limit_grows_with_the_documents_at_once(documents: int, limit_s: float) -> None:
    """The deadline of one document for every twenty."""
    assert Workers(RunConfig())._limit(documents) == limit_s


def test_a_source_has_the_deadline_of_a_document(store: Store, tmp_path: Path) -> None:
    """Models and batches do not add to it."""
    (tmp_path / "a.txt").write_text("Text.")
    config = IngestConfig(include=("a.txt",))
    sources = hashed(scan(str(tmp_path), config), threads=1)
    pool = InProcess("")

    pool.read(ReadJob(store.root, tuple(sources), config, recipe_of("ingest")))

    assert pool.limits == [60.0]


def _descendants() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def _settles(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold within some seconds."""
    ends = time.monotonic() + 10
    while not holds() and time.monotonic() < ends:
        time.sleep(0.05)
    return holds()


def test_what_workers_log_is_said() -> None:
    """To who listens to the task that they work for, even by one that then dies."""
    hears = mock.Mock()
    token = listener.set(hears)
    with Workers(RunConfig(workers=1)) as found:
        found.whole(deeds.warn, "whole")
        found.run(DEADLINE_S, deeds.warn, "watched")
        with pytest.raises(WorkerLost):
            found.run(DEADLINE_S, deeds.warn_and_die, "last words")
    listener.reset(token)

    heard = [call.args[0] for call in hears.note.call_args_list]
    assert heard == [f"deeds: {word}" for word in ("whole", "watched", "last words")]
