"""Long runs without a blank: cut where spaCy would take for ever, and nowhere else."""

import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import spacy

from tasks.long_runs import cuts, document

if TYPE_CHECKING:
    from spacy.language import Language

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
CHANCE = random.Random(1)


@pytest.fixture(scope="module")
def nlp() -> "Language":
    """The English tokenizer."""
    return spacy.blank("en")


def drawn(letters: str, count: int) -> str:
    return "".join(CHANCE.choices(letters, k=count))


@pytest.mark.parametrize("path", sorted(SAMPLE.rglob("*.txt")) + sorted(SAMPLE.rglob("*.md")))
def test_ordinary_text_is_left_alone(nlp: "Language", path: Path) -> None:
    """Its tokens are those of the tokenizer itself."""
    text = path.read_text("utf-8", errors="replace")

    assert cuts(text, 2048) == []
    assert [t.text for t in document(text, nlp)] == [t.text for t in nlp.make_doc(text)]


@pytest.mark.parametrize(
    "text",
    [
        "-" * 300,
        "." * 300,
        "~" * 300,
        "see " + "x" * 2000 + " there",
        "a" + "(" * 100 + "b",
        " " * 5000,
        "\n" * 5000,
    ],
)
def test_lines_and_long_words_stay_whole(nlp: "Language", text: str) -> None:
    """What the tokenizer reads in one go is not cut."""
    assert [t.text for t in document(text, nlp)] == [t.text for t in nlp.make_doc(text)]


@pytest.mark.parametrize("symbols", ["()[]{}", "😀😁🙈", "\"'", "=", "_", "$%&", ",;:"])
def test_runs_of_symbols_have_the_same_tokens(nlp: "Language", symbols: str) -> None:
    """One each, as before, with what stands around them."""
    text = f"Look, {drawn(symbols, 350)} don't go."

    found, expected = document(text, nlp), nlp.make_doc(text)

    assert found.text == text
    assert [t.idx for t in found if t.text.isalpha()] == [
        t.idx for t in expected if t.text.isalpha()
    ]
    assert abs(len(found) - len(expected)) <= len(cuts(text, 2048))
    assert [t.norm_ for t in found][-4:] == [t.norm_ for t in expected][-4:]


@pytest.mark.parametrize(
    "text",
    [
        drawn("()[]{}", 100_000),
        drawn("😀😁😂🙈🎉", 100_000),
        drawn("abcXYZ019+/", 300_000),
        "a" * 1_000_000,
        "a@" * 50_000,
        "'s" * 50_000,
        "\u200b" * 100_000,
        "א" * 100_000,
    ],
    ids=["brackets", "emoji", "base64", "word", "at", "elisions", "zero-width", "hebrew"],
)
def test_hostile_runs_cost_little(nlp: "Language", text: str) -> None:
    """Seconds, not hours; no token is longer than the limit, and every one stands in its place."""
    began = time.process_time()

    found = document(text, nlp)

    assert time.process_time() - began < 15
    assert found.text == text
    assert max(len(token) for token in found) <= 2048
