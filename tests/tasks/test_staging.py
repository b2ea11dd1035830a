"""Batches: there whole, or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import CorpusError
from tasks.staging import Batch, Row, row_group, stage
from tests.results import document


def batch_in(results: Path) -> Batch:
    return Batch(results, ".staging/batch")


def many(count: int) -> Iterator[Row]:
    return (document(f"{n:016x}", f"text {n}") for n in range(count))


def test_a_batch_says_where_each_document_stands(tmp_path: Path) -> None:
    """Documents come in row groups of a thousand, and the index names the group of each."""
    batch = stage(batch_in(tmp_path), many(2100), [], [])

    index = batch.index(["doc_id"])

    groups = index["group"].to_pylist()
    assert [groups.count(n) for n in range(3)] == [1000, 1000, 100]
    assert row_group(batch, 2)["text"].to_pylist()[-1] == "text 2099"


def test_a_batch_without_documents(tmp_path: Path) -> None:
    """Sources without a document are a batch too."""
    batch = stage(batch_in(tmp_path), many(0), [], [])

    assert batch.index(["doc_id", "source"]).num_rows == 0
    assert batch.index(["doc_id"]).column_names == ["doc_id", "group"]
    assert batch.rejects().num_rows == 0


def test_what_is_noted_while_reading_is_kept(tmp_path: Path) -> None:
    """Sources and rejects are filled as the documents pass."""
    rejects: list[Row] = []

    def reading() -> Iterator[Row]:
        yield from many(1)
        rejects.append(
            {"doc_id": None, "source": "b", "record": "", "stage": "ingest"}
            | {"reason": "empty", "message": "no text", "attempts": 1}
        )

    batch = stage(batch_in(tmp_path), reading(), [], rejects)

    assert batch.rejects()["source"].to_pylist() == ["b"]


def test_a_batch_that_fails_is_not_there(tmp_path: Path) -> None:
    """And the next try takes its place."""

    def failing() -> Iterator[Row]:
        yield from many(3)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        stage(batch_in(tmp_path), failing(), [], [])

    assert not batch_in(tmp_path).exists()
    assert stage(batch_in(tmp_path), many(2), [], []).index(["doc_id"]).num_rows == 2
    assert batch_in(tmp_path).exists()


def test_a_damaged_batch_is_removed(tmp_path: Path) -> None:
    """So that the next run reads the sources again."""
    batch = stage(batch_in(tmp_path), many(3), [], [])
    path = tmp_path / batch.file("documents")
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(CorpusError, match=r"damaged .* run again"):
        batch.index(["doc_id"])

    assert not batch.exists()
    assert not path.exists()
