"""Sentiment of whole documents."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from schemas.config import SentimentConfig
from schemas.errors import ModelError
from schemas.tables import TABLES
from tasks import models
from tasks.sentiment import compute, pooled
from tests.document_tables import document_table
from tests.small_models import SmallModels


@dataclass(frozen=True)
class Words:
    """A classifier that reads `max_tokens` words at a time and knows two of them."""

    labels: tuple[str, ...] = ("negative", "neutral", "positive")

    def windows(self, text: str, *, max_tokens: int) -> list[tuple[int, int]]:
        """Runs of words."""
        spans = [match.span() for match in re.finditer(r"\S+", text)]
        groups = [spans[i : i + max_tokens] for i in range(0, len(spans), max_tokens)]
        return [(group[0][0], group[-1][1]) for group in groups]

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """The more often a known word, the likelier its label."""
        rows = [[t.count("bad") + 0.1, 0.1, t.count("good") + 0.1] for t in texts]
        found = np.array(rows, np.float32).reshape(len(texts), 3)[:, : len(self.labels)]
        return found / found.sum(axis=1, keepdims=True)


def documents(*texts: str) -> pa.Table:
    return document_table({f"d{i}": text for i, text in enumerate(texts)})


def computed(monkeypatch: pytest.MonkeyPatch, *texts: str, model: Words | None = None) -> tuple:
    monkeypatch.setattr(models, "load_classifier", lambda reference: model or Words())
    tables = compute({"documents": documents(*texts)}, SentimentConfig(window_tokens=16))
    return tables["sentiment"].to_pylist(), tables["sentiment_spans"].to_pylist()


@pytest.mark.parametrize(
    ("text", "label"),
    [("a good day", "positive"), ("a bad day", "negative"), ("bad, but good", "negative")],
)
def test_label_and_score_agree(monkeypatch: pytest.MonkeyPatch, text: str, label: str) -> None:
    """The label is the likeliest, the score the difference of the ends."""
    ((row,), _) = computed(monkeypatch, text)

    assert row["label"] == label
    assert row["score"] == pytest.approx(row["p_positive"] - row["p_negative"], abs=1e-6)
    assert sum(row[f"p_{name}"] for name in Words().labels) == pytest.approx(1, abs=1e-6)


def test_reads_the_whole_of_a_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands after the first window counts, and coverage says that all was read."""
    text = "good " + "so so " * 20 + "bad bad bad " * 30

    (row,), spans = computed(monkeypatch, text)

    assert (row["label"], row["coverage"]) == ("negative", 1.0)
    assert row["windows"] == len(spans) > 1
    assert spans[0]["label"] == "positive"
    assert text[spans[-1]["start"] : spans[-1]["end"]].endswith("bad")


def test_neutral_without_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text without a letter is neutral, with nothing read."""
    (row,), spans = computed(monkeypatch, "12 + 30 = 42")

    assert (row["label"], row["score"], row["p_neutral"]) == ("neutral", 0, 1)
    assert (row["windows"], row["coverage"], spans) == (0, 0, [])


def test_same_in_any_company(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document's rows do not depend on those computed with it."""
    texts = ("good " * 40, "bad", "7", "so so " * 30)

    together = computed(monkeypatch, *texts)

    for i, text in enumerate(texts):
        alone = computed(monkeypatch, text)
        assert [row | {"doc_id": "d0"} for row in together[0][i : i + 1]] == alone[0]
        of_it = [row | {"doc_id": "d0"} for row in together[1] if row["doc_id"] == f"d{i}"]
        assert of_it == alone[1]


def test_two_labels_are_never_neutral(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model without a neutral label gives it no probability."""
    (row,), _ = computed(monkeypatch, "a bad day", model=Words(labels=("neg", "pos")))

    assert (row["label"], row["p_neutral"]) == ("negative", 0)


def test_refuses_labels_without_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that names its labels LABEL_0 and LABEL_1 is no sentiment model."""
    with pytest.raises(ModelError, match="LABEL_0"):
        computed(monkeypatch, "a day", model=Words(labels=("LABEL_0", "LABEL_1")))


def test_a_real_classifier_reads_all(small_models: SmallModels) -> None:
    """A transformer gives the same rows, up to rounding, to a document alone and among others."""
    config = SentimentConfig(model=str(small_models.classifier), window_tokens=32)
    texts = ["The river rose. " * 20, "Nobody came.", "So it went on — until the doors shut."]

    together = compute({"documents": documents(*texts)}, config)["sentiment"].to_pylist()

    for text, row in zip(texts, together, strict=True):
        (alone,) = compute({"documents": documents(text)}, config)["sentiment"].to_pylist()
        assert row == pytest.approx(alone | {"doc_id": row["doc_id"]}, abs=1e-5)
    assert [row["coverage"] for row in together] == [1.0] * 3
    assert together[0]["windows"] > 1


def test_no_documents_give_empty_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The schemas hold without a row."""
    monkeypatch.setattr(models, "load_classifier", lambda reference: Words())

    tables = compute({"documents": TABLES["documents"].empty_table()}, SentimentConfig())

    assert {name: table.schema for name, table in tables.items()} == {
        name: TABLES[name] for name in ("sentiment", "sentiment_spans")
    }


def test_pools_log_odds_by_length() -> None:
    """Two labels: the pooled log-odds are the mean of the windows', weighted by length."""
    windows = np.array([[0.9, 0.1], [0.4, 0.6]])

    ((first, second),) = pooled(windows, [30, 10])

    expected = (30 * np.log(9) + 10 * np.log(0.4 / 0.6)) / 40
    assert np.log(first / second) == pytest.approx(expected)


def test_one_sure_window_does_not_outvote_all() -> None:
    """A probability of 0 counts as a small one."""
    windows = np.array([[0.0, 1.0]] + [[0.9, 0.1]] * 9)

    ((first, second),) = pooled(windows, [10] * 10)

    assert first > second


@pytest.mark.parametrize(
    ("languages", "read"), [(("en", "und"), ["a", "c"]), (("fr",), ["b"]), ((), ["a", "b", "c"])]
)
def test_other_languages_have_no_row(
    monkeypatch: pytest.MonkeyPatch, languages: tuple[str, ...], read: list[str]
) -> None:
    """What the classifier cannot read it does not judge."""
    monkeypatch.setattr(models, "load_classifier", lambda reference: Words())
    table = document_table(
        {"a": "a good day", "b": "un bon jour", "c": "good"}, languages={"b": "fr", "c": "und"}
    )

    found = compute({"documents": table}, SentimentConfig(languages=languages))

    assert found["sentiment"]["doc_id"].to_pylist() == read
    assert {*found["sentiment_spans"]["doc_id"].to_pylist()} == {*read}
