"""Labelled texts: what they are read as, and what is said of those that cannot be used."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.errors import CorpusError
from tasks import labelled
from tasks.labelled import TextExample, TokenExample

GOOD = [{"text": "Fine.", "label": "up"}, {"text": "Nice.", "label": "up"}]


def jsonl(folder: Path, rows: Sequence[object]) -> Path:
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_text_and_its_label(tmp_path: Path) -> None:
    """Labels stay as they are written; whole numbers are labels too."""
    path = jsonl(tmp_path, [*GOOD, {"text": "Bad.", "label": 0}, {"text": "Sad.", "label": 0}])

    found = labelled.text_examples([path])

    assert found == [
        TextExample("Fine.", "up"),
        TextExample("Nice.", "up"),
        TextExample("Bad.", "0"),
        TextExample("Sad.", "0"),
    ]


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    """The text is not cut or trimmed."""
    path = jsonl(tmp_path, [{"review": " Fine. ", "stars": 5}, {"review": "Nice.", "stars": 5}])

    found = labelled.text_examples([path], text_column="review", label_column="stars")

    assert found[0] == TextExample(" Fine. ", "5")


def test_labels_count_as_others(tmp_path: Path) -> None:
    """Those that count as the empty text are left out."""
    path = jsonl(tmp_path, [*GOOD, {"text": "So so.", "label": "odd"}])

    found = labelled.text_examples([path], labels={"up": "positive", "odd": ""})

    assert {example.label for example in found} == {"positive"}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"text": "", "label": "up"}, "the text is empty"),
        ({"text": " \n", "label": "up"}, "the text is empty"),
        ({"text": None, "label": "up"}, "the text is empty"),
        ({"text": 7, "label": "up"}, "the text is empty"),
        ({"label": "up"}, "the text is empty"),
        ({"text": "Bad.", "label": None}, "the label is empty"),
        ({"text": "Bad.", "label": " "}, "the label is empty"),
        ({"text": "Bad."}, "the label is empty"),
        ({"text": "Bad.", "label": 0.5}, "the label '0.5' is neither text nor a whole number"),
        ({"text": "Bad.", "label": "down"}, "the label 'down' is none of up, flat"),
    ],
)
def test_a_fault_is_named_with_its_row(row: object, fault: str, tmp_path: Path) -> None:
    """File, row counted from 1, and what is wrong."""
    path = jsonl(tmp_path, [*GOOD, row])

    with pytest.raises(CorpusError) as caught:
        labelled.text_examples([path], labels={"up": "up", "flat": "flat"})

    assert str(caught.value).splitlines()[1:] == [f"data.jsonl, row 3: {fault}"]


def test_ten_faults_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    """Over all files together."""
    path = jsonl(tmp_path, [{"text": "", "label": "up"}] * 7)

    with pytest.raises(CorpusError) as caught:
        labelled.text_examples([path, path])

    lines = str(caught.value).splitlines()
    assert lines[10] == "data.jsonl, row 3: the text is empty"
    assert lines[11:] == ["and 4 more"]


def test_a_class_needs_enough_examples(tmp_path: Path) -> None:
    """Counted over all files, as what the labels count as."""
    path = jsonl(tmp_path, [*GOOD, {"text": "Bad.", "label": "down"}])

    with pytest.raises(CorpusError, match="the class 'down' needs at least 2 examples, and has 1"):
        labelled.text_examples([path])
    assert len(labelled.text_examples([path, path])) == 6
    assert len(labelled.text_examples([path], least=1)) == 3


def test_columns_that_are_not_there_are_named(tmp_path: Path) -> None:
    """With those that are, and what to do."""
    path = jsonl(tmp_path, [{"body": "Fine.", "label": "up"}])

    with pytest.raises(
        CorpusError, match=r"needs the columns text and label, and has body, label: .*text_column="
    ):
        labelled.text_examples([path])


def test_one_text_under_two_labels_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be meant: the data are taken as they are."""
    path = jsonl(tmp_path, [*GOOD, {"text": "Fine.", "label": "down"}, *GOOD])

    found = labelled.text_examples([path], least=1)

    assert len(found) == 5
    assert caplog.record_tuples == [
        (
            "corpusmill.training",
            logging.WARNING,
            "1 of 2 texts stand under more than one label, such as 'Fine.'",
        )
    ]


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    """JSON can write lone surrogates, which no tokenizer takes."""
    path = tmp_path / "data.jsonl"
    path.write_text(r'{"text": "\ud83d Fine. \ud83d\ude00", "label": "up"}', encoding="utf-8")

    found = labelled.text_examples([path], least=1)

    assert found == [TextExample("� Fine. 😀", "up")]


def test_words_with_tags(tmp_path: Path) -> None:
    """What a trainer of a recognizer gets."""
    path = jsonl(tmp_path, [{"tokens": ["Ann", "Lee", "left"], "tags": ["B-PER", "I-PER", "O"]}])

    found = labelled.token_examples([path], labels={"PER": "PERSON"})

    assert found == [
        TokenExample(("Ann", "Lee", "left"), (True, True, True), ("B-PERSON", "I-PERSON", "O"))
    ]


def test_faults_of_words_are_listed_together(tmp_path: Path) -> None:
    """An unknown type, and a tag too few."""
    rows = [{"tokens": ["a", "b"], "tags": ["O", "B-X"]}, {"tokens": ["a", "b"], "tags": ["O"]}]

    with pytest.raises(CorpusError) as caught:
        labelled.token_examples([jsonl(tmp_path, rows)], labels={"PER": "PERSON", "LOC": ""})

    assert str(caught.value).splitlines()[1:] == [
        "data.jsonl, row 1: the type 'X' is none of PER, LOC",
        "data.jsonl, row 2: there are 2 tokens and 1 tags",
    ]


def test_words_need_tags_and_texts_need_spans(tmp_path: Path) -> None:
    """One of the two forms."""
    path = jsonl(tmp_path, [{"tokens": ["a"], "spans": []}])

    with pytest.raises(CorpusError, match="needs the columns tokens and tags, or text and spans"):
        labelled.token_examples([path], labels={})
