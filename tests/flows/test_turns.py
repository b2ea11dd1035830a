"""Runs that write one folder take turns."""

import threading
from collections.abc import Iterator
from unittest import mock

import pytest

from flows.progress import listener
from flows.turns import turn
from schemas.errors import ResultsLocked
from tasks.store import Store


@pytest.fixture
def hears() -> Iterator[mock.Mock]:
    """Who listens to the run."""
    heard = mock.Mock()
    token = listener.set(heard)
    yield heard
    listener.reset(token)


def test_a_free_folder_is_taken_without_a_word(store: Store, hears: mock.Mock) -> None:
    """And given back."""
    with turn(store, 5), pytest.raises(ResultsLocked), store.locked(0):
        pass
    with store.locked(0):
        pass

    hears.note.assert_not_called()


def test_a_run_that_waits_says_so(store: Store, hears: mock.Mock) -> None:
    """And goes on when the other has left."""
    holds, may_leave = threading.Event(), threading.Event()

    def other() -> None:
        with store.locked(0):
            holds.set()
            may_leave.wait(20)

    first = threading.Thread(target=other)
    first.start()
    holds.wait(20)
    hears.note.side_effect = lambda _line: may_leave.set()

    with turn(store, 20):
        first.join()

    ((line,), _) = hears.note.call_args
    assert line == f"another run is writing {store.root}: this one waits up to 20 s"


@pytest.mark.parametrize("timeout_s", [0, 0.1])
def test_a_run_waits_no_longer_than_it_may(store: Store, timeout_s: float) -> None:
    """Then it says how to wait longer."""
    with (
        store.locked(0),
        pytest.raises(ResultsLocked, match=r"run\.lock_timeout_s"),
        turn(store, timeout_s),
    ):
        pass
