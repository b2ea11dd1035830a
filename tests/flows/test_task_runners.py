"""Where tasks run: what is asked for is there, or is missed before any work."""

import socket
from unittest import mock

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import ValidationError

from flows.dask_workers import DaskWorkers, made_with
from flows.task_runners import started
from flows.worker_pool import Workers
from schemas.config import RunConfig
from schemas.errors import ConfigError
from tasks.partitions import Job

FAR = "tcp://scheduler.example:8786"


def test_this_machine_is_the_default() -> None:
    """Threads wait for as many workers as are asked for."""
    with started(RunConfig(workers=3)) as (workers, runner):
        assert isinstance(workers, Workers)
        assert isinstance(runner, ThreadPoolTaskRunner)
        assert runner._max_workers > workers.count == 3


def test_a_cluster_needs_an_address() -> None:
    """A cluster of this machine's own would be slower than its workers."""
    with pytest.raises(ValidationError, match=r"the runner dask needs run\.dask_address"):
        RunConfig(runner="dask")


def test_a_scheduler_that_is_not_there() -> None:
    """The message names the address and what starts one."""
    pytest.importorskip("prefect_dask")
    import dask

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    config = RunConfig(runner="dask", dask_address=address)

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "0.2s"}),
        pytest.raises(ConfigError, match=rf"answers at {address}.*dask scheduler"),
        started(config),
    ):
        pass


def test_a_server_that_a_cluster_cannot_reach() -> None:
    """The workers of other machines must say how they get on."""
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:4200/api"}),
        pytest.raises(ConfigError, match=r"cannot reach the Prefect server.*PREFECT_API_URL"),
        started(RunConfig(runner="dask", dask_address=FAR)),
    ):
        pass


def test_a_package_that_is_not_there() -> None:
    """With the command that installs it."""
    with (
        mock.patch.dict("sys.modules", {"prefect_dask.task_runners": None}),
        pytest.raises(ConfigError, match=r"pip install -c constraints\.txt '\.\[dask\]'"),
        started(RunConfig(runner="dask", dask_address=FAR)),
    ):
        pass


def test_workers_of_another_version_are_refused() -> None:
    """Their rows might be others."""
    workers = DaskWorkers(RunConfig(), made_with() | {"stage entities": "99"})

    with pytest.raises(ConfigError, match=r"has stage entities .*plans the run has 99.*same image"):
        workers.partition(mock.create_autospec(Job, instance=True))
