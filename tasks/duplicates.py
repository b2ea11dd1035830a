"""Which documents repeat others: to the letter, or nearly.

Of documents with one text the first in order of source and record stands; of those that are nearly
the same, the first that repeats none. So it is the same whatever order they came in.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tasks.near_duplicates import originals

if TYPE_CHECKING:
    import pandas as pd

EXACT, NEAR = "exact", "near"
Mark = tuple[str | None, str, float]
COLUMNS = ("duplicate_of", "duplicate_kind", "duplicate_similarity")
"""What the table documents says of it."""


def mark(index: "pd.DataFrame", threshold: float) -> None:
    """Fill in `COLUMNS` anew, for documents in the order that counts.

    `index` has doc_id, text_sha256 and minhash. Whether a row's marks are others than before goes
    into the column `moved`.
    """
    before = list(_marks(index))
    first = index.groupby("text_sha256")["doc_id"].transform("first").tolist()
    ids, signatures = index["doc_id"].tolist(), index["minhash"].tolist()
    marks: list[Mark] = [
        (original, EXACT, 1.0) if original != own else (None, "", 0.0)
        for own, original in zip(ids, first, strict=True)
    ]
    alone = [row for row, (original, _, _) in enumerate(marks) if original is None]
    found = originals([signatures[row] for row in alone], threshold)
    for row, (place, likeness) in zip(alone, found, strict=True):
        if place >= 0:
            marks[row] = (ids[alone[place]], NEAR, likeness)
    for column, values in zip(COLUMNS, zip(*marks, strict=True) if marks else (), strict=False):
        index[column] = list(values)
    index["moved"] = [then != now for then, now in zip(before, _marks(index), strict=True)]


def _marks(index: "pd.DataFrame") -> Iterator[Mark]:
    """The marks of each row, as they are compared."""
    for original, kind, likeness in zip(*(index[c].tolist() for c in COLUMNS), strict=True):
        yield original if isinstance(original, str) else None, kind, round(likeness, 4)
