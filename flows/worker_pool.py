"""Worker processes that compute: started when first needed, killed when over a limit, replaced.

Each says which item it is at, and is watched: an item that takes too long or too much memory is
killed with its worker, tried once more alone in a new one, and then rejected.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent import futures
from dataclasses import replace
from functools import cached_property
from queue import SimpleQueue
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from flows.isolation import Isolation
from flows.run_log import Quota, Speaker, speaker
from flows.watching import Limits, Watch
from schemas.config import RunConfig
from schemas.receipts import Receipt
from schemas.stages import STAGES
from tasks import heartbeat, ingest, partitions, worker_log
from tasks.machine import available_cores, single_threaded, start_worker
from tasks.sources import Source
from tasks.staging import Batch
from tasks.store import Store

P = ParamSpec("P")
T = TypeVar("T")

_LOOK_EVERY_S = 0.2
_TYPICAL = 20
"""n documents that are done at once may take n / 20 times the deadline of one: documents that near
the deadline are rare."""
_TASKS_PER_WORKER = 200
"""Then a worker is replaced: spaCy's memory grows over long runs (spaCy issue 3618)."""
_PLACES = 1024
"""Jobs at a time: as many as `run.workers` can ever ask for."""


class Workers:
    """A pool of spawned processes with one compute thread each."""

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self.count = config.workers or available_cores()
        self._starting = threading.Lock()
        self._started: ProcessPool | None = None
        self._waiting: set[ProcessFuture[Any]] = set()
        self._spawn = multiprocessing.get_context("spawn")
        self._board = heartbeat.board(_PLACES, self._spawn)
        self._free: SimpleQueue[int] = SimpleQueue()
        for place in range(_PLACES):
            self._free.put(place)
        self._speakers: dict[int, Speaker] = {heartbeat.NOTHING: speaker()}

    @property
    def _pool(self) -> ProcessPool:
        with self._starting:
            if self._started is None:
                self._started = self._processes(self.count, _TASKS_PER_WORKER)
            return self._started

    @cached_property
    def _ear(self) -> worker_log.Ear:
        quota = Quota("worker processes say more than is shown here")

        def heard(line: worker_log.Line) -> None:
            said = quota.passed(line.text)
            if said is not None:
                self._speakers[line.place](said, line.level)

        return worker_log.Ear(heard)

    def _processes(self, count: int, tasks: int) -> ProcessPool:
        os.environ.update(single_threaded())
        return ProcessPool(
            max_workers=count,
            max_tasks=tasks,
            initializer=start_worker,
            initargs=[
                os.getpid(),
                self._board,
                self._ear.mouth,
                self._config.max_memory_bytes,
            ],
            context=self._spawn,
        )

    def whole(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a function that sees the whole corpus, and so has no limit."""
        number = self._place()
        told = (number, function, *args)
        try:
            found: T = self._result(self._pool.schedule(heartbeat.told, args=told, kwargs=kwargs))
        finally:
            self._free.put(number)
        return found

    def run(
        self,
        item_s: float,
        function: Callable[P, T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The function's result, computed in a worker that is watched.

        Raises `Stopped` when an item takes more than `item_s` seconds or more memory than a worker
        may have, or when the worker dies at it; and whatever the function raises.
        """
        return self._watched(self._pool, item_s, function, *args, **kwargs)

    def run_alone(
        self, item_s: float, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same, in a new process that ends with it."""
        pool = self._processes(1, 0)
        try:
            return self._watched(pool, item_s, function, *args, **kwargs)
        finally:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble
            pool.join()

    def partition(self, job: partitions.Job) -> Receipt:
        """Bring a stage up to date on a partition, whatever one of its documents does."""
        found = partitions.assess(
            Store(job.results), STAGES[job.stage], job.partition, job.recipe, job.config
        )
        docs = sorted(found.todo.keys() - found.skipped)

        def attempt(some: tuple[str, ...], alone: bool) -> Receipt:  # noqa: FBT001  # by position
            only = None if len(some) == len(docs) else frozenset(some)
            if alone:
                one = replace(job, only=only, together=1, tried=1)
                return self.run_alone(self._config.deadline_s, partitions.run, one)
            return self.run(self._limit(job.together), partitions.run, replace(job, only=only))

        isolation = Isolation(attempt, job.together)
        receipts = list(isolation.results(docs))
        if isolation.refused or len(receipts) > 1:
            rest = replace(job, refuse=isolation.refused, tried=1)
            receipts.append(self.run(self._limit(1), partitions.run, rest))
        return sum(receipts[1:], receipts[0]) if receipts else Receipt(job.stage, job.partition)

    def read(self, job: ingest.ReadJob) -> Receipt:
        """Read sources into staging, whatever one of them does; the batches are what it wrote."""

        def attempt(some: tuple[Source, ...], alone: bool) -> tuple[Batch, float]:  # noqa: FBT001  # by position
            parts = {s.source: isolation.parts[s] for s in some if s in isolation.parts}
            part = replace(job, sources=some, parts=parts, tried=int(alone))
            run = self.run_alone if alone else self.run
            return run(self._config.deadline_s, ingest.read_batch, part)

        isolation: Isolation[Source, tuple[Batch, float]] = Isolation(attempt)
        batches = list(isolation.results(job.sources))
        if isolation.refused:
            refuse = {source.source: why for source, why in isolation.refused.items()}
            rest = replace(job, sources=tuple(isolation.refused), refuse=refuse, tried=1)
            batches.append(self.run(self._limit(1), ingest.read_batch, rest))
        seconds = sum(seconds for _, seconds in batches)
        notes = tuple(line for batch, _ in batches for line in batch.notes())
        written = tuple(batch.name for batch, _ in batches)
        return Receipt("ingest", 0, seconds=seconds, written=written, notes=notes)

    def _watched(
        self,
        pool: ProcessPool,
        item_s: float,
        function: Callable[P, T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        number = self._place()
        place = self._board[number]
        heartbeat.clear(place)
        watch = Watch(place, Limits(item_s, self._config.max_memory_bytes))
        future = pool.schedule(heartbeat.told, args=(number, function, *args), kwargs=kwargs)
        try:
            found: T = self._result(future, watch)
        except MemoryError as error:
            raise watch.out_of_memory(error) from error
        except (ProcessExpired, futures.CancelledError) as error:
            raise watch.ended(error) from error
        finally:
            self._free.put(number)
        return found

    def _place(self) -> int:
        """A free place on the board, whose job speaks in the log of the task that asks."""
        number = self._free.get()
        self._speakers[number] = speaker()
        return number

    def _result(self, future: "ProcessFuture[T]", watch: Watch | None = None) -> T:
        self._waiting.add(future)
        try:
            while watch and not futures.wait([future], _LOOK_EVERY_S).done:
                if watch.over(time.monotonic()):
                    future.cancel()  # type: ignore[no-untyped-call]  # pebble
            found: T = future.result()
            return found
        finally:
            self._waiting.discard(future)

    def _limit(self, documents: int) -> float:
        return self._config.deadline_s * max(1.0, documents / _TYPICAL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pool = self._started
        if pool is not None:
            if error is None:
                pool.close()  # type: ignore[no-untyped-call]  # pebble
            else:
                for future in tuple(self._waiting):  # their threads would wait for ever
                    future.cancel()  # type: ignore[no-untyped-call]  # pebble
                pool.stop()  # type: ignore[no-untyped-call]  # pebble
            pool.join()
        if "_ear" in self.__dict__:
            self._ear.close()
