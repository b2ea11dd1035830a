"""The topics of each document, inferred by the fitted model; fitting is another stage's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pyarrow as pa

from schemas.config import TopicsConfig
from schemas.tables import TABLES
from tasks import bags
from tasks.rows import from_columns
from tasks.topic_model import METADATA, TopicModel, from_table


def compute(tables: Mapping[str, pa.Table], config: TopicsConfig) -> dict[str, pa.Table]:
    """Table document_topics: the topics of weight `min_weight` or more, and always the best one.

    Reads tokens and topic_model; a document without a term that the model knows has no rows.
    """
    if not tables["topic_model"].num_rows:
        return {"document_topics": TABLES["document_topics"].empty_table()}
    model = _rebuilt(_Fitted.of(tables["topic_model"]))
    rows = [
        (doc_id, topic, weight)
        for doc_id, shares in _inferred(tables["tokens"], model)
        for topic, weight in strongest(shares, config.min_weight)
    ]
    columns = {
        "doc_id": [doc_id for doc_id, _, _ in rows],
        "topic_uid": [model.topic_uids[topic] for _, topic, _ in rows],
        "topic": [topic for _, topic, _ in rows],
        "weight": [weight for _, _, weight in rows],
    }
    return {"document_topics": from_columns("document_topics", columns)}


def strongest(shares: np.ndarray, min_weight: float) -> list[tuple[int, float]]:
    """(topic, share) of the best topic and those of `min_weight` or more, best first.

    >>> strongest(np.array([0.02, 0.9, 0.08]), 0.05)
    [(1, 0.9), (2, 0.08)]
    """
    order = np.argsort(-shares, kind="stable").tolist()
    return [(t, float(shares[t])) for n, t in enumerate(order) if not n or shares[t] >= min_weight]


def _inferred(tokens: pa.Table, model: TopicModel) -> Iterator[tuple[str, np.ndarray]]:
    """(doc_id, shares of the topics) of each document with a known term."""
    words = bags.words(tokens)
    for doc_id, codes in words.documents():
        terms = model.phrasing.terms(bags.segments(codes, words.vocabulary))
        if bag := bags.bag(terms, model.numbers):
            yield doc_id, model.infer(bag)


@dataclass(frozen=True)
class _Fitted:
    """A table topic_model, known by what its metadata says: no two fits say the same."""

    said: bytes
    table: pa.Table = field(compare=False)

    @classmethod
    def of(cls, table: pa.Table) -> "_Fitted":
        return cls(table.schema.metadata[METADATA], table)


@lru_cache(maxsize=1)
def _rebuilt(fitted: _Fitted) -> TopicModel:
    """The model, built once in a process."""
    return from_table(fitted.table)
