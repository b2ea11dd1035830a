"""Topic models for tests: topics of a few words each."""

from collections.abc import Mapping, Sequence

import numpy as np

from tasks.phrases import Phrasing
from tasks.topic_model import TopicModel


def model_of(topics: Mapping[str, Mapping[str, float]], *, fit: int = 0) -> TopicModel:
    """A model of topics by uid, each with the weight of its words."""
    terms: Sequence[str] = sorted({term for topic in topics.values() for term in topic})
    weights = np.full((len(terms), len(topics)), 0.001, np.float32)
    for column, topic in enumerate(topics.values()):
        for term, weight in topic.items():
            weights[terms.index(term), column] = weight
    return TopicModel(
        terms=tuple(terms),
        document_frequency=np.ones(len(terms), np.int32),
        weights=weights,
        alpha=np.ones(len(topics), np.float32),
        topic_uids=tuple(topics),
        phrasing=Phrasing(),
        iterations=1,
        seed=1,
        documents=9,
        fit=fit,
    )
