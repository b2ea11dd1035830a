"""What a worker is at, told through shared memory."""

import multiprocessing
import os
import time

import pytest

from tasks import heartbeat
from tasks.heartbeat import NOTHING, WHOLE, Beat, Board, look


@pytest.fixture
def board() -> Board:
    """A board that this process has joined."""
    made = heartbeat.board(2, multiprocessing.get_context("spawn"))
    heartbeat.join(made)
    for place in made:
        heartbeat.clear(place)
    return made


def test_a_job_that_no_worker_has_begun(board: Board) -> None:
    """It has no process and no item."""
    assert look(board[1]) == Beat(pid=0, item=NOTHING, part=WHOLE, loading=False, since=0.0)


def test_an_item_is_told_before_it_begins(board: Board) -> None:
    """With the process, and since when; another job's place stays as it is."""
    began = time.monotonic()

    def job() -> tuple[Beat, Beat]:
        heartbeat.at(7)
        return look(board[0]), look(board[1])

    seen, other = heartbeat.told(0, job)

    assert (seen.pid, seen.item, seen.loading) == (os.getpid(), 7, False)
    assert began <= seen.since <= time.monotonic()
    assert other.pid == 0


def test_a_part_of_an_item_is_told(board: Board) -> None:
    """Of 64 bits, with a time of its own; the next item begins as a whole."""

    def job() -> list[Beat]:
        heartbeat.at(3)
        seen = [look(board[0])]
        time.sleep(0.01)
        heartbeat.within(2**64 - 1)
        seen.append(look(board[0]))
        heartbeat.at(4)
        return [*seen, look(board[0])]

    before, within, after = heartbeat.told(0, job)

    assert [beat.part for beat in (before, within, after)] == [WHOLE, 2**64 - 1, WHOLE]
    assert within.since >= before.since + 0.01


def test_loading_is_not_the_items_time(board: Board) -> None:
    """It is told as such, and the item begins anew after it, also where a loader calls another."""

    def job() -> list[Beat]:
        heartbeat.at(3)
        seen = []
        with heartbeat.loading(), heartbeat.loading():
            seen.append(look(board[0]))
            time.sleep(0.01)
        return [*seen, look(board[0])]

    during, after = heartbeat.told(0, job)

    assert (during.item, during.loading) == (3, True)
    assert (after.item, after.loading) == (3, False)
    assert after.since >= during.since + 0.01


def test_an_item_that_gets_on_has_its_time_anew(board: Board) -> None:
    """As the records of a long table do."""

    def job() -> tuple[Beat, Beat]:
        heartbeat.at(3)
        before = look(board[0])
        time.sleep(0.01)
        heartbeat.still()
        return before, look(board[0])

    before, after = heartbeat.told(0, job)

    assert (before.item, after.item) == (3, 3)
    assert after.since >= before.since + 0.01


def test_without_a_watcher_nothing_is_told(board: Board) -> None:
    """The same code runs in a process of its own."""
    heartbeat.at(5)
    heartbeat.still()
    with heartbeat.loading():
        pass

    assert [look(place).item for place in board] == [NOTHING, NOTHING]
