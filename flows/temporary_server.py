"""A Prefect server for one run, where none is configured: nothing for the user to start or stop.

It listens on a socket that is open before the server is up, so a slow start delays and never
fails. One that dies is started again on the same socket and history: requests wait meanwhile. It
ends with its run, even one that is killed, and is stopped only once the history of the run is
recorded. Run as a module it is the server itself.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flows.prefect_api import configured
from tasks.machine import end_with

_RECORDED_WITHIN_S = 60.0
_STOPPED_WITHIN_S = 20.0
_STARTED_AGAIN = 5
"""Times that a server is started which has died."""
_LOOK_AGAIN_S = 0.2
"""Between the death of a server and the start of the next."""


@contextmanager
def prefect_server() -> Iterator[None]:
    """Have a Prefect API for the block: the one configured, or a temporary one."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    if configured():
        yield
        return
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = _Server(listener)
        try:
            url = f"http://127.0.0.1:{port}/api"
            with temporary_settings({PREFECT_API_URL: url}), _settings_of_every_thread():
                yield
        finally:
            _drain()
            server.stop()


@contextmanager
def _settings_of_every_thread() -> Iterator[None]:
    """Have the present settings in threads that Prefect did not start, too, for the block.

    Such a thread has no context. One that speaks to Prefect without an address has it start a
    server of its own, which nobody ends where the run is killed.
    """
    from prefect import context

    before = context.GLOBAL_SETTINGS_CONTEXT
    context.GLOBAL_SETTINGS_CONTEXT = context.SettingsContext.get()  # type: ignore[assignment]
    try:
        yield
    finally:
        context.GLOBAL_SETTINGS_CONTEXT = before


class _Server:
    """A server process, kept up until it is stopped."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener, self._stopping, self._lock = listener, threading.Event(), threading.Lock()
        self._process = _start(listener)
        self._watch = threading.Thread(target=self._keep_up, name="prefect server", daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """End it, gently at first."""
        with self._lock:  # from here on none is started
            self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(_STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._watch.join()

    def _keep_up(self) -> None:
        for _ in range(_STARTED_AGAIN):
            self._process.wait()
            self._stopping.wait(_LOOK_AGAIN_S)
            with self._lock:
                if self._stopping.is_set():
                    return
                self._process = _start(self._listener)


def wait_until_recorded(flow_run_id: UUID, task_runs: int) -> int:
    """Wait until the server knows the end of so many task runs of a flow run.

    Recording is asynchronous: a server stopped too early forgets. Returns how many it knows.
    """
    from prefect import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    only = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
    known = 0
    until = time.monotonic() + _RECORDED_WITHIN_S
    with get_client(sync_client=True) as client:
        while time.monotonic() < until:
            known = 0
            while page := client.read_task_runs(flow_run_filter=only, limit=200, offset=known):
                ended = [run for run in page if run.state and run.state.is_final()]
                known += len(page)
                if len(ended) < len(page):
                    known = -1
                    break
            if known >= task_runs:
                break
            time.sleep(0.2)
    return known


def _drain() -> None:
    """Send the logs and events that still wait; without the server they would hang the exit."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for worker in (APILogWorker, EventsWorker):
        worker.drain_all(timeout=_STOPPED_WITHIN_S, at_exit=False)


def _start(listener: socket.socket) -> "subprocess.Popen[bytes]":
    handle = listener.fileno()
    return subprocess.Popen(
        [sys.executable, "-m", "flows.temporary_server", str(handle), str(os.getpid())],
        env=os.environ
        | {
            "PREFECT_UI_ENABLED": "0",
            "PREFECT__SERVER_EPHEMERAL": "1",
            "PREFECT__SERVER_FINAL": "1",
        },
        pass_fds=[handle],
        start_new_session=True,
    )


def _serve(handle: int, parent: int) -> None:
    import uvicorn

    end_with(parent, lambda: os.kill(os.getpid(), signal.SIGTERM))
    from prefect.server.api.server import create_app

    config = uvicorn.Config(create_app, factory=True, log_level="error", lifespan="on")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=handle)])


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
