"""The same work on a Dask cluster of one worker and of two: the ratio, and whether rows are equal.

The scheduler and each worker are processes of their own on this machine, as they would be pods of
Kubernetes; see `cluster`.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flows.launching import launch
from flows.progress import Silent
from schemas.config import PipelineConfig
from schemas.fingerprints import digest
from schemas.stages import StageName
from schemas.tables import TABLES
from tasks.store import Store, content_digest

_CHECKOUT = Path(__file__).resolve().parent.parent
_STARTS_WITHIN_S = 60.0


@dataclass(frozen=True)
class ClusterMeasure:
    """The work on so many workers."""

    workers: int
    wall_s: float
    """Of the flow: without the start of the cluster and of the Prefect server."""
    rows: int
    """Rows of all tables."""
    digest: str
    """Names the rows; equal rows, equal name."""


@dataclass(frozen=True)
class Cluster:
    """A scheduler and workers on this machine."""

    address: str
    workers: "list[subprocess.Popen[bytes]]"


@contextmanager
def cluster(workers: int, folder: Path, environment: Mapping[str, str]) -> Iterator[Cluster]:
    """A scheduler and so many workers of one thread, with this environment.

    What they say goes to files in `folder`.
    """
    told = folder / "scheduler.json"
    dask = partial(_started, folder, environment)
    processes = [dask("scheduler", "--scheduler-file", str(told), "--port", "0")]
    try:
        until = time.monotonic() + _STARTS_WITHIN_S
        while not (address := _address(told)):
            if processes[0].poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the Dask scheduler did not start: see {folder}")
            time.sleep(0.1)
        options = ("--nthreads", "1", "--local-directory", str(folder))
        processes += [dask("worker", address, *options) for _ in range(workers)]
        yield Cluster(address, processes[1:])
    finally:
        for process in reversed(processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def ratio(source: str, config: PipelineConfig) -> list[ClusterMeasure]:
    """The work on one worker, then on two; workers have loaded no model before."""
    return [_measured(source, config, workers) for workers in (1, 2)]


def _measured(source: str, config: PipelineConfig, workers: int) -> ClusterMeasure:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with cluster(workers, folder, os.environ) as made:
            run = config.run.model_copy(update={"runner": "dask", "dask_address": made.address})
            asked = config.model_copy(update={"run": run})
            account = launch(source, folder / "results", asked, tuple(StageName), Silent())
        if account.outcome == "failed":
            raise SystemExit("\n".join(account.failures))
        wall_s = (account.finished_at - account.started_at).total_seconds()
        store = Store(folder / "results")
        tables = [table for table in TABLES if table != "runs"]
        rows = [part for table in tables for part in store.stream(table, TABLES[table].names)]
        names = [content_digest(part.replace_schema_metadata(None)) for part in rows]
        return ClusterMeasure(workers, wall_s, sum(part.num_rows for part in rows), digest(names))


def _started(
    folder: Path, environment: Mapping[str, str], kind: str, *options: str
) -> "subprocess.Popen[bytes]":
    """A process of Dask that leads a group of its own, and imports this checkout."""
    program = (sys.executable, "-m", f"distributed.cli.dask_{kind}")
    with (folder / f"{kind}.log").open("ab") as log:
        return subprocess.Popen(
            [*program, "--host", "127.0.0.1", "--no-dashboard", *options],
            cwd=_CHECKOUT,
            env={**environment, "PYTHONPATH": str(_CHECKOUT)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _address(told: Path) -> str:
    try:
        return str(json.loads(told.read_text())["address"])
    except (OSError, ValueError):
        return ""
