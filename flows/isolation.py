"""One item must not cost the others: the item at which a worker ended is tried alone, then refused.

A worker says which item it is at, so that the one to blame is known. What came before it is done
again, once; what comes after it is done for the first time: the work of a batch at most doubles,
however many of its items hang or kill. Only of those that were done at once with one to blame, some
are done a third time.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from schemas.receipts import Refusal

I = TypeVar("I")  # noqa: E741  # an item
R = TypeVar("R")


class Stopped(Exception):
    """A worker came to its end at an item: it was killed over a limit, or it died."""

    def __init__(self, item: int, why: Refusal) -> None:
        super().__init__(f"{why.reason} at item {item}: {why.message}")
        self.item, self.why = item, why


@dataclass
class Isolation(Generic[I, R]):
    """Does `attempt` on items in order; those that stop a worker twice are left in `refused`.

    `attempt` takes some of the items, and whether they are to be done alone: in a new worker, one
    by one. It raises `Stopped` with the first of the `together` items that were being done at once.
    """

    attempt: Callable[[tuple[I, ...], bool], R]
    together: int = 1
    refused: dict[I, Refusal] = field(default_factory=dict)

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
                if alone:
                    self.refused[blamed[0]] = stop.why
                    rest = [(before, False), (after, True)]
                else:
                    rest = [(before, False), (blamed, True), (after, False)]
                pieces.extendleft(piece for piece in reversed(rest) if piece[0])
