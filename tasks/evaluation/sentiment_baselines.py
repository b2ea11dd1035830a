"""Sentiment by word lists and rules, and by counted words."""

from collections.abc import Sequence

import numpy as np

from tasks.calibration import Ints
from tasks.evaluation.corpora import Corpora, spread
from tasks.evaluation.sentiment import NEGATIVE, NEUTRAL, POSITIVE, Opinions, System, examples

NEUTRAL_BELOW = 0.05
"""VADER's own threshold of a compound score that is neither positive nor negative."""
_PHRASES = 20_000
"""Phrases that are learnt from, of 159,274: more only repeat the sentences that they are from."""


def vader() -> System:
    """VADER (Hutto and Gilbert 2014); of two, it says positive where its score is above 0."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()

    def opinions(texts: Sequence[str]) -> Opinions:
        said = [analyzer.polarity_scores(text)["compound"] for text in texts]
        score = np.array(said, np.float32)
        return Opinions(score, thresholded(np.array(said)))

    return opinions


def thresholded(compound: np.ndarray) -> Ints:
    """The labels of VADER's compound scores.

    >>> thresholded(np.array([-0.05, 0.049, 0.05])).tolist()
    [0, 1, 2]
    """
    polar = np.where(compound >= NEUTRAL_BELOW, POSITIVE, NEUTRAL)
    labels: Ints = np.where(compound <= -NEUTRAL_BELOW, NEGATIVE, polar)
    return labels


def training_data(corpora: Corpora) -> tuple[list[str], Ints]:
    """Texts and labels that the shipped classifier learns from too: SST and IMDB."""
    whole = Corpora(corpora.root)
    phrases = whole.rows("sentiment/sst_phrases.train.jsonl.gz", "text", "label")
    return examples(
        [
            *whole.rows("sentiment/sst.train.jsonl.gz", "text", "label"),
            *spread(phrases, _PHRASES),
            *whole.rows("sentiment/imdb.train.jsonl.gz", "text", "label"),
        ]
    )


def tfidf(texts: Sequence[str], gold: Ints) -> System:
    """Logistic regression on words and pairs of words by TF-IDF, trained on these texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    counts = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = make_pipeline(counts, LogisticRegression(max_iter=1000)).fit(texts, gold)
    columns = list(model.classes_)

    def opinions(some: Sequence[str]) -> Opinions:
        found = np.zeros((len(some), 3), np.float32)
        found[:, columns] = model.predict_proba(some)
        score = found[:, POSITIVE] - found[:, NEGATIVE]
        return Opinions(score, found.argmax(axis=1), found)

    return opinions
