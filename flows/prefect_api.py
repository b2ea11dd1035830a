"""The Prefect server that a run needs from its first to its last task."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty
from typing import Any

import httpx

from schemas.errors import ServerLost

_NEVER_REACHED = "Failed to reach API"
"""What Prefect says, as a RuntimeError, where the server does not answer from the first."""


def configured() -> bool:
    """Whether there is a server to tell of runs; else each starts one of its own."""
    from prefect.settings import get_current_settings

    return bool(get_current_settings().api.url)


@contextmanager
def needed() -> Iterator[None]:
    """Say in a line that the server is gone, where the block fails of that.

    Raises `ServerLost`. What still waits to be told to the server is given up: it would be tried
    for minutes.
    """
    from prefect.settings import PREFECT_API_URL

    try:
        yield
    except (httpx.TransportError, RuntimeError) as error:
        if not isinstance(error, httpx.TransportError) and _NEVER_REACHED not in str(error):
            raise
        _give_up()
        raise ServerLost(
            f"the Prefect server at {PREFECT_API_URL.value()} does not answer ({error}): start it "
            "again, or unset PREFECT_API_URL for one of the run's own, and run again; what was "
            "written stands"
        ) from error


def _give_up() -> None:
    """Empty the queues of logs and events."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    kinds: tuple[Any, ...] = (APILogWorker, EventsWorker)
    for kind in kinds:
        for service in [*kind._instances.values()]:  # noqa: SLF001  # nothing public gives up
            with suppress(Empty):
                while True:
                    service._queue.get_nowait()  # noqa: SLF001
