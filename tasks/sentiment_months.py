"""What the report shows of the sentiment: over all documents, and by the month of publication."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from tasks.rows import Stream
from tasks.tallies import Count, as_text, counts

LABELS = ("negative", "neutral", "positive")
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Month:
    """Sentiment of the documents published in one month."""

    year: int
    month: int
    score: float
    """Mean of the documents' scores, -1 to 1."""
    documents: int

    @property
    def number(self) -> int:
        """Months since the year 0."""
        return self.year * MONTHS_A_YEAR + self.month - 1


@dataclass(frozen=True)
class Sentiment:
    """The sentiment of the corpus."""

    labels: tuple[Count, ...]
    """Negative, neutral and positive, in this order; empty where there is none."""
    score: float
    """Mean of the documents' scores, -1 to 1."""
    months: tuple[Month, ...]


def sentiment(stream: Stream) -> Sentiment:
    """Sentiment over the documents, and by the month of their publication."""
    labels = Counter[str]()
    by_month: defaultdict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0])
    total = 0.0
    for part, published in _dated(stream):
        labels.update(as_text(part, ["label"]).column("label").to_pylist())
        for score, time in zip(part.column("score").to_pylist(), published, strict=True):
            total += score
            if time is not None:
                sums = by_month[time.year, time.month]
                sums[0], sums[1] = sums[0] + score, sums[1] + 1
    found = {count.name: count for count in counts(labels)}
    return Sentiment(
        tuple(found.get(label, Count(label, 0, 0.0, 0.0)) for label in LABELS if found),
        total / (labels.total() or 1),
        tuple(Month(*key, s / n, int(n)) for key, (s, n) in sorted(by_month.items())),
    )


def _dated(stream: Stream) -> Iterator[tuple[pa.Table, Sequence[datetime | None]]]:
    """Each part of the sentiment with the publication time (or None) of its rows.

    A document stands in the same partition of every table, so the two are walked side by side; a
    part whose documents are all gone makes the walk begin anew.
    """
    documents = _times(stream)
    known = next(documents, None)
    for part in _filled(stream("sentiment", ("doc_id", "label", "score"))):
        ids = part.column("doc_id")
        at = _places(ids, known)
        while known is not None and at.null_count == len(at):
            known = next(documents, None)
            at = _places(ids, known)
        if known is None:
            documents = _times(stream)
            known = next(documents, None)
            yield part, [None] * len(at)
        else:
            yield part, known.column("published_at").take(at).to_pylist()


def _times(stream: Stream) -> Iterator[pa.Table]:
    return _filled(stream("documents", ("doc_id", "published_at")))


def _filled(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    return (part for part in parts if part.num_rows)


def _places(ids: pa.ChunkedArray, known: pa.Table | None) -> pa.ChunkedArray:
    """Where each id stands among the known documents; null where it does not."""
    found = pa.array([], pa.string()) if known is None else known.column("doc_id")
    return pc.index_in(ids, found)
