"""Sentence vectors."""

import numpy as np
import pytest

from schemas.config import EmbeddingsConfig
from schemas.tables import TABLES
from tasks.embeddings import compute
from tests.document_tables import document_table
from tests.small_models import SmallModels
from tests.token_tables import token_table

TEXTS = {"a": "red apples|green pears fall", "b": "", "c": "red apples"}


@pytest.fixture
def config(small_models: SmallModels) -> EmbeddingsConfig:
    """A small encoder."""
    return EmbeddingsConfig(model=str(small_models.encoder))


def rows(texts: dict[str, str], config: EmbeddingsConfig) -> list[dict[str, object]]:
    """The rows of texts in which `|` ends a sentence."""
    documents = document_table({key: text.replace("|", " ") for key, text in texts.items()})
    tables = {"documents": documents, "tokens": token_table(texts)}
    found = compute(tables, config)["embeddings"]
    assert found.schema.equals(TABLES["embeddings"])
    return found.to_pylist()


def test_each_sentence_has_a_vector_of_unit_length(config: EmbeddingsConfig) -> None:
    """A sentence reaches from its first token to its last; a document without any has no row."""
    found = rows(TEXTS, config)

    places = [(row["doc_id"], row["sentence"], row["start"], row["end"]) for row in found]
    assert places == [("a", 0, 0, 10), ("a", 1, 11, 27), ("c", 0, 0, 10)]
    lengths = [np.linalg.norm(row["vector"]) for row in found]
    assert lengths == pytest.approx([1.0] * 3, abs=1e-3)


def test_a_vector_depends_on_its_sentence_alone(config: EmbeddingsConfig) -> None:
    """The same sentence has the same vector, in another document and in a call of its own."""
    found = rows(TEXTS, config)
    alone = rows({"c": TEXTS["c"]}, config)

    assert found[2] == alone[0]
    assert found[0]["vector"] == pytest.approx(found[2]["vector"], abs=1e-3)
    assert found[0]["vector"] != pytest.approx(found[1]["vector"], abs=1e-2)
