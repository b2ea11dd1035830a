"""Phrases that could be keyphrases."""

import pyarrow as pa
import pytest

from schemas.tables import TABLES
from tasks.phrase_candidates import Candidate, candidates
from tests.token_tables import token_table


def found(written: str, *, pos: str = "X", max_words: int = 4) -> list[Candidate]:
    """The candidates of words at single blanks; `|` ends a sentence, `word/POS` tags a word."""
    text = " ".join(word.split("/")[0] for word in written.replace("|", " ").split())
    return candidates(text, token_table({"a": written}, pos=pos), max_words=max_words)


@pytest.mark.parametrize(
    ("written", "phrases"),
    [
        ("the big/ADJ Red/ADJ apple/NOUN falls/VERB", ["big red apple"]),
        ("apple/NOUN green/ADJ", ["apple"]),
        ("green/ADJ", []),
        ("apple/NOUN|pear/NOUN", ["apple", "pear"]),
        ("the/NOUN", []),
        ("the/ADJ apple/NOUN", ["apple"]),
        ("5/NOUN", []),
        ("a/NOUN b/NOUN c/NOUN d/NOUN e/NOUN", ["b c d e"]),
    ],
)
def test_noun_phrases_are_runs_of_adjectives_and_nouns(written: str, phrases: list[str]) -> None:
    """They end in a noun, stay in their sentence, and say more than a stop word or a number."""
    assert [candidate.keyword for candidate in found(written, pos="VERB")] == phrases


@pytest.mark.parametrize(
    ("written", "phrases"),
    [
        ("big apple of the tree", ["big apple", "tree"]),
        ("big apple , tree", ["big apple", "tree"]),
        ("big|apple", ["big", "apple"]),
        ("the of", []),
    ],
)
def test_without_parts_of_speech_stop_words_part_phrases(written: str, phrases: list[str]) -> None:
    """So do punctuation and the ends of sentences."""
    assert [candidate.keyword for candidate in found(written)] == phrases


def test_phrases_of_the_same_lemmas_are_one() -> None:
    """It stands where it was first, as it was first written, with its times and its terms."""
    assert found("Red apple of red apple") == [
        Candidate("red apple", ("red", "apple"), start=0, end=9, times=2)
    ]


def test_words_around_a_hyphen_are_one() -> None:
    """A hyphen joins where no blank stands beside it."""
    text = "well-known co - pilot x-"
    cuts = [(0, 4), (4, 5), (5, 10), (11, 13), (14, 15), (16, 21), (22, 23), (23, 24)]
    rows = [
        {"doc_id": "a", "sentence": 0, "i": i, "start": start, "end": end, "text": text[start:end]}
        | {"lemma": text[start:end], "pos": "X", "is_stop": False}
        for i, (start, end) in enumerate(cuts)
    ]
    tokens = pa.Table.from_pylist(rows, schema=TABLES["tokens"])

    keywords = [(c.keyword, c.terms) for c in candidates(text, tokens, max_words=4)]

    assert keywords == [("well-known co", ("well", "known", "co")), ("pilot x", ("pilot", "x"))]
