"""Batches: there whole, or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import CorpusError
from tasks.staging import Row, row_group, stage
from tests.results import document


def many(count: int) -> Iterator[Row]:
    return (document(f"{n:016x}", f"text {n}") for n in range(count))


def test_a_batch_says_where_each_document_stands(tmp_path: Path) -> None:
    """Documents come in row groups of a thousand, and the index names the group of each."""
    batch = stage(tmp_path / "batch", many(2100), [], [])

    index = batch.index(["doc_id"])

    groups = index["group"].to_pylist()
    assert [groups.count(n) for n in range(3)] == [1000, 1000, 100]
    assert row_group(batch, 2)["text"].to_pylist()[-1] == "text 2099"


def test_a_batch_without_documents(tmp_path: Path) -> None:
    """Sources without a document are a batch too."""
    batch = stage(tmp_path / "batch", many(0), [], [])

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

    batch = stage(tmp_path / "batch", reading(), [], rejects)

    assert batch.rejects()["source"].to_pylist() == ["b"]


def test_a_batch_that_fails_is_not_there(tmp_path: Path) -> None:
    """Only a hidden folder remains, and the next try takes its place."""

    def failing() -> Iterator[Row]:
        yield from many(3)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        stage(tmp_path / "batch", failing(), [], [])

    assert not (tmp_path / "batch").exists()
    assert stage(tmp_path / "batch", many(2), [], []).index(["doc_id"]).num_rows == 2
    assert [path.name for path in tmp_path.iterdir()] == ["batch"]


def test_a_damaged_batch_is_removed(tmp_path: Path) -> None:
    """So that the next run reads the sources again."""
    batch = stage(tmp_path / "batch", many(3), [], [])
    path = batch.folder / "documents.parquet"
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(CorpusError, match=r"damaged .* run again"):
        batch.index(["doc_id"])

    assert not batch.folder.exists()
