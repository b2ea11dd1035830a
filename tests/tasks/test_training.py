"""Trainings on a corpus of a few sentences: what they read, write and say."""

import gzip
import json
import random
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from schemas.errors import CorpusError
from schemas.training import TrainingConfig
from tasks import cards, models, training_english, training_sentiment
from tasks.training_english import Sentence

Train = Callable[[Path, Path, TrainingConfig], dict[str, float]]
TREEBANK = """\
# newdoc id = a
# text = Mara didn't stay in Oslo.
1\tMara\tMara\tPROPN\t_\t_\t_\t_\t_\t_
2-3\tdidn't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdid\tdo\tAUX\t_\t_\t_\t_\t_\t_
3\tn't\tnot\tPART\t_\t_\t_\t_\t_\t_
4\tstay\tstay\tVERB\t_\t_\t_\t_\t_\t_
5\tin\tin\tADP\t_\t_\t_\t_\t_\t_
6\tOslo\tOslo\tPROPN\t_\t_\t_\t_\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t_\t_\t_\t_\t_\t_

# text = She left
1\tShe\tshe\tPRON\t_\t_\t_\t_\t_\t_
2\tleft\tleave\tVERB\t_\t_\t_\t_\t_\t_
2.1\tit\tit\tPRON\t_\t_\t_\t_\t_\t_

# newdoc id = b
# text = Acme grows
1\tAcme\tAcme\tPROPN\t_\t_\t_\t_\t_\t_
2\tgrows\tgrow\tVERB\t_\t_\t_\t_\t_\t_
"""
ENTITIES = [
    {
        "tokens": ["Mara", "did", "n't", "stay", "in", "Oslo", "."],
        "tags": ["B-PER", "O", "O", "O", "O", "B-LOC", "O"],
    },
    {"tokens": ["She", "left"], "tags": ["O", "O"]},
    {"tokens": ["Acme", "grows"], "tags": ["B-ORG", "O"]},
]
TWEETS = [
    {
        "tokens": ["@mara", "loves", "#", "Oslo", "and", "Acme", "Phones"],
        "tags": ["B-person", "O", "O", "B-location", "O", "B-product", "I-product"],
    },
    {"tokens": ["Acme", "!"], "tags": ["B-corporation", "O"]},
]
OPINIONS = [
    ("a fine little film", "positive"),
    ("a film of two hours", "neutral"),
    ("a dull and noisy film", "negative"),
] * 4


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the trainings read, each of a few lines."""
    folder = tmp_path_factory.mktemp("corpora")
    for split in ("train", "dev"):
        write(folder / f"treebank/en_ewt-ud-{split}.conllu.gz", TREEBANK)
        write_rows(folder / f"ner/uner_ewt.{split}.jsonl.gz", ENTITIES)
    opinions = [{"text": text, "label": label} for text, label in OPINIONS]
    polar = [row for row in opinions if row["label"] != "neutral"]
    for name in ("btc", "wnut17"):
        write_rows(folder / f"ner/{name}.train.jsonl.gz", TWEETS)
    for name in ("sst.train", "sst.dev", "sst_phrases.train"):
        write_rows(folder / f"sentiment/{name}.jsonl.gz", opinions)
    for name in ("imdb.train", "imdb.dev"):
        write_rows(folder / f"sentiment/{name}.jsonl.gz", polar)
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


def write_rows(path: Path, rows: Sequence[object]) -> None:
    write(path, "".join(json.dumps(row) + "\n" for row in rows))


def english(**knobs: object) -> TrainingConfig:
    return TrainingConfig.model_validate({"task": "english", "batch_size": 1} | knobs)


# English


def test_reads_the_treebank_as_its_text_stands(corpora: Path) -> None:
    """A contraction stands together, a full stop at its word, an empty node nowhere."""
    import spacy

    first, second = training_english.documents(corpora, "train")

    gold = training_english._gold(spacy.blank("en").vocab, first, str)
    assert gold.text.rstrip() == "Mara didn't stay in Oslo. She left"
    assert [sentence.text for sentence in gold.sents] == ["Mara didn't stay in Oslo.", "She left"]
    assert [(e.text, e.label_) for e in gold.ents] == [("Mara", "PERSON"), ("Oslo", "LOC")]
    assert second[0].lemmas == ["Acme", "grow"]


def test_entities_that_are_not_known_are_not_denied(corpora: Path) -> None:
    """A document with a sentence that has no tags says nothing of entities."""
    import spacy

    sentences = [Sentence(["Mara"], [True], ["Mara"], ["PROPN"])]

    gold = training_english._gold(spacy.blank("en").vocab, sentences, str)

    assert not gold.has_annotation("ENT_IOB")


def test_reads_tweets_for_their_entities(corpora: Path) -> None:
    """A handle and a product are no entities, a hash sign stands at its word."""
    import spacy

    first, *_ = training_english._tweets(corpora)

    gold = training_english._gold(spacy.blank("en").vocab, first, str)
    assert gold.text.startswith("@mara loves #Oslo and Acme Phones Acme !")
    assert [(e.text, e.label_) for e in gold.ents][:2] == [("Oslo", "LOC"), ("Acme", "ORG")]
    assert not gold.has_annotation("POS")


def test_english_training_writes_a_pipeline(corpora: Path, tmp_path: Path) -> None:
    """It loads, tags, splits, and knows the three types; its scores are shares."""
    scores = training_english.train(corpora, tmp_path / "out", english(epochs=2))

    nlp = models.load_spacy(str(tmp_path / "out"))
    doc = nlp("Mara left. She stays in Oslo.")
    assert set(nlp.get_pipe("ner").labels) == {"PERSON", "ORG", "LOC"}
    assert all(token.pos_ and token.lemma_ for token in doc)
    assert doc.has_annotation("SENT_START")
    assert set(scores) == {
        "ewt_dev_pos_accuracy",
        "ewt_dev_lemma_accuracy",
        "ewt_dev_sentence_f1",
        "uner_ewt_dev_entity_f1",
    }
    assert all(0 <= score <= 1 for score in scores.values())


def test_english_training_repeats_itself(corpora: Path, tmp_path: Path) -> None:
    """The same seed gives the same model, byte for byte; another seed another."""
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        training_english.train(corpora, tmp_path / name, english(seed=seed))

    first, again, other = (
        models.identity(str(tmp_path / name)) for name in ("first", "again", "other")
    )
    assert first == again
    assert first != other


def test_english_training_ends_in_time(corpora: Path, tmp_path: Path) -> None:
    """Past `max_seconds` it stops after a step, and still writes what it has."""
    training_english.train(corpora, tmp_path / "out", english(epochs=1000, max_seconds=1e-6))

    assert models.load_spacy(str(tmp_path / "out")).pipe_names[0] == "tok2vec"


# Sentiment


def test_sentiment_training_writes_an_adapter(corpora: Path, tmp_path: Path) -> None:
    """It loads as a classifier on the layers that were asked for, and names no place of ours."""
    out = tmp_path / "out"
    config = TrainingConfig(task="sentiment", layers=1, lora_rank=2, batch_size=8)

    scores = training_sentiment.train(corpora, out, config)

    classifier = models.load_classifier(str(out))
    assert classifier.labels == ("negative", "neutral", "positive")
    assert classifier._model.config.num_hidden_layers == 1
    assert classifier.probabilities(["a fine film"]).shape == (1, 3)
    assert all(0 <= score <= 1 for score in scores.values())
    assert [p.name for p in out.glob("*.safetensors")] == ["adapter_model.safetensors"]
    assert not any(b"site-packages" in p.read_bytes() for p in out.iterdir())


@pytest.mark.parametrize("words", [3, 400])
def test_a_piece_of_a_review_is_consecutive(words: int) -> None:
    """All of a short review, some of a long one."""
    text = " ".join(map(str, range(words)))

    piece = training_sentiment._piece(text, random.Random(1), words=80)

    assert piece in text
    assert len(piece.split()) == min(words, 80)


# Both


@pytest.mark.parametrize(
    ("train", "task"),
    [(training_english.train, "english"), (training_sentiment.train, "sentiment")],
)
def test_names_a_file_that_is_missing(train: Train, task: str, tmp_path: Path) -> None:
    """And the option that gives its folder, before anything is trained."""
    config = TrainingConfig.model_validate({"task": task, "layers": 1})

    with pytest.raises(CorpusError, match=r"jsonl\.gz is missing.*--corpora"):
        train(tmp_path, tmp_path / "out", config)

    assert not (tmp_path / "out").exists()


def test_a_card_says_how_to_train_it_again(tmp_path: Path) -> None:
    """The command with every setting that is not the default, the scores as measured."""
    (tmp_path / "weights").write_bytes(bytes(1_500_000))
    config = english(epochs=3)

    cards.write(tmp_path, config, {"some_score": 0.87654}, trained_on=date(2026, 11, 1))

    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "python -m flows train english --corpora DIR --set epochs=3 --set batch_size=1" in card
    assert "| some_score | 0.8765 |" in card
    assert "1.5 MB" in card
    assert "CC BY-SA 4.0" in card
