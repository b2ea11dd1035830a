"""Measurements that anyone can repeat: ratios side by side, never asserted in a test."""

import multiprocessing
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from schemas.config import PipelineConfig
from schemas.stages import STAGES, Kind, StageName, with_upstream
from tasks import assembly, corpus, history, ingest, neighbours, page, partitions, planning
from tasks.machine import available_cores, single_threaded
from tasks.sources import hashed, scan
from tasks.store import Store


@dataclass(frozen=True)
class Measure:
    """One way to do the work, and its cost in seconds."""

    way: str
    wall_s: float
    cpu_s: float


def orchestration(source: str, config: PipelineConfig) -> list[Measure]:
    """The same stages through a plain pool of forked processes and through the flow.

    Then the flow once more, with nothing to do, and an empty Prefect flow: what is left of the
    difference is what a run without changes costs. The flow's cost includes its temporary server
    and the wait for its history.
    """
    with tempfile.TemporaryDirectory() as folder:
        by_hand, by_flow = Path(folder) / "plain", Path(folder) / "flow"
        return [
            _measured("plain forked pool", partial(plain, source, by_hand, config)),
            _measured("flow", partial(flow, source, by_flow, config)),
            _measured("flow, nothing changed", partial(flow, source, by_flow, config)),
            _measured("empty Prefect flow", empty),
        ]


def machine() -> str:
    """The machine that was measured, in words."""
    names = {
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    }
    return f"{available_cores()} cores, {' / '.join(names)}, Python {platform.python_version()}"


def flow(source: str, results: Path, config: PipelineConfig) -> None:
    """The work as `run` does it."""
    from flows.launching import launch
    from flows.progress import Silent

    account = launch(source, results, config, tuple(StageName), Silent())
    if account.outcome == "failed":
        raise SystemExit("\n".join(account.failures))


def empty() -> None:
    """A Prefect flow that does nothing, on a temporary server."""
    from prefect import flow as prefect_flow

    from flows.temporary_server import prefect_server

    with prefect_server():
        prefect_flow(name="empty")(_nothing)()


def _nothing() -> None:
    pass


def plain(source: str, results: Path, config: PipelineConfig) -> None:
    """The same tasks, in the same order, by `multiprocessing` alone."""
    os.environ.update(single_threaded())
    store, names = Store(results), with_upstream(tuple(StageName), config)
    store.open(create=True)
    cores = config.run.workers or available_cores()
    with multiprocessing.get_context("fork").Pool(cores) as pool:
        made_by = planning.recipes(store, config, names)
        changes = ingest.changed(
            store, hashed(scan(source, config.ingest), threads=cores), made_by["ingest"]
        )
        jobs = [
            ingest.ReadJob(results, batch, config.ingest, made_by["ingest"])
            for batch in ingest.batches(changes)
        ]
        staged = [batch for batch, _ in pool.map(ingest.read_batch, jobs, chunksize=1)]
        work = assembly.Assembly(changes, staged, made_by["ingest"], config.run.partition_size)
        assembly.assemble(store, work)
        fits = []
        for name in names:
            stage = STAGES[name]
            if stage.kind is Kind.DOCUMENT and name != "document_topics":
                pool.map(partitions.run, _jobs(store, name, config, names), chunksize=1)
            elif stage.kind is Kind.CORPUS:
                job = _jobs(store, name, config, names)[0]
                fits.append(pool.apply_async(corpus.run, (job,)))
        for fit in fits:
            fit.get()
        pool.map(partitions.run, _jobs(store, "document_topics", config, names), chunksize=1)
        job = _jobs(store, "similar_documents", config, names)[0]
        blocks = neighbours.blocks(neighbours.stale(store, job.recipe))
        pool.map(neighbours.run, [neighbours.Neighbours(job, block) for block in blocks])
        neighbours.finish(store)
        job = _jobs(store, "report", config, names)[0]
        rows = history.run_rows(0, _account(source), config, {})
        pool.apply(page.write, (job, rows))


def _account(source: str) -> history.RunAccount:
    now = datetime.now(UTC)
    return history.RunAccount(now, now, "done", source, ())


def _jobs(
    store: Store, name: str, config: PipelineConfig, names: tuple[str, ...]
) -> list[partitions.Job]:
    made_by = planning.recipes(store, config, names)[name]
    return [
        partitions.Job(store.root, name, partition, config, made_by)
        for partition in store.partitions("documents")
    ]


def _measured(way: str, do: Callable[[], None]) -> Measure:
    """The cost of doing it, children included."""
    wall, cpu = time.perf_counter(), _cpu_s()
    do()
    return Measure(way, time.perf_counter() - wall, _cpu_s() - cpu)


def _cpu_s() -> float:
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, both))
