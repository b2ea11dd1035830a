"""Worker processes that compute: started when first needed, killed when over time, replaced.

A document that hangs or kills its worker is found by halving the work, and rejected; the others
are done.
"""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import TimeoutError as DeadlinePassed
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from schemas.config import RunConfig
from schemas.receipts import Receipt
from schemas.stages import STAGES
from tasks import ingest, partitions
from tasks.machine import available_cores, single_threaded, start_worker
from tasks.staging import Batch
from tasks.store import Store

P = ParamSpec("P")
T = TypeVar("T")

_LOADING_S = 180.0
"""Allowance for importing libraries and loading models on a busy machine, in seconds."""
_TYPICAL = 20
"""A batch of n documents may take n / 20 times the deadline of one: documents that near the
deadline are rare."""
_TASKS_PER_WORKER = 200
"""Then a worker is replaced: spaCy's memory grows over long runs (spaCy issue 3618)."""


class Workers:
    """A pool of spawned processes with one compute thread each."""

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self.count = config.workers or available_cores()
        self._waiting: set[ProcessFuture[Any]] = set()

    @cached_property
    def _pool(self) -> ProcessPool:
        os.environ.update(single_threaded())
        return ProcessPool(
            max_workers=self.count,
            max_tasks=_TASKS_PER_WORKER,
            initializer=start_worker,
            initargs=[os.getpid()],
            context=multiprocessing.get_context("spawn"),
        )

    def run(
        self, limit_s: float | None, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The function's result, computed in a worker.

        Raises `TimeoutError` once it has run for `limit_s` seconds, `ProcessExpired` when the
        worker died, and whatever the function raises.
        """
        future = self._pool.schedule(function, args=args, kwargs=kwargs, timeout=limit_s)
        self._waiting.add(future)
        try:
            result: T = future.result()
        finally:
            self._waiting.discard(future)
        return result

    def whole(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a function that sees the whole corpus, and so has no deadline."""
        return self.run(None, function, *args, **kwargs)

    def partition(self, job: partitions.Job) -> Receipt:
        """Bring a stage up to date on a partition, whatever one of its documents does."""
        stage = STAGES[job.stage]
        found = partitions.assess(Store(job.results), stage, job.partition, job.recipe, job.config)
        todo = sorted(found.todo.keys() if job.only is None else found.todo.keys() & job.only)
        try:
            return self.run(self._limit(len(todo)), partitions.run, job)
        except (DeadlinePassed, ProcessExpired) as error:
            if len(todo) <= 1:
                refuse = {doc: self._why(error) for doc in todo}
                return self.run(_LOADING_S, partitions.run, replace(job, refuse=refuse))
        half = len(todo) // 2
        halves = (frozenset(todo[:half]), frozenset(todo[half:]))
        first, second = (self.partition(replace(job, only=some)) for some in halves)
        return first + second

    def read(self, job: ingest.ReadJob) -> list[tuple[Batch, float]]:
        """Read sources into staging, whatever one of them does."""
        try:
            return [self.run(self._limit(len(job.sources)), ingest.read_batch, job)]
        except (DeadlinePassed, ProcessExpired) as error:
            if len(job.sources) == 1:
                refuse = {job.sources[0].source: self._why(error)}
                return [self.run(_LOADING_S, ingest.read_batch, replace(job, refuse=refuse))]
        half = len(job.sources) // 2
        halves = job.sources[:half], job.sources[half:]
        return [read for some in halves for read in self.read(replace(job, sources=some))]

    def _limit(self, items: int) -> float:
        return _LOADING_S + self._config.deadline_s * max(1.0, items / _TYPICAL)

    def _why(self, error: Exception) -> tuple[str, str]:
        if isinstance(error, DeadlinePassed):
            return "deadline", f"not done after {self._limit(1):.0f} s; see run.deadline_s"
        return "crashed", f"the worker process died ({error}); out of memory?"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if "_pool" in self.__dict__:
            if error is None:
                self._pool.close()  # type: ignore[no-untyped-call]  # pebble
            else:
                for future in tuple(self._waiting):  # their threads would wait for ever
                    future.cancel()  # type: ignore[no-untyped-call]  # pebble
                self._pool.stop()  # type: ignore[no-untyped-call]  # pebble
            self._pool.join()
