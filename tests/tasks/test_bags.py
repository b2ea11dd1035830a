"""Words that can be terms."""

import pyarrow as pa
import pytest

from tasks import bags
from tasks.bags import Words, words
from tests.token_tables import token_table


def runs(found: Words) -> dict[str, list[list[str]]]:
    return {d: bags.segments(codes, found.vocabulary) for d, codes in found.documents()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Good dogs", [["good", "dogs"]]),
        ("king of spain", [["king"], ["spain"]]),
        ("first | second", [["first"], ["second"]]),
        ("ox in 2024 it's gold", [["gold"]]),
        ("run/VERB quickly/ADV home/NOUN", [["run"], ["home"]]),
        ("London/PROPN loud/ADJ foo/X", [["london", "loud"]]),
        ("schöne/X neue/X welt/X", [["schöne", "neue", "welt"]]),
        ("état", [["état"]]),
    ],
)
def test_words_are_telling_and_stand_in_runs(text: str, expected: list[list[str]]) -> None:
    """Stop words, numbers, short words and function words tear a run, and so do sentences."""
    tokens = token_table({"a": text})

    found = words(tokens)

    assert runs(found) == {"a": expected}


def test_words_of_neighbouring_documents_stay_apart() -> None:
    """A document without words is left out, and the others keep their own."""
    tokens = token_table({"a": "red apple", "b": "the of", "c": "green pear | ripe"})

    found = words(tokens)

    assert runs(found) == {"a": [["red", "apple"]], "c": [["green", "pear"], ["ripe"]]}


@pytest.mark.parametrize("documents", [{}, {"a": "the"}], ids=["no token", "no word"])
def test_no_words(documents: dict[str, str]) -> None:
    """Tables without a single word give none."""
    assert runs(words(token_table(documents))) == {}


def test_words_do_not_depend_on_chunks_of_the_table() -> None:
    """A table in many chunks reads like one in one."""
    tokens = token_table({"a": "red apple", "b": "green pear"})

    chunked = pa.concat_tables([tokens.slice(0, 1), tokens.slice(1, 2), tokens.slice(3)])

    assert runs(words(chunked)) == runs(words(tokens))
