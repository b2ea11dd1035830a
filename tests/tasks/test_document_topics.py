"""The topics of each document."""

import numpy as np
import pyarrow as pa
import pytest

from schemas.config import TopicsConfig
from schemas.tables import TABLES
from tasks.document_topics import compute, strongest
from tasks.phrases import Phrasing
from tasks.topic_model import TopicModel
from tests.token_tables import token_table

MODEL = TopicModel(
    terms=("apple", "ball", "goal_keeper", "pear"),
    document_frequency=np.array([3, 4, 2, 3], np.int32),
    weights=np.array([[9, 0.1], [0.1, 9], [0.1, 9], [9, 0.1]], np.float32),
    alpha=np.array([0.2, 0.2], np.float32),
    topic_uids=("fruit", "sport"),
    phrasing=Phrasing(("goal_keeper",), ()),
    iterations=50,
    seed=7,
    documents=6,
)
DOCUMENTS = {
    "a": "apple pear apple pear apple",
    "b": "unknown words",
    "c": "goal keeper goal keeper",
    "d": "apple apple apple pear ball ball ball",
    "e": "goal | keeper",
}


def topics_of(documents: dict[str, str], **settings: float) -> pa.Table:
    tables = {"tokens": token_table(documents), "topic_model": MODEL.to_table()}
    return compute(tables, TopicsConfig(**settings))["document_topics"]


def test_documents_have_the_topics_of_their_terms() -> None:
    """Best topic first; phrases count where the words stand together; unknown words say nothing."""
    found = topics_of(DOCUMENTS, min_weight=0.1)

    assert [(row["doc_id"], row["topic_uid"], row["topic"]) for row in found.to_pylist()] == [
        ("a", "fruit", 0),
        ("c", "sport", 1),
        ("d", "fruit", 0),
        ("d", "sport", 1),
    ]
    assert found.schema.equals(TABLES["document_topics"])


def test_the_best_topic_is_always_kept() -> None:
    """Below the least weight there is still one row a document."""
    found = topics_of({"d": DOCUMENTS["d"]}, min_weight=1.0)

    assert found["topic_uid"].to_pylist() == ["fruit"]


@pytest.mark.parametrize("alone", ["a", "c", "d"])
def test_rows_do_not_depend_on_the_batch(alone: str) -> None:
    """A document alone gets the very rows that it gets among others."""
    together = topics_of(DOCUMENTS).to_pylist()

    rows = topics_of({alone: DOCUMENTS[alone]}).to_pylist()

    assert rows == [row for row in together if row["doc_id"] == alone]


def test_an_empty_model_gives_no_rows() -> None:
    """A corpus without topics has documents without topics."""
    tables = {"tokens": token_table(DOCUMENTS), "topic_model": TABLES["topic_model"].empty_table()}

    found = compute(tables, TopicsConfig())["document_topics"]

    assert found.equals(TABLES["document_topics"].empty_table())


def test_equal_shares_come_in_order_of_topic() -> None:
    """Ties do not depend on anything but the number of the topic."""
    assert strongest(np.array([0.25, 0.5, 0.25]), 0.25) == [(1, 0.5), (0, 0.25), (2, 0.25)]
