"""Sentences, tokens, lemmas and parts of speech."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
import spacy

from schemas.config import PreprocessConfig
from schemas.errors import DocumentRejected
from schemas.tables import TABLES
from tasks.preprocess import compute
from tests.document_tables import document_table

TEXT = "The  cats sat.\n\nDogs 😀 ran off!"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An English pipeline that knows sentence ends and nothing else."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    folder = tmp_path_factory.mktemp("model") / "plain"
    nlp.to_disk(folder)
    return str(folder)


def tokens(documents: Mapping[str, str], model: str, **languages: str) -> pa.Table:
    """The table tokens of some texts."""
    table = document_table(documents, languages=languages)
    return compute({"documents": table}, PreprocessConfig(model=model))["tokens"]


def test_tokens_stand_where_they_say(model: str) -> None:
    """Offsets are code points, white space is no token, sentences and tokens count from 0."""
    found = tokens({"a": TEXT}, model)

    rows = found.to_pylist()
    assert [TEXT[row["start"] : row["end"]] for row in rows] == [row["text"] for row in rows]
    assert " ".join(row["text"] for row in rows) == "The cats sat . Dogs 😀 ran off !"
    assert [row["i"] for row in rows] == list(range(9))
    assert [row["sentence"] for row in rows] == [0] * 4 + [1] * 5
    assert [row["text"] for row in rows if row["is_stop"]] == ["The", "off"]
    assert found.schema.equals(TABLES["tokens"])


def test_what_a_pipeline_lacks_is_filled_in(model: str) -> None:
    """Without a tagger the part of speech is X, without a lemmatizer the lemma is lower case."""
    rows = tokens({"a": TEXT}, model).to_pylist()

    assert {row["pos"] for row in rows} == {"X"}
    assert [row["lemma"] for row in rows[:2]] == ["the", "cats"]


def test_parts_of_speech_and_lemmas_come_from_the_pipeline(tmp_path: Path) -> None:
    """A pipeline with a tagger and a lemmatizer is used as it is."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    rules = nlp.add_pipe("attribute_ruler")
    rules.add([[{"ORTH": "cats"}]], {"POS": "NOUN", "LEMMA": "cat"})
    nlp.to_disk(tmp_path / "tagged")

    rows = tokens({"a": TEXT}, str(tmp_path / "tagged")).to_pylist()

    assert [(row["lemma"], row["pos"]) for row in rows[:2]] == [("the", "X"), ("cat", "NOUN")]


@pytest.mark.parametrize(
    ("language", "text", "words", "stops"),
    [
        ("es", "¿Es agua?", ["¿", "Es", "agua", "?"], ["Es"]),
        ("und", "Foo. Bar", ["Foo", ".", "Bar"], []),
        ("xq", "Foo. Bar", ["Foo", ".", "Bar"], []),
    ],
)
def test_other_languages_have_their_own_tokenizer(
    model: str, language: str, text: str, words: list[str], stops: list[str]
) -> None:
    """A language that spaCy does not know is cut at blanks and punctuation, without stop words."""
    rows = tokens({"a": text}, model, a=language).to_pylist()

    assert [row["text"] for row in rows] == words
    assert [row["text"] for row in rows if row["is_stop"]] == stops


def test_a_document_does_not_depend_on_others(model: str) -> None:
    """Documents of several languages keep their order, and their rows are those of a run alone."""
    texts = {"a": "One. Two.", "b": "Uno. Dos.", "c": " ", "d": "Three words here. And more."}
    languages = {"b": "es"}

    together = tokens(texts, model, **languages)
    alone = [tokens({key: text}, model, **languages) for key, text in texts.items()]

    assert together.to_pylist() == pa.concat_tables(alone).to_pylist()


def test_no_documents_have_no_tokens(model: str) -> None:
    """An empty table stays one."""
    assert tokens({}, model).num_rows == 0


def test_a_text_above_the_limit_is_rejected(model: str) -> None:
    """It is not cut, and the message names the setting to raise."""
    table = document_table({"a": "word " * 10})

    with pytest.raises(DocumentRejected, match=r"raise preprocess\.max_chars") as caught:
        compute({"documents": table}, PreprocessConfig(model=model, max_chars=49))

    assert caught.value.reason == "too_long"
