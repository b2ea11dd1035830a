"""Words and tags of a row: the forms that data come in, and what is wrong with some."""

from collections.abc import Mapping, Sequence

import pytest

from tasks.labelled_tokens import bio, read


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["B-X", "I-X", "B-X", "O"], ["B-X", "I-X", "B-X", "O"]),
        (["I-X", "I-X", "B-X", "I-Y"], ["B-X", "I-X", "B-X", "B-Y"]),
        (["X", "X", "O", "Y"], ["B-X", "I-X", "O", "B-Y"]),
        (["S-X", "S-X", "B-X", "E-X"], ["B-X", "B-X", "B-X", "I-X"]),
        (["O", "I-X", "O", "I-X"], ["O", "B-X", "O", "B-X"]),
        (["B-a-b", "I-a-b", "O", "O"], ["B-a-b", "I-a-b", "O", "O"]),
    ],
)
def test_tags_become_bio(tags: Sequence[str], expected: Sequence[str]) -> None:
    """From BIO, IOB1, plain types and BIOES."""
    found = list(bio(["a", "b", "c", "d"], tags, {}, None))

    assert found == expected


@pytest.mark.parametrize(
    ("tags", "labels", "expected"),
    [
        (["B-X", "I-X", "B-Y"], {"X": "Z", "Y": ""}, ["B-Z", "I-Z", "O"]),
        (["B-X", "B-Y", "I-Y"], {"X": "Z", "Y": "Z"}, ["B-Z", "B-Z", "I-Z"]),
        (["X", "Y", "Y"], {"X": "Z", "Y": "Z"}, ["B-Z", "B-Z", "I-Z"]),
    ],
)
def test_types_count_as_others(
    tags: Sequence[str], labels: Mapping[str, str], expected: Sequence[str]
) -> None:
    """Neighbours of two types that count as one stay two entities."""
    found = list(bio(["a", "b", "c"], tags, labels, None))

    assert found == expected


def test_words_that_are_no_entity_part_those_around_them() -> None:
    """What is left of an entity begins anew."""
    found = list(bio(["Ann", "@lee", "Lee"], ["B-X", "I-X", "I-X"], {}, "^@"))

    assert found == ["B-X", "O", "B-X"]


def test_a_handle_is_asked_of_as_a_whole() -> None:
    """Its sign may be a token of its own."""
    found = list(bio(["Ann", "@", "lee", "Lee"], ["B-X", "O", "B-X", "B-X"], {}, "^@"))

    assert found == ["B-X", "O", "O", "B-X"]


@pytest.mark.parametrize(
    ("tags", "match"),
    [
        (["B-X", "ORG", "O"], "'ORG' has no B- or I-"),
        (["B-X", "B-", "O"], "'B-' has no type"),
        (["X", "I-X", "O"], "'X' has no B- or I-"),
    ],
)
def test_a_mistyped_tag_is_named(tags: Sequence[str], match: str) -> None:
    """It would make types of B-X and such."""
    with pytest.raises(ValueError, match=match):
        list(bio(["a", "b", "c"], tags, {}, None))


def test_blanks_about_a_tag_do_not_count() -> None:
    """They are no part of it."""
    row = {"tokens": ["a", "b"], "tags": ["B-X", " O"]}

    assert read(row)[2] == ["B-X", "O"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, [True, False, True, True]),
        ({"text": "See  #tag, \n"}, [True, False, False, True]),
        ({"spaces": [False, False, True, False]}, [False, False, True, False]),
        ({"spaces": "[true, false, true, false]"}, [True, False, True, False]),
        ({"text": "See # tag ,", "spaces": None}, [True, True, True, True]),
    ],
)
def test_spaces_are_given_or_read_from_the_text(
    more: Mapping[str, object], expected: Sequence[bool]
) -> None:
    """Without both, the sign of a hash tag stands against its word."""
    row = {"tokens": ["See", "#", "tag", ","], "tags": ["O", "O", "O", "O"]}

    words, spaces, _ = read(row | dict(more))

    assert words == row["tokens"]
    assert spaces == expected


def test_blank_tokens_are_left_out() -> None:
    """With their tags and spaces."""
    row = {"tokens": ["a", " ", "b"], "tags": ["B-X", "I-X", "O"], "spaces": [True, True, False]}

    assert read(row) == (["a", "b"], [True, False], ["B-X", "O"])


def test_lists_may_be_written_as_json() -> None:
    """In a csv there is no other way."""
    row = {"tokens": '["a", "b"]', "tags": '["O", "B-X"]'}

    assert read(row) == (["a", "b"], [True, True], ["O", "B-X"])


def test_spans_tag_whole_words() -> None:
    """Offsets are code points; white space is no word, inside of a span or not."""
    text = "😀 Ann \n Lee, Oslo."
    spans = [{"start": 2, "end": 11, "label": "PER"}, {"start": 13, "end": 17, "label": "LOC"}]

    words, spaces, tags = read({"text": text, "spans": spans, "tokens": None})

    assert words == ["😀", "Ann", "Lee", ",", "Oslo", "."]
    assert spaces == [True, True, False, True, False, True]
    assert list(bio(words, tags, {}, None)) == ["O", "B-PER", "I-PER", "O", "B-LOC", "O"]


def span(start: int, end: int, label: object = "X") -> dict[str, object]:
    return {"start": start, "end": end, "label": label}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"tokens": ["a", "b"], "tags": ["O"]}, "there are 2 tokens and 1 tags"),
        (
            {"tokens": ["a"], "tags": ["O"], "spaces": [True, True]},
            "there are 1 tokens and 2 spaces",
        ),
        ({"tokens": [], "tags": []}, "there are no words"),
        ({"tokens": [" "], "tags": ["O"]}, "there are no words"),
        ({"tokens": "a b", "tags": "O O"}, "tokens is no list"),
        ({"tokens": None, "tags": None}, "tokens is no list"),
        ({"tokens": ["a"], "tags": [0]}, "tags holds 0: write a text"),
        ({"tokens": ["a"], "tags": [""]}, "tags holds '': write a text"),
        (
            {"tokens": ["a", "b"], "tags": ["O", "O"], "text": "a c b"},
            "the text goes on with ' c b', not 'b'",
        ),
        ({"text": "", "spans": []}, "the text is empty"),
        ({"text": "Annie left", "spans": [span(0, 3)]}, "the span 0 to 3, 'Ann', cuts a word"),
        ({"text": "Ann left", "spans": [span(4, 9)]}, "the span 4 to 9 is not in the text"),
        ({"text": "Ann left", "spans": [span(-8, 3)]}, "the span -8 to 3 is not in the text"),
        ({"text": "Ann left", "spans": [span(3, 3)]}, "the span 3 to 3 is not in the text"),
        (
            {"text": "Ann Lee", "spans": [span(0, 7), span(4, 7)]},
            "the span 4 to 7 overlaps another one",
        ),
        ({"text": "Ann left", "spans": [span(0, 3, None)]}, "a span is start, end and label"),
        ({"text": "Ann left", "spans": [[0, 3, "X"]]}, "a span is start, end and label"),
        ({"text": "Ann left", "spans": None}, "spans is no list"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(row: Mapping[str, object], fault: str) -> None:
    """Nothing is guessed, and nothing left out in silence."""
    with pytest.raises(ValueError, match=fault):
        read(row)
