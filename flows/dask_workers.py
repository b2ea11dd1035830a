"""The worker processes of a cluster: each Dask worker has its own, started when first needed.

Dask calls its tasks in threads, which cannot be stopped. So a Dask worker computes nothing itself:
as many processes as it has threads compute, under the same deadline and memory cap as those of a
run on one machine. They end with it.
"""

import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from flows.worker_pool import Workers
from schemas.config import RunConfig
from schemas.errors import ConfigError
from schemas.receipts import Receipt
from schemas.stages import STAGES
from tasks import history
from tasks.ingest import ReadJob
from tasks.machine import available_cores
from tasks.partitions import Job

P = ParamSpec("P")
T = TypeVar("T")


def made_with() -> dict[str, str]:
    """What rows depend on beside settings and models, and must be the same on all machines."""
    stages = {f"stage {name}": str(stage.version) for name, stage in STAGES.items()}
    libraries = {name: of for name, of in history.versions().items() if name != "python"}
    return libraries | stages


@dataclass(frozen=True)
class DaskWorkers:
    """Stands for the worker processes of whichever Dask worker it is sent to."""

    config: RunConfig
    expected: dict[str, str] = field(default_factory=made_with)
    count: int = field(default_factory=available_cores)
    """Threads of this machine, for what is not sent."""

    def partition(self, job: Job) -> Receipt:
        """Bring a stage up to date on a partition, whatever one of its documents does."""
        return self._own().partition(job)

    def read(self, job: ReadJob) -> Receipt:
        """Read sources into staging, whatever one of them does."""
        return self._own().read(job)

    def whole(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a function that sees the whole corpus."""
        return self._own().whole(function, *args, **kwargs)

    def _own(self) -> Workers:
        """The processes of the Dask worker that this is in.

        Raises `ConfigError` where it has other versions than the machine that plans the run.
        """
        here = made_with()
        for name in sorted({*here, *self.expected}):
            there, its = self.expected.get(name, "missing"), here.get(name, "missing")
            if there != its:
                raise ConfigError(
                    f"a Dask worker has {name} {its}, the machine that plans the run has {there}: "
                    "start them from the same image"
                )
        return _Own.workers(self.config)


class _Own:
    """What this process has; by the limits that they were started with."""

    _lock = threading.Lock()
    _made: dict[tuple[float, int], Workers] = {}  # noqa: RUF012  # one a process

    @classmethod
    def workers(cls, config: RunConfig) -> Workers:
        """The workers under these limits, made at the first call."""
        with cls._lock:
            limits = config.deadline_s, config.max_memory_bytes
            if limits not in cls._made:
                # A worker that a nanny watches is a daemon, which may have no children. Ours end
                # with their parent by themselves.
                multiprocessing.current_process().daemon = False
                cls._made[limits] = Workers(config.model_copy(update={"workers": _threads()}))
            return cls._made[limits]


def _threads() -> int:
    """The threads of the Dask worker that this is called in."""
    from distributed import get_worker

    return int(get_worker().state.nthreads)
