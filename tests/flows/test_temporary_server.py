"""A Prefect server for one run."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Self
from unittest import mock
from urllib.parse import urlsplit
from uuid import uuid4

import psutil
import pytest

from flows import temporary_server
from flows.temporary_server import prefect_server, wait_until_recorded


class Client:
    """A server that knows more task runs each time it is asked."""

    def __init__(self, *answers: Sequence[bool]) -> None:
        self.answers = list(answers)

    def read_task_runs(self, *, limit: int, offset: int, **_filters: object) -> list[object]:
        """The task runs of the present answer; the last page of it brings up the next."""
        known = self.answers[0]
        page = known[offset : offset + limit]
        if len(page) < limit and len(self.answers) > 1:
            self.answers.pop(0)
        return [SimpleNamespace(state=mock.Mock(is_final=lambda e=e: e)) for e in page]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing to close."""


@contextmanager
def asking(client: Client, *, within_s: float = 5.0) -> Iterator[None]:
    with (
        mock.patch("prefect.get_client", return_value=client),
        mock.patch.object(temporary_server, "_RECORDED_WITHIN_S", within_s),
        mock.patch("time.sleep"),
    ):
        yield


@pytest.mark.parametrize(
    "answers",
    [
        [[True, True, True]],
        [[], [True], [True, True, True]],
        [[True, True, False], [True, True, True]],
    ],
)
def test_all_task_runs_are_waited_for(answers: list[list[bool]]) -> None:
    """Until each is known, and has ended."""
    with asking(Client(*answers)):
        assert wait_until_recorded(uuid4(), 3) == 3


def test_many_task_runs_come_in_pages() -> None:
    """The server gives 200 at most."""
    with asking(Client([True] * 450)):
        assert wait_until_recorded(uuid4(), 450) == 450


def test_waiting_comes_to_an_end() -> None:
    """A server that forgets does not hold the run up for ever."""
    with asking(Client([True]), within_s=0.05):
        assert wait_until_recorded(uuid4(), 3) == 1


def test_a_server_that_is_configured_is_used() -> None:
    """Nothing is started, and the setting stays."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with (
        temporary_settings({PREFECT_API_URL: "http://prefect.example/api"}),
        mock.patch.object(temporary_server, "_start") as start,
        prefect_server(),
    ):
        assert PREFECT_API_URL.value() == "http://prefect.example/api"

    start.assert_not_called()


_SAYS_WHO = """
import os, socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
while True:
    listener.accept()[0].sendall(str(os.getpid()).encode())
"""


def says_who(listener: socket.socket) -> "subprocess.Popen[bytes]":
    """A server that answers with its process."""
    handle = str(listener.fileno())
    return subprocess.Popen([sys.executable, "-c", _SAYS_WHO, handle], pass_fds=[int(handle)])


def who() -> int:
    """The process behind the address of the API."""
    from prefect.settings import PREFECT_API_URL

    address = urlsplit(PREFECT_API_URL.value() or "")
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        return int(connection.recv(20) or b"0")


@pytest.fixture
def small_server() -> Iterator[mock.Mock]:
    """In the place of Prefect's, with no API configured; what stands for the draining of logs."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        mock.patch.object(temporary_server, "_start", says_who),
        mock.patch.object(temporary_server, "_drain") as drain,
    ):
        yield drain


def test_a_temporary_server_ends_with_the_block(small_server: mock.Mock) -> None:
    """Also if the block fails; what waits for it is sent before."""
    pids = []

    def fail() -> None:
        with prefect_server():
            pids.append(who())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    small_server.assert_called_once()
    assert not psutil.pid_exists(pids[0])


@pytest.mark.usefixtures("small_server")
def test_a_server_that_dies_is_started_again() -> None:
    """At the same address, where requests wait for it."""
    with prefect_server():
        first = who()
        os.kill(first, signal.SIGKILL)
        psutil.Process(first).wait(20)
        second = who()

    assert second not in {0, first}
    assert not psutil.pid_exists(second)


def test_every_thread_has_the_address() -> None:
    """One that Prefect did not start would have it start another server, which nobody ends."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    addresses = []

    def look() -> None:
        addresses.append(PREFECT_API_URL.value())

    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        mock.patch.object(temporary_server, "_Server"),
        mock.patch.object(temporary_server, "_drain"),
        prefect_server(),
    ):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    look()
    assert addresses[0].startswith("http://127.0.0.1:")
    assert addresses[1] is None
