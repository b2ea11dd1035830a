"""What a measurement says: the scores of a system on a set, and what they cost."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
FIRST = "A first text, so that what is made on first use is made."


@dataclass(frozen=True)
class Result:
    """One system on one set."""

    task: str
    data: str
    system: str
    """The reference of a model, or the name of a baseline."""
    baseline: bool
    scores: Mapping[str, float]
    """By the name of the measure, 0 to 1."""
    documents: int
    cpu_s: float
    """Of the system on all documents, in seconds of this process; loading and training it and what
    all systems are given do not count."""
    notes: Sequence[str] = ()
    """What scores do not say, a line each."""


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What the work gives, and its time on the processor in seconds."""
    started = time.process_time()
    found = work()
    return found, time.process_time() - started


def f1(hits: int, found: int, gold: int) -> float:
    """Harmonic mean of precision and recall; 0 where nothing was found and nothing was to find.

    >>> f1(hits=1, found=2, gold=2)
    0.5
    """
    return 2 * hits / max(found + gold, 1)


def means(each: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each measure over documents.

    >>> means([{"f1": 0.5}, {"f1": 1.0}])
    {'f1': 0.75}
    """
    rows: Sequence[Mapping[str, float]] = list(each)
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
