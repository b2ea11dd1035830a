"""A Prefect server for one run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Self
from unittest import mock
from uuid import uuid4

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


def test_a_temporary_server_ends_with_the_block() -> None:
    """Its address holds inside the block; it is told to stop even if the block fails."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    process, addresses = mock.Mock(), []

    def fail() -> None:
        with prefect_server():
            addresses.append(PREFECT_API_URL.value())
            raise ZeroDivisionError

    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        mock.patch.object(temporary_server, "_start", return_value=process),
        mock.patch.object(temporary_server, "_drain") as drain,
        pytest.raises(ZeroDivisionError),
    ):
        fail()

    assert addresses[0].startswith("http://127.0.0.1:")
    drain.assert_called_once()
    process.terminate.assert_called_once()
    process.wait.assert_called_once()
