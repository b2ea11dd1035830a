"""Which documents of the dev data are taken."""

import gzip
import json
from pathlib import Path

import pytest

from schemas.errors import CorpusError
from tasks.evaluation.corpora import Corpora, documents_of, spread, texts_of


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    """A folder with a set of ten rows."""
    lines = "".join(json.dumps({"text": f"text {n}"}) + "\n" for n in range(10))
    (tmp_path / "ten.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return tmp_path


@pytest.mark.parametrize(
    ("limit", "most", "taken"),
    [
        (None, None, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (None, 2, [0, 5]),
        (4, 2, [0, 2, 5, 7]),
        (99, 2, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_a_limit_takes_from_all_of_a_set(
    corpora: Path, limit: int | None, most: int | None, taken: list[int]
) -> None:
    """Evenly; a set's own limit counts where none is asked for."""
    rows = Corpora(corpora, limit).rows("ten.jsonl.gz", "text", most=most)

    assert [row["text"] for row in rows] == [f"text {n}" for n in taken]


def test_one_of_many_is_the_first() -> None:
    assert spread("abc", 1) == ["a"]


def test_a_missing_set_is_named(corpora: Path) -> None:
    """With what to do about it."""
    with pytest.raises(CorpusError, match=r"none/set\.jsonl\.gz is missing: .* --only"):
        Corpora(corpora).rows("none/set.jsonl.gz", "text")


def test_a_set_without_its_column_is_named(corpora: Path) -> None:
    with pytest.raises(CorpusError, match="needs the columns text and label, and has text"):
        Corpora(corpora).rows("ten.jsonl.gz", "text", "label")


def test_ids_are_in_the_order_of_the_texts() -> None:
    """So that a stage that sorts leaves them in it."""
    table = documents_of(["b", "a"])

    ids = table.column("doc_id").to_pylist()
    assert ids == sorted(ids)
    assert table.column("text").to_pylist() == ["b", "a"]


@pytest.mark.parametrize(("value", "texts"), [("one", ["one"]), (["one", "two"], ["one", "two"])])
def test_a_column_holds_one_text_or_some(value: object, texts: list[str]) -> None:
    assert texts_of({"summary": value}, "summary") == texts
