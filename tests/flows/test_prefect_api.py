"""A Prefect server that goes away."""

from queue import SimpleQueue
from unittest import mock

import httpx
import pytest
from prefect.events.worker import EventsWorker

from flows.prefect_api import needed
from schemas.errors import ServerLost


def test_a_server_that_is_gone_is_named() -> None:
    """With what mends it; what waits to be told to it is given up."""
    service = mock.Mock(_queue=SimpleQueue())
    service._queue.put("an event")
    with (
        mock.patch.object(EventsWorker, "_instances", {1: service}),
        pytest.raises(ServerLost, match=r"does not answer \(refused\): start it again"),
        needed(),
    ):
        raise httpx.ConnectError("refused")

    assert service._queue.empty()


def test_a_server_that_was_never_there_is_named() -> None:
    with pytest.raises(ServerLost, match="does not answer"), needed():
        raise RuntimeError("Failed to reach API at http://127.0.0.1:1/api/")


def test_other_errors_are_as_they_were() -> None:
    with pytest.raises(ZeroDivisionError), needed():
        raise ZeroDivisionError
