"""Names in a text, by the tags that a model gives to its words."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from schemas.config import EntitiesConfig
from schemas.errors import ModelError
from tasks import models
from tasks.entities import compute
from tasks.token_classifier import Span, Tag, names, tags, words
from tests.document_tables import document_table
from tests.small_models import save_recognizer

pytest_plugins = ["tests.model_fixtures"]

TEXT = "Then pab qop, not Pxx-lab, met\n xyz in\tlom."


def said(text: str, found: Sequence[tuple[int, int, str]]) -> list[tuple[str, str]]:
    return [(text[start:end], label) for start, end, label in found]


# Spans


def test_finds_names_where_they_stand(recognizer: Path) -> None:
    """A word has the tag of its first piece, whatever the others say; offsets are of the text."""
    found = models.load_token_classifier(str(recognizer)).spans(TEXT)

    assert said(TEXT, found) == [
        ("pab qop", "PER"),
        ("Pxx", "PER"),
        ("lab", "LOC"),
        ("xyz", "MISC"),
        ("lom", "LOC"),
    ]
    assert found[0] == (5, 12, "PER")


def test_reads_long_texts_to_their_end(recognizer: Path) -> None:
    """Windows cover a text of ten times the model's positions; no name is lost, none is torn."""
    text = f"{TEXT} " * 40

    found = models.load_token_classifier(str(recognizer)).spans(text)

    alone = models.load_token_classifier(str(recognizer)).spans(TEXT)
    step = len(TEXT) + 1
    assert found == [(i * step + s, i * step + e, of) for i in range(40) for s, e, of in alone]


def test_a_name_over_two_windows_is_one(recognizer: Path) -> None:
    """Where a window has to end inside a name, the next one carries it on."""
    text = "pab" + " qab" * 100

    found = models.load_token_classifier(str(recognizer)).spans(text)

    assert found == [(0, len(text), "PER")]


def test_other_families_run_alike(tmp_path: Path) -> None:
    """DistilBERT takes no types of tokens, which some tokenizers give all the same."""
    from transformers import DistilBertConfig, DistilBertForTokenClassification

    save_recognizer(tmp_path, {"p": "B-PER"})
    labels = {"id2label": {0: "O", 1: "PER"}, "label2id": {"O": 0, "PER": 1}}
    size = {"vocab_size": 200, "dim": 32, "n_layers": 1, "n_heads": 2, "hidden_dim": 32}
    model = DistilBertForTokenClassification(DistilBertConfig(**size, **labels))
    model.classifier.weight.data.zero_()
    model.classifier.bias.data.copy_(model.classifier.bias.new_tensor([0.0, 1.0]))
    model.save_pretrained(tmp_path)

    assert models.load_token_classifier(str(tmp_path)).spans("a b c") == [(0, 5, "PER")]


@pytest.mark.parametrize("text", ["", " \n", "?", "🙂 é"])
def test_finds_nothing_where_nothing_is(recognizer: Path, text: str) -> None:
    assert models.load_token_classifier(str(recognizer)).spans(text) == []


def test_labels_that_say_nothing_are_refused(tmp_path: Path) -> None:
    """The message names the file to mend."""
    save_recognizer(tmp_path, {"p": "B-PER"})
    config = (tmp_path / "config.json").read_text(encoding="utf-8")
    (tmp_path / "config.json").write_text(config.replace('"O"', '"LABEL_0"'), encoding="utf-8")

    with pytest.raises(ModelError, match=r"LABEL_0.*id2label in its config\.json"):
        models.load_token_classifier(str(tmp_path))


def test_the_stage_has_its_names_with_our_labels(recognizer: Path) -> None:
    """PER is PERSON, LOC and MISC stay, and rules come before the model."""
    text = "pab qop met xyz at lab.com in lom."
    config = EntitiesConfig(model=str(recognizer))

    table = compute({"documents": document_table({"a": text})}, config)["entities"]

    found = [(row["text"], row["label"], row["origin"]) for row in table.to_pylist()]
    assert found == [
        ("pab qop", "PERSON", "model"),
        ("xyz", "MISC", "model"),
        ("lab.com", "URL", "rule"),
        ("lom", "LOC", "model"),
    ]


# Tags


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["O", "B-PER", "I-PER"], [("O", ""), ("B", "PER"), ("I", "PER")]),
        (["S-LOC", "E-LOC", "O"], [("S", "LOC"), ("E", "LOC"), ("O", "")]),
        (["O", "U-LOC", "L_LOC"], [("O", ""), ("U", "LOC"), ("L", "LOC")]),
        (["O", "PER", "B-LOC"], [("O", ""), ("I", "PER"), ("I", "B-LOC")]),
    ],
    ids=["bio", "bioes", "bilou", "plain"],
)
def test_knows_the_schemes(labels: list[str], found: list[Tag]) -> None:
    assert tags(labels) == found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("B-A I-A O", [(0, 2, "A")]),
        ("B-A B-A I-A", [(0, 1, "A"), (1, 3, "A")]),
        ("I-A I-A B-A", [(0, 2, "A"), (2, 3, "A")]),
        ("I-A I-B", [(0, 1, "A"), (1, 2, "B")]),
        ("B-A E-A I-A O S-A", [(0, 2, "A"), (2, 3, "A"), (4, 5, "A")]),
        ("S-A S-A", [(0, 1, "A"), (1, 2, "A")]),
        ("B-A L-A U-B", [(0, 2, "A"), (2, 3, "B")]),
        ("O O", []),
        ("", []),
    ],
)
def test_tags_make_names(written: str, found: list[tuple[int, int, str]]) -> None:
    """Whatever the scheme, and where a model breaks its rules."""
    each = [tag.partition("-") for tag in written.split()]
    tagged = [((i, i + 1), (place, label)) for i, (place, _, label) in enumerate(each)]

    assert list(names(tagged)) == found


# Words

Tokenize = Callable[[str], tuple[list[Span], list[int | None]]]


def byte_level(text: str) -> tuple[list[Span], list[int | None]]:
    """RoBERTa's kin: every byte is a piece, a blank belongs to the word behind it."""
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers import models as kinds

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = [*alphabet, "Ġp"]
    made = Tokenizer(kinds.BPE({p: i for i, p in enumerate(pieces)}, [("Ġ", "p")]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.post_processor = processors.ByteLevel(trim_offsets=True)
    said = made.encode(text)
    return said.offsets, said.word_ids


def sentence_pieces(text: str) -> tuple[list[Span], list[int | None]]:
    """XLM-RoBERTa's and DeBERTa's kin: words end with blanks alone."""
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers import models as kinds

    pieces = [("<unk>", 0.0), *((p, -1.0) for p in ("▁", "▁p", "p", "a", "b", ",", "-", "é"))]
    made = Tokenizer(kinds.Unigram(pieces, 0, byte_fallback=False))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    said = made.encode(text)
    return said.offsets, said.word_ids


@pytest.mark.parametrize("kin", [byte_level, sentence_pieces])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pab, pa-b", ["pab", ",", "pa", "-", "b"]),
        ("  pa\n\npéb ", ["pa", "péb"]),
        ("🙂 p", ["🙂", "p"]),
        ("p,b", ["p", ",", "b"]),
        ("p $b", ["p", "$", "b"]),
    ],
)
def test_words_are_the_same_for_all_tokenizers(kin: Tokenize, text: str, found: list[str]) -> None:
    """White space is in none of them, and each begins with its own first piece."""
    offsets, numbers = kin(text)

    cut = list(words(text, offsets, numbers))

    assert [text[start:end] for _, (start, end) in cut] == found
    assert all(offsets[i][0] <= start < offsets[i][1] for i, (start, _) in cut)


def test_special_pieces_are_in_no_word() -> None:
    """They have no number of a word."""
    assert list(words("ab", [(0, 0), (0, 1), (1, 2), (0, 0)], [None, 0, 0, None])) == [(1, (0, 2))]
