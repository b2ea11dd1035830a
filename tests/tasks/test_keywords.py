"""Keyphrases of a document."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from schemas.config import KeywordsConfig
from schemas.tables import TABLES
from tasks import keywords
from tasks.keywords import compute, most_relevant
from tests.document_tables import document_table
from tests.token_tables import token_table

TEXTS = {"a": "Red apple of green pear", "b": "the of", "c": "blue plum of blue plum of kiwi"}
AXES = ("apple", "pear", "plum", "kiwi")


class Axes:
    """An encoder that knows four words, each a direction of its own, and colours a little."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of unit length."""
        found = np.array([[text.count(axis) for axis in AXES] for text in texts], np.float32) + 0.01
        return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture
def _axes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keywords, "load_encoder", lambda _: Axes())


def embeddings(vectors: dict[str, list[float]]) -> pa.Table:
    """One sentence a document, of a given direction."""
    rows = [
        {"doc_id": key, "sentence": 0, "start": 0, "end": 1}
        | {"vector": (np.array(vector) / np.linalg.norm(vector)).astype(np.float16)}
        for key, vector in vectors.items()
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["embeddings"])


def tables(texts: dict[str, str]) -> dict[str, pa.Table]:
    return {"documents": document_table(texts), "tokens": token_table(texts, pos="X")}


@pytest.mark.usefixtures("_axes")
def test_the_phrases_most_like_the_document_come_first() -> None:
    """Score is the cosine, start and end the first place; no phrase, no row."""
    vectors = embeddings({"a": [1, 3, 0, 0], "b": [1, 0, 0, 0], "c": [0, 0, 3, 1]})

    found = compute(tables(TEXTS) | {"embeddings": vectors}, KeywordsConfig())["keywords"]

    rows = [(r["doc_id"], r["rank"], r["keyword"], r["start"], r["end"]) for r in found.to_pylist()]
    assert rows == [
        ("a", 1, "green pear", 13, 23),
        ("a", 2, "red apple", 0, 9),
        ("c", 1, "blue plum", 0, 9),
        ("c", 2, "kiwi", 26, 30),
    ]
    assert found.column("score").to_pylist() == pytest.approx([0.95, 0.32, 0.95, 0.32], abs=0.02)
    assert found.schema.equals(TABLES["keywords"])


def test_the_rare_phrases_come_first_in_tfidf_mode() -> None:
    """Times in the document × mean log((1 + documents) / (1 + documents that hold the term))."""
    counts = [("apple", 9), ("blue", 4), ("green", 9), ("kiwi", 1), ("plum", 4), ("red", 4)]
    rows = [{"term": term, "document_frequency": n, "frequency": n} for term, n in counts]
    vocabulary = pa.Table.from_pylist(rows, schema=TABLES["vocabulary"])
    vocabulary = vocabulary.replace_schema_metadata({b"documents": b"9"})
    config = KeywordsConfig(method="tfidf", count=2)

    found = compute(tables(TEXTS) | {"vocabulary": vocabulary}, config)["keywords"].to_pylist()

    assert [(r["doc_id"], r["keyword"], round(r["score"], 3)) for r in found] == [
        ("a", "green pear", round(np.log(10) / 2, 3)),
        ("a", "red apple", round(np.log(2) / 2, 3)),
        ("c", "kiwi", round(np.log(5), 3)),
        ("c", "blue plum", round(2 * np.log(2), 3)),
    ]


@pytest.mark.parametrize(
    ("diversity", "order"), [(0.0, [0, 1, 2]), (0.5, [0, 2, 1]), (1.0, [0, 2, 1])]
)
def test_diversity_sets_the_alike_back(diversity: float, order: list[int]) -> None:
    """Two phrases that say the same do not stand side by side."""
    vectors = np.array([[1, 0], [0.99, 0.14], [0, 1]], np.float32)
    scores = np.array([0.9, 0.8, 0.5], np.float32)

    assert most_relevant(vectors, scores, count=9, diversity=diversity) == order


@pytest.mark.usefixtures("_axes")
def test_a_long_document_has_a_bounded_number_of_candidates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only the most frequent are ranked."""
    monkeypatch.setattr(keywords, "_MOST_CANDIDATES", 2)
    vectors = embeddings({"a": [1, 1, 1, 1]})
    texts = {"a": "kiwi of plum of apple of plum of apple"}

    found = compute(tables(texts) | {"embeddings": vectors}, KeywordsConfig())["keywords"]

    assert sorted(found.column("keyword").to_pylist()) == ["apple", "plum"]
