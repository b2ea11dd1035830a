"""Scores of keyphrases, on tables small enough to count by hand."""

import pytest

from schemas.config import KeywordsConfig, PipelineConfig
from tasks import preprocess
from tasks.evaluation import keywords
from tasks.evaluation.corpora import documents_of
from tests.small_models import SmallModels

pytest.importorskip("nltk")
TEXTS = ["Red boats and red boats near a pier.", "A green pier near some boats.", "A b."]


@pytest.mark.parametrize(
    ("found", "gold", "scores"),
    [
        (["boats"], ["boat"], (1, 1, 1)),
        (["Red boats", "pier"], ["red boat", "old pier", "tide"], (1 / 2, 1 / 3, 2 / 5)),
        # Two that have one stem are one.
        (["boats", "boat", "pier"], ["boat"], (1 / 2, 1, 2 / 3)),
        ([], ["boat"], (0, 0, 0)),
        # Only ten count.
        ([f"word{n}" for n in range(10)] + ["boat"], ["boat"], (0, 0, 0)),
    ],
)
def test_scores(found: list[str], gold: list[str], scores: tuple[float, ...]) -> None:
    """Precision, recall and F1 of the stems."""
    measured = keywords.phrase_scores([found], [gold])

    names = ("precision_10", "recall_10", "f1_10")
    assert measured == pytest.approx(dict(zip(names, scores, strict=True)))


def test_documents_are_averaged() -> None:
    """Each weighs the same."""
    scores = keywords.phrase_scores([["boat"], ["a", "b", "c"]], [["boat"], ["pier"]])

    assert scores["f1_10"] == 0.5


def test_both_systems_find_phrases_of_the_text(small_models: SmallModels) -> None:
    """Each document has its own, and one without a phrase has none."""
    documents = documents_of(TEXTS)
    config = PipelineConfig.model_validate(small_models.settings)
    tokens = preprocess.compute({"documents": documents}, config.preprocess)["tokens"]

    alike = keywords.by_likeness(documents, tokens, config)
    rare = keywords.by_rarity(documents, tokens, KeywordsConfig())

    for found in (alike, rare):
        assert len(found) == 3
        assert "boats" in " ".join(found[0])
        assert found[1]
