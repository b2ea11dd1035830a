"""Counting part by part."""

import pyarrow as pa
import pytest

from tasks import tallies
from tasks.tallies import best, counts, tally


def part(*rows: tuple[str, str]) -> pa.Table:
    ids, words = zip(*rows, strict=True)
    return pa.table({"doc_id": ids, "word": pa.array(words).dictionary_encode()})


def test_counts_rows_and_documents_over_parts() -> None:
    """A word twice in one document is two rows and one document, in whatever part."""
    parts = [part(("a", "x"), ("a", "x"), ("b", "y")), part(("c", "y"), ("d", "z"))]

    found = tally(parts, ("word",))

    assert found.to_pylist() == [
        {"word": "y", "rows": 2, "documents": 2},
        {"word": "x", "rows": 2, "documents": 1},
        {"word": "z", "rows": 1, "documents": 1},
    ]


def test_keeps_the_most_frequent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the rarest are let go."""
    monkeypatch.setattr(tallies, "MAX_GROUPS", 1)

    found = tally([part(("a", "x"), ("b", "x"), ("c", "y"))], ("word",))

    assert found.column("word").to_pylist() == ["x"]


def test_nothing_counted_is_an_empty_table() -> None:
    """No part gives the columns and no rows."""
    found = tally([], ("word",))

    assert (found.column_names, found.num_rows) == (["word", "rows", "documents"], 0)


def test_best_of_each_group() -> None:
    """The best rows of each group are kept, ties by doc_id."""
    rows = pa.table({"doc_id": ["c", "b", "a", "d"], "g": [1, 1, 1, 2], "w": [0.5, 0.9, 0.5, 0.1]})

    found = best(rows, "g", "w", 2)

    assert found.column("doc_id").to_pylist() == ["b", "a", "d"]


def test_counts_with_shares() -> None:
    """The largest comes first; shares are of all, widths of the largest; none is left out."""
    found = counts({"a": 1, "b": 3, "c": 0})

    assert [(c.name, c.share, c.width) for c in found] == [
        ("b", 0.75, 1.0),
        ("a", 0.25, pytest.approx(1 / 3)),
    ]
