"""What a worker is at, told to the process that watches it: which item, and since when.

A board is memory that all processes share, with a place for each job. The worker that computes a
job writes there before it begins an item; the watcher reads it a few times a second. Times are of
the monotonic clock, which all processes of a machine share.
"""

import ctypes
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

NOTHING = -1
"""The item of a worker that is at none: it starts, reads its input, or writes its output."""
WHOLE = 0
"""The part of an item that is done as a whole."""


class Place(ctypes.Structure):
    """One job's place on the board; each field is written and read whole."""

    _fields_ = (
        ("pid", ctypes.c_int64),
        ("item", ctypes.c_int64),
        ("part", ctypes.c_uint64),
        ("loading", ctypes.c_int64),
        ("since", ctypes.c_double),
    )
    pid: int
    item: int
    part: int
    loading: int
    since: float


Board = Sequence[Place]


@dataclass(frozen=True)
class Beat:
    """What a job's worker was at when it was looked at."""

    pid: int
    """The worker's process; 0 as long as none has begun the job."""
    item: int
    """Number of the item in the job, or `NOTHING`."""
    part: int
    """Which part of the item, as it was told to `within`, or `WHOLE`."""
    loading: bool
    """Whether a model is being loaded: that is not the item's time."""
    since: float
    """When that began, in seconds of the monotonic clock."""


def board(places: int, context: BaseContext) -> Board:
    """A new board; hand it to `join` in every worker when that is started."""
    made: Board = context.RawArray(Place, places)  # type: ignore[assignment]  # typeshed forgets structures
    return made


def clear(place: Place) -> None:
    """Make a place ready for a job that no worker has begun."""
    place.pid, place.item, place.part, place.loading = 0, NOTHING, WHOLE, 0


def look(place: Place) -> Beat:
    """What the worker is at."""
    return Beat(place.pid, place.item, place.part, bool(place.loading), place.since)


# ── in the worker ───────────────────────────────────────────────────────────────────────────────


class _Own:
    """The board that this process has joined, and the place of the job that it is at."""

    board: Board = ()
    place: Place | None = None
    number: int = NOTHING


def join(shared: Board) -> None:
    """Write on this board from now on."""
    _Own.board = shared


def told(number: int, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The function's result; what it is at can be seen at this place of the board."""
    place = _Own.place = _Own.board[number]
    _Own.number = number
    place.since = time.monotonic()
    place.pid = os.getpid()
    try:
        return function(*args, **kwargs)
    finally:
        _Own.place, _Own.number = None, NOTHING


def number() -> int:
    """The number of this process's job on the board; `NOTHING` where it is at none."""
    return _Own.number


def at(item: int) -> None:
    """Say that this item begins now; `NOTHING` between items. Without a watcher: nothing."""
    if _Own.place is not None:
        _Own.place.since = time.monotonic()  # first: a new item is never seen with an old time
        _Own.place.part = WHOLE
        _Own.place.item = item


def within(part: int) -> None:
    """Say that this part of the item begins now, or goes on; its time begins anew.

    A part is any number of 64 bits that names it, the same in every attempt; `WHOLE` is none.
    """
    if _Own.place is not None:
        _Own.place.since = time.monotonic()
        _Own.place.part = part


def still() -> None:
    """Say that the item gets on: its time begins anew, for the next record of a table."""
    if _Own.place is not None:
        _Own.place.since = time.monotonic()


@contextmanager
def loading() -> Iterator[None]:
    """Say that a model is loaded meanwhile; the item's time begins anew afterwards."""
    place = _Own.place
    if place is None or place.loading:
        yield
        return
    place.since, place.loading = time.monotonic(), 1
    try:
        yield
    finally:
        place.since = time.monotonic()
        place.loading = 0
