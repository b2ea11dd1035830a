"""Sentiment on sentences, tweets and whole reviews."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from schemas.config import SentimentConfig
from tasks import calibration, sentiment
from tasks.calibration import Floats, Ints
from tasks.evaluation.corpora import Corpora, documents_of
from tasks.evaluation.results import FIRST, Result, timed
from tasks.labelled_rows import Row
from tasks.sentiment import LABELS

TASK = "sentiment"
NEGATIVE, NEUTRAL, POSITIVE = range(len(LABELS))


@dataclass(frozen=True)
class Set:
    """Texts with the label negative, neutral or positive."""

    name: str
    file: str
    most: int | None = None
    """Documents that are taken where no limit was asked for."""

    def examples(self, corpora: Corpora) -> tuple[list[str], Ints]:
        """The texts, and the number of the label of each."""
        return examples(corpora.rows(self.file, "text", "label", most=self.most))


SETS = (
    Set("SST", "sentiment/sst.dev.jsonl.gz"),
    Set("SemEval-2017", "sentiment/semeval2017_3class.dev.jsonl.gz", most=4000),
    Set("IMDB", "sentiment/imdb.dev.jsonl.gz"),
)


@dataclass(frozen=True)
class Opinions:
    """What a system says of texts, one of each."""

    score: Floats
    """Above 0 where it is rather positive than negative."""
    label: Ints
    """Number of the label, in the order of `LABELS`."""
    probabilities: Floats | None = None
    """Of the labels, (texts, 3), if the system has any."""


System = Callable[[Sequence[str]], Opinions]


def results(corpora: Corpora, config: SentimentConfig, models: Sequence[str]) -> Iterator[Result]:
    """The classifiers, then the baselines, on each set.

    Raises `CorpusError` where a set is missing.
    """
    from tasks.evaluation import sentiment_baselines as baselines

    for reference in models:
        own = config.model_copy(update={"model": reference})
        yield from _results(corpora, reference, partial(opinions, config=own), baseline=False)
    yield from _results(corpora, "VADER", baselines.vader(), baseline=True)
    learnt = baselines.tfidf(*baselines.training_data(corpora))
    yield from _results(corpora, "TF-IDF + logistic regression", learnt, baseline=True)


def _results(corpora: Corpora, name: str, system: System, *, baseline: bool) -> Iterator[Result]:
    for data in SETS:
        texts, gold = data.examples(corpora)
        system([FIRST])
        found, seconds = timed(partial(system, texts))
        scores = sentiment_scores(found, gold)
        yield Result(TASK, data.name, name, baseline, scores, len(texts), seconds)


def examples(rows: Sequence[Row]) -> tuple[list[str], Ints]:
    """The texts of labelled rows, and the number of the label of each."""
    gold = np.array([LABELS.index(str(row["label"])) for row in rows])
    return [str(row["text"]) for row in rows], gold


def opinions(texts: Sequence[str], config: SentimentConfig) -> Opinions:
    """What the stage sentiment says of texts, each read whole."""
    table = sentiment.compute({"documents": documents_of(texts)}, config)["sentiment"]
    columns = [table.column(f"p_{label}").to_numpy() for label in LABELS]
    probabilities: Floats = np.stack(columns, axis=1)
    return Opinions(table.column("score").to_numpy(), probabilities.argmax(axis=1), probabilities)


def sentiment_scores(found: Opinions, gold: Ints) -> dict[str, float]:
    """Scores of the opinions, 0 to 1.

    `accuracy_2` counts the texts whose gold is not neutral, and only whether the score is above 0.
    Gold that knows neutral gives, over all texts and the three labels, `accuracy_3`, `macro_f1` and
    `macro_recall`, and where there are probabilities `calibration_error` in 15 bins (0 is best).
    """
    polar = gold != NEUTRAL
    scores = {}
    if polar.any():
        right = (found.score > 0) == (gold == POSITIVE)
        scores["accuracy_2"] = float(right[polar].mean())
    if polar.all():
        return scores
    of_three = calibration.scores(found.label, gold, len(LABELS))
    recalls = [float((found.label[gold == label] == label).mean()) for label in np.unique(gold)]
    scores |= {
        "accuracy_3": of_three["accuracy"],
        "macro_f1": of_three["macro_f1"],
        "macro_recall": sum(recalls) / len(recalls),
    }
    if found.probabilities is not None:
        scores["calibration_error"] = calibration.expected_error(found.probabilities, gold)
    return scores
