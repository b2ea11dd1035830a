"""What a task hands back: counts and seconds, never tables."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from schemas.errors import BooksDoNotBalance


class Outcome(StrEnum):
    """What became of one item at one stage."""

    DONE = "done"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class Refusal(NamedTuple):
    """Why a document or source is rejected."""

    reason: str
    """A code of `schemas.tables.REJECT_REASONS`."""
    message: str
    """What is wrong, and what mends it."""


@dataclass(frozen=True)
class Books:
    """Items of one stage by outcome; `reused` are results that stood already."""

    found: int = 0
    done: int = 0
    reused: int = 0
    duplicate: int = 0
    rejected: int = 0
    skipped: int = 0

    def __add__(self, other: "Books") -> "Books":
        return Books(
            self.found + other.found,
            self.done + other.done,
            self.reused + other.reused,
            self.duplicate + other.duplicate,
            self.rejected + other.rejected,
            self.skipped + other.skipped,
        )

    @classmethod
    def of(cls, found: int, outcomes: Iterable[Outcome], *, reused: int) -> "Books":
        """Books from the outcomes that stand on disk, of which `reused` done ones stood before.

        A document that was computed twice in a run, because its part proved damaged, counts once:
        `reused` may come out below 0, and means 0.
        """
        counts = Counter(outcomes)
        reused = max(reused, 0)
        return cls(
            found=found,
            done=counts[Outcome.DONE] - reused,
            reused=reused,
            duplicate=counts[Outcome.DUPLICATE],
            rejected=counts[Outcome.REJECTED],
            skipped=counts[Outcome.SKIPPED],
        )

    def check(self, stage: str) -> None:
        """Raise `BooksDoNotBalance` unless every item found has exactly one outcome."""
        total = self.done + self.reused + self.duplicate + self.rejected + self.skipped
        if self.found != total or min(self.done, self.reused) < 0:
            raise BooksDoNotBalance(
                f"{stage}: found {self.found} but {total} accounted for ({self}). "
                "This is a defect of Corpusmill; the results written so far are sound. "
                "Please report it with this line."
            )


@dataclass(frozen=True)
class Receipt:
    """One task's account: its stage and partition, what it did, what it cost."""

    stage: str
    partition: int
    done: int = 0
    """Documents computed in this task, those rejected not counted."""
    seconds: float = 0.0
    """Compute time of the task, in seconds of one worker."""
    peak_bytes: int = 0
    """Largest resident memory of the worker so far, in bytes."""
    written: tuple[str, ...] = ()
    """Part files it wrote, relative to the results folder."""
    notes: tuple[str, ...] = ()
    """Lines for the log: which document was rejected and why."""

    @property
    def reused(self) -> bool:
        """Whether nothing had to be computed or written."""
        return not self.written

    def __add__(self, other: "Receipt") -> "Receipt":
        """One account of two tasks at the same stage."""
        return replace(
            self,
            done=self.done + other.done,
            seconds=self.seconds + other.seconds,
            peak_bytes=max(self.peak_bytes, other.peak_bytes),
            written=(*self.written, *other.written),
            notes=(*self.notes, *other.notes),
        )
