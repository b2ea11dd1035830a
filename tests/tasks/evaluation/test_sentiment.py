"""Scores of sentiment, on tables small enough to count by hand."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from schemas.config import SentimentConfig
from tasks.evaluation import sentiment_baselines
from tasks.evaluation.corpora import Corpora
from tasks.evaluation.sentiment import Opinions, opinions, sentiment_scores
from tests.small_models import SmallModels

PROBABILITIES = np.array(
    [[0.8, 0.2, 0.0], [0.4, 0.0, 0.6], [0.1, 0.7, 0.2], [0.0, 0.4, 0.6], [0.6, 0.0, 0.4]],
    np.float32,
)
GOLD = np.array([0, 0, 1, 1, 2])
"""Rows 0 and 2 are right; of the poles, row 0 of rows 0, 1 and 4."""


def said(probabilities: np.ndarray) -> Opinions:
    """The opinions that these probabilities make."""
    score = probabilities[:, 2] - probabilities[:, 0]
    return Opinions(score, probabilities.argmax(axis=1), probabilities)


def test_scores_of_three_labels() -> None:
    """F1 is 1/2, 2/3 and 0; recall 1/2, 1/2 and 0; all that is said at 0.6 is wrong."""
    scores = sentiment_scores(said(PROBABILITIES), GOLD)

    assert scores == pytest.approx(
        {
            "accuracy_2": 1 / 3,
            "accuracy_3": 2 / 5,
            "macro_f1": (1 / 2 + 2 / 3 + 0) / 3,
            "macro_recall": (1 / 2 + 1 / 2 + 0) / 3,
            "calibration_error": (0.2 + 0.3 + 3 * 0.6) / 5,
        }
    )


def test_gold_without_neutral_is_a_choice_of_two() -> None:
    """What is rather positive counts as positive, also where neutral is likelier still."""
    probabilities = np.array([[0.1, 0.6, 0.3], [0.3, 0.6, 0.1]], np.float32)

    assert sentiment_scores(said(probabilities), np.array([2, 0])) == {"accuracy_2": 1.0}


def test_a_system_without_probabilities_is_not_calibrated() -> None:
    found = Opinions(np.array([0.5, 0.0], np.float32), np.array([2, 1]))

    scores = sentiment_scores(found, np.array([2, 1]))

    assert "calibration_error" not in scores
    assert set(scores.values()) == {1.0, 2 / 3}


def test_opinions_are_those_of_the_stage(small_models: SmallModels) -> None:
    """Also of a text of many windows, and of one without a letter."""
    config = SentimentConfig(model=str(small_models.classifier), window_tokens=64)

    found = opinions(["A boat.", "A long story. " * 40, "?!"], config)

    assert found.probabilities is not None
    assert found.probabilities.sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert found.score == pytest.approx(
        found.probabilities[:, 2] - found.probabilities[:, 0], abs=1e-6
    )
    assert (found.label[2], found.score[2]) == (1, 0)


def test_vader_reads_words() -> None:
    """Positive, negative and neutral."""
    pytest.importorskip("vaderSentiment")

    found = sentiment_baselines.vader()(["A great, wonderful day!", "Awful.", "A day."])

    assert found.label.tolist() == [2, 0, 1]
    assert (found.score > 0).tolist() == [True, False, False]


def test_vaders_thresholds() -> None:
    """0.05 itself is not neutral."""
    compound = np.array([-0.06, -0.05, -0.04, 0.04, 0.05])

    assert sentiment_baselines.thresholded(compound).tolist() == [0, 0, 1, 1, 2]


def test_regression_learns_words() -> None:
    """A label that is not in its data has no probability."""
    pytest.importorskip("sklearn")
    texts = ["good film", "good fun", "bad film", "bad fun"]

    found = sentiment_baselines.tfidf(texts, np.array([2, 2, 0, 0]))(["good", "bad"])

    assert found.label.tolist() == [2, 0]
    assert found.probabilities is not None
    assert found.probabilities[:, 1].tolist() == [0, 0]


def test_regression_learns_from_three_files(tmp_path: Path) -> None:
    """Sentences, phrases and reviews, whatever the limit of the dev data."""
    folder = tmp_path / "sentiment"
    folder.mkdir()
    for name, label in (("sst", "neutral"), ("sst_phrases", "negative"), ("imdb", "positive")):
        row = f'{{"text": "from {name}", "label": "{label}"}}\n'
        (folder / f"{name}.train.jsonl.gz").write_bytes(gzip.compress(row.encode()))

    texts, gold = sentiment_baselines.training_data(Corpora(tmp_path, 1))

    assert texts == ["from sst", "from sst_phrases", "from imdb"]
    assert gold.tolist() == [1, 0, 2]
