"""The dev data: where each set lies, and which of its documents are taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from schemas.errors import CorpusError
from tasks.labelled_rows import Faults, Row, rows

T = TypeVar("T")


@dataclass(frozen=True)
class Corpora:
    """A folder of sets, and how much of each is taken."""

    root: Path
    limit: int | None = None
    """Most documents of a set; all of them without it."""

    def path(self, name: str) -> Path:
        """Where a set lies. Raises `CorpusError` where it does not."""
        path = self.root / name
        if not path.exists():
            raise CorpusError(
                f"{path} is missing: give the folder that holds {name} with --corpora, or leave "
                "its task out with --only"
            )
        return path

    def rows(self, name: str, *columns: str, most: int | None = None) -> list[Row]:
        """The rows of a set that are taken; `most` is the limit where none was asked for.

        Raises `CorpusError` where the set is missing or a row is not as it should be.
        """
        return spread(_all(self.path(name), columns), self.limit or most)


def spread(items: Sequence[T], most: int | None) -> list[T]:
    """At most so many, evenly spread: the first of a set are often of one kind.

    >>> spread([0, 1, 2, 3, 4, 5, 6], 3)
    [0, 2, 4]
    """
    if most is None or most >= len(items):
        return list(items)
    return [items[i * len(items) // most] for i in range(most)]


def documents_of(texts: Sequence[str]) -> pa.Table:
    """What the stages read of the table documents; ids are in the order of the texts."""
    return pa.table(
        {
            "doc_id": pa.array([f"{number:09}" for number in range(len(texts))], pa.string()),
            "text": pa.array(texts, pa.string()),
            "language": pa.array(["en"] * len(texts), pa.string()),
        }
    )


def texts_of(row: Row, column: str) -> list[str]:
    """A column that holds one text or some."""
    value = row[column]
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _all(path: Path, columns: Sequence[str]) -> list[Row]:
    faults = Faults()
    found = [
        row for _, _, row in rows([path], faults, needs=[columns], fix="take the set as published")
    ]
    faults.end()
    return found
