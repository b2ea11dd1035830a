"""Where tasks run: in threads that wait for this machine's workers, or on a Dask cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

from prefect.futures import PrefectFuture
from prefect.settings import get_current_settings
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.dask_workers import DaskWorkers
from flows.worker_pool import Workers
from schemas.config import RunConfig
from schemas.errors import ConfigError

Runner = TaskRunner[PrefectFuture[Any]]
Crew = Workers | DaskWorkers
_WAITING = 2
"""Threads beyond the workers, so that the next work is ready when a worker is free."""


def threads(workers: int) -> Runner:
    """Threads that wait for so many worker processes."""
    runner: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=workers + _WAITING)
    return cast(Runner, runner)


@contextmanager
def started(config: RunConfig) -> Iterator[tuple[Crew, Runner]]:
    """The workers and the runner that are asked for, ready.

    Raises `ConfigError` where the cluster does not answer, or its package is not installed.
    """
    if config.runner == "dask":
        with _cluster(config.dask_address) as cluster:
            yield DaskWorkers(config), cluster
    else:
        with Workers(config) as workers, threads(workers.count) as runner:
            yield workers, runner


def _cluster(address: str) -> Runner:
    """The cluster whose scheduler listens at an address; connected, for it is asked at once."""
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise ConfigError(
            "the runner dask needs a package that is not there: "
            "`pip install -c constraints.txt '.[dask]'`"
        ) from error
    api = get_current_settings().api.url or ""
    if _is_of_this_machine(api) and not _is_of_this_machine(address):
        raise ConfigError(
            f"the workers of {address} cannot reach the Prefect server of this machine ({api}): "
            "start one with `prefect server start --host 0.0.0.0`, and set PREFECT_API_URL to "
            "where they reach it"
        )
    runner = DaskTaskRunner(address=address)
    try:
        runner.client  # noqa: B018  # it connects when it is first asked for
    except OSError as error:
        raise ConfigError(
            f"no Dask scheduler answers at {address} ({error}): start one with `dask scheduler`, "
            "or mend run.dask_address"
        ) from error
    return cast(Runner, runner)


def _is_of_this_machine(url: str) -> bool:
    return (urlsplit(url).hostname or "localhost") in {"localhost", "127.0.0.1", "::1"}
