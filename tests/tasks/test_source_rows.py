"""The table sources of a run."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa

from schemas.receipts import Outcome
from schemas.tables import TABLES
from tasks import source_rows
from tasks.ingest import Changes
from tasks.rows import from_rows
from tasks.store import content_digest

Row = dict[str, object]
NONE = Changes(unread=(), unchanged=frozenset(), gone=frozenset())


def rows(*sources: Row) -> pa.Table:
    usual: Row = {
        "size": 1,
        "modified": datetime(2024, 5, 6, tzinfo=UTC),
        "source_sha256": "digest",
        "version": "",
        "media_type": "text/plain",
        "outcome": Outcome.DONE,
        "reason": "",
        "records": 1,
        "documents": 1,
        "duplicates": 0,
        "rejected": 0,
    }
    return from_rows(
        "sources", [usual | {"container": str(each["source"])} | each for each in sources]
    )


def outcomes(table: pa.Table) -> Iterator[tuple[str, str]]:
    return zip(table["source"].to_pylist(), table["outcome"].to_pylist(), strict=True)


def test_unchanged_sources_stand_beside_those_read() -> None:
    """Those that are gone or read anew do not; all are in order."""
    old = rows({"source": "c", "size": 7}, {"source": "b"}, {"source": "a"})
    changes = Changes(unread=(), unchanged=frozenset({"c"}), gone=frozenset({"b"}))

    table = source_rows.table(old, [rows({"source": "d"}), rows({"source": "a"})], {}, changes)

    assert table.schema == TABLES["sources"]
    assert table["source"].to_pylist() == ["a", "c", "d"]
    assert table["size"].to_pylist() == [1, 7, 1]


def test_outcomes_follow_the_documents() -> None:
    """A source is a duplicate once all its documents are; what was skipped stays so."""
    read = rows(
        {"source": "all", "records": 2, "documents": 2},
        {"source": "box", "records": 0, "documents": 0},
        {"source": "none", "documents": 0, "outcome": Outcome.REJECTED},
        {"source": "skip", "documents": 0, "outcome": Outcome.SKIPPED},
        {"source": "some", "records": 2, "documents": 2},
    )

    table = source_rows.table(rows(), [read], {"all": 2, "some": 1}, NONE)

    expected = {"all": "duplicate", "box": "done", "none": "rejected", "skip": "skipped"}
    assert dict(outcomes(table)) == expected | {"some": "done"}
    assert table["duplicates"].to_pylist() == [2, 0, 0, 0, 1]


def test_a_lost_source_keeps_no_digest() -> None:
    old = rows({"source": "here"}, {"source": "lost", "version": "v"})
    names = frozenset({"here", "lost"})
    changes = Changes(unread=(), unchanged=names, gone=frozenset(), lost=frozenset({"lost"}))

    table = source_rows.table(old, [], {}, changes)

    assert table["source_sha256"].to_pylist() == ["digest", ""]
    assert table["version"].to_pylist() == ["", ""]


def test_batches_leave_no_trace() -> None:
    """The same sources are the same bytes, whatever batches they were read in."""
    one, two = {"source": "a", "media_type": "x"}, {"source": "b", "media_type": "y"}

    there = source_rows.table(rows(), [rows(one), rows(two)], {}, NONE)
    back = source_rows.table(rows(), [rows(two), rows(one)], {}, NONE)
    together = source_rows.table(rows(), [rows(two, one)], {}, NONE)

    assert content_digest(there) == content_digest(back) == content_digest(together)
