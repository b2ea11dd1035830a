"""Scores of summaries and their baselines, on texts small enough to count by hand."""

import pytest

from schemas.config import PipelineConfig, SummariesConfig
from tasks.evaluation.summaries import SETS, Set, lead, read, summary, summary_scores, writer
from tasks.evaluation.textrank import textrank
from tests.small_models import SmallModels

pytest.importorskip("rouge_score")
TEXT = "A gull cried. The ferry left the pier at dawn.\n\nThe ferry came to the pier. It rained."
PAIR = Set("pair", "", "summary", 2)


@pytest.fixture
def config(small_models: SmallModels) -> PipelineConfig:
    """Settings with small models."""
    return PipelineConfig.model_validate(small_models.settings)


@pytest.mark.parametrize(
    ("found", "references", "scores"),
    [
        ("The ferry left.", ["the FERRY left"], (1, 1, 1)),
        # 3 of 4 and 3 words, 1 of 3 and 2 pairs, "a b" or "a c" in order.
        ("a b d c", ["a c b"], (6 / 7, 0, 4 / 7)),
        ("a b c d", ["a b x", "x c d e f"], (4 / 7, 2 / 5, 4 / 7)),
        ("ferries", ["ferry"], (0, 0, 0)),
        ("", ["ferry"], (0, 0, 0)),
    ],
)
def test_scores(found: str, references: list[str], scores: tuple[float, ...]) -> None:
    """ROUGE-1, -2 and -L of the nearest reference, unstemmed."""
    measured = summary_scores([found], [references])

    assert measured == pytest.approx(
        dict(zip(("rouge_1", "rouge_2", "rouge_l"), scores, strict=True))
    )


def test_documents_are_averaged() -> None:
    scores = summary_scores(["a", "b"], [["a"], ["c"]])

    assert scores["rouge_1"] == 0.5


def test_the_first_sentences(config: PipelineConfig) -> None:
    """Each on one line, as many as asked for, or as there are."""
    document, short = read([TEXT, "One\nline."], PAIR, config)

    assert lead(document) == "A gull cried. The ferry left the pier at dawn."
    assert lead(short) == "One line."


def test_textrank_takes_what_others_are_like(config: PipelineConfig) -> None:
    """The two of the ferry, in the order of the text."""
    pytest.importorskip("networkx")
    (document,) = read([TEXT], PAIR, config)

    assert textrank(document) == "The ferry left the pier at dawn. The ferry came to the pier."


@pytest.mark.parametrize("text", ["…", "Alone.", " "])
def test_textrank_takes_any_text(text: str, config: PipelineConfig) -> None:
    """Without a word, of one sentence, without anything."""
    pytest.importorskip("networkx")
    (document,) = read([text], PAIR, config)

    assert textrank(document) == text.strip()


@pytest.mark.parametrize("count", [1, 2])
def test_a_summary_has_as_many_sentences_as_the_set(count: int, config: PipelineConfig) -> None:
    """Whatever the settings of the stage say."""
    (document,) = read(["A gull cried. It rained."], Set("set", "", "summary", count), config)

    found = summary(document, config)

    assert sum(s in found for s in document.sentences) == count


def test_extracts_have_a_share_of_the_sentences() -> None:
    """Where a set has no number of its own; one at least."""
    extracts = SETS[-1]

    assert [extracts.count(n) for n in (1, 5, 100)] == [1, 2, 43]
    assert [PAIR.count(n) for n in (1, 100)] == [2, 2]


@pytest.mark.parametrize(
    ("config", "model"),
    [
        (SummariesConfig(), None),
        (SummariesConfig(model="some"), None),
        (SummariesConfig(method="abstractive", model="some"), "some"),
    ],
)
def test_who_writes(config: SummariesConfig, model: str | None) -> None:
    """A model only where summaries are not extracts."""
    assert writer(config) == model
