"""One item must not cost the others: the item at which a worker ended is tried alone, then refused.

A worker says which item it is at, so that the one to blame is known. What came before it is done
again, once; what comes after it is done for the first time: the work of a batch at most doubles,
however many of its items hang or kill. Only of those that were done at once with one to blame, some
are done a third time.

Where a worker ends within a part of an item, that part is to blame: it is refused once it has ended
two workers, and the item is tried alone again without it. An item with more than `MOST_PARTS` such
parts is refused as a whole, so it ends no more than `2 * MOST_PARTS + 1` workers.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from schemas.receipts import Refusal
from tasks.heartbeat import WHOLE

MOST_PARTS = 8
"""Parts of one item that may be refused; with a deadline of 60 s that is a quarter of an hour."""

I = TypeVar("I")  # noqa: E741  # an item
R = TypeVar("R")
Parts = Mapping[int, Refusal]
"""Parts of an item that are to be refused without another try, as they were told."""


class Stopped(Exception):
    """A worker came to its end at an item, or at a part of it: it was killed, or it died."""

    def __init__(self, item: int, why: Refusal, part: int = WHOLE) -> None:
        super().__init__(f"{why.reason} at item {item}: {why.message}")
        self.item, self.why, self.part = item, why, part


@dataclass
class Isolation(Generic[I, R]):
    """Does `attempt` on items in order; those that stop a worker twice are left in `refused`.

    `attempt` takes some of the items, and whether they are to be done alone: in a new worker, one
    by one. It raises `Stopped` with the first of the `together` items that were being done at once.
    Parts that stop a worker twice are left in `parts`, which `attempt` heeds.
    """

    attempt: Callable[[tuple[I, ...], bool], R]
    together: int = 1
    refused: dict[I, Refusal] = field(default_factory=dict)
    parts: dict[I, dict[int, Refusal]] = field(default_factory=dict)
    _stops: Counter[tuple[I, int]] = field(default_factory=Counter)

    def results(self, items: Sequence[I]) -> Iterator[R]:
        """What each attempt gives that comes to its end."""
        pieces: deque[tuple[tuple[I, ...], bool]] = deque([(tuple(items), False)])
        while pieces:
            some, alone = pieces.popleft()
            try:
                yield self.attempt(some, alone)
            except Stopped as stop:
                end = stop.item + (1 if alone else self.together)
                before, blamed, after = some[: stop.item], some[stop.item : end], some[end:]
                again = self._again(blamed[0], stop)
                if alone and again:
                    rest = [(before, False), (blamed, True), (after, True)]
                elif alone:
                    self.refused[blamed[0]] = _whole(stop)
                    rest = [(before, False), (after, True)]
                else:
                    rest = [(before, False), (blamed, True), (after, False)]
                pieces.extendleft(piece for piece in reversed(rest) if piece[0])

    def _again(self, item: I, stop: Stopped) -> bool:
        """Whether an item may be tried again: a part of it is to blame, and not one too many."""
        if stop.part == WHOLE:
            return False
        self._stops[item, WHOLE] += 1
        self._stops[item, stop.part] += 1
        if self._stops[item, stop.part] > 1:
            self.parts.setdefault(item, {})[stop.part] = stop.why
        return self._stops[item, WHOLE] <= 2 * MOST_PARTS


def _whole(stop: Stopped) -> Refusal:
    """Why an item is refused as a whole."""
    if stop.part == WHOLE:
        return stop.why
    few = f"more than {MOST_PARTS} of its parts end a worker"
    return Refusal(stop.why.reason, f"{few}, the last for this: {stop.why.message}")
