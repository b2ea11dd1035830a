"""The fitted model as a table."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tasks.phrases import Phrasing
from tasks.topic_model import TopicModel, from_table

MODEL = TopicModel(
    terms=("apple", "ball", "goal_keeper", "pear"),
    document_frequency=np.array([3, 4, 2, 3], np.int32),
    weights=np.array([[9, 0.1], [0.1, 9], [0.2, 7], [8, 0.1]], np.float32),
    alpha=np.array([0.3, 0.2], np.float32),
    topic_uids=("aaa", "bbb"),
    phrasing=Phrasing(("goal_keeper",), ()),
    iterations=50,
    seed=7,
    documents=6,
)


def test_a_model_comes_back_from_parquet(tmp_path: Path) -> None:
    """Table and metadata together hold the whole model."""
    pq.write_table(MODEL.to_table(), tmp_path / "model.parquet")

    back = from_table(pq.read_table(tmp_path / "model.parquet"))

    assert back.infer([(0, 2), (1, 1)]).tolist() == MODEL.infer([(0, 2), (1, 1)]).tolist()
    assert back.weights.tolist() == MODEL.weights.tolist()
    assert (back.terms, back.topic_uids, back.phrasing) == (
        MODEL.terms,
        MODEL.topic_uids,
        MODEL.phrasing,
    )
    assert (back.iterations, back.seed, back.documents) == (50, 7, 6)


@pytest.mark.parametrize(("bag", "best"), [([(0, 3), (3, 2)], 0), ([(1, 3), (2, 2)], 1)])
def test_a_document_has_the_topic_of_its_terms(bag: list[tuple[int, int]], best: int) -> None:
    """Shares add up to 1 and the topic of the terms has most of it."""
    shares = MODEL.infer(bag)

    assert shares.sum() == pytest.approx(1)
    assert shares[best] > 0.9


def test_inference_does_not_depend_on_what_came_before() -> None:
    """The same document gets the same shares, to the last bit, at any moment."""
    first = MODEL.infer([(0, 1), (1, 1)])
    MODEL.infer([(2, 5)])

    assert MODEL.infer([(0, 1), (1, 1)]).tolist() == first.tolist()


def test_another_version_is_refused() -> None:
    """A model of an unknown layout is not misread."""
    table = MODEL.to_table().replace_schema_metadata({b"model": b'{"version": 99}'})

    with pytest.raises(ValueError, match="version 99, expected 2"):
        from_table(table)
