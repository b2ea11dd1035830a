"""Floors of the embedded models' quality, and the digests of the dev data they were measured on.

Some of each set, so that it takes seconds; the cards have the scores on all of it. Lowering a floor
needs a word here about why.
"""

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from schemas.config import SentimentConfig
from schemas.training import RecognizerTraining, TaggerTraining
from tasks import entities, models, recognizer_data, sentiment, tagger_data, training_tagger
from tasks.sentiment import LABELS

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
SHA256 = {
    "sentiment/sst.dev.jsonl.gz": (
        "0ab41a44fe4b8db1e9cd3f52faf64044f06aabb4a9d90a248e5c234301ac1a63"
    ),
    "sentiment/imdb.dev.jsonl.gz": (
        "52b7e2880d8a5d397e89179decaa26f611c56f9d4b28f42bf50044824ba6b239"
    ),
    "treebank/en_gum-ud-dev.conllu.gz": (
        "74ec618cb938ddf8ae59d171a0b554bc59e9f9b8e4c53f6544d007993de6c208"
    ),
    "treebank/en_ewt-ud-dev.conllu.gz": (
        "24656b4a407808e7b9e42959b2e39e18ae5580bfbf3b27938d6873dabaed8845"
    ),
    "ner/uner_ewt.dev.jsonl.gz": (
        "0fbda4651fb0f0e89c94ea14613f0e068b61feb87257b6e8ae3a3aa7d29ed63f"
    ),
}
SENTENCES_3 = 0.71
"""Measured 0.725 on the first 400 sentences; 0.679 on all."""
SENTENCES_2 = 0.855
"""Measured 0.871 on those of them that are not neutral; 0.846 on all."""
REVIEWS = 0.84
"""Measured 0.88 on the first 50 reviews, where one is 0.02; 0.876 on the first 500."""
TAGGER = {
    "treebank/en_ewt-ud-dev.conllu.gz": {"pos_acc": 0.94, "lemma_acc": 0.95, "sents_f": 0.86},
    "treebank/en_gum-ud-dev.conllu.gz": {"pos_acc": 0.955, "lemma_acc": 0.97, "sents_f": 0.92},
}
"""Measured 0.95, 0.96, 0.88 and 0.96, 0.98, 0.94 on the first 40 and 10 documents."""
NAMES = 0.72
"""F1 of whole entities; measured 0.75 on the first 600 sentences and on all."""


def checked(name: str) -> Path:
    """The file, if it is there and is the one that the floors were measured on."""
    path = CORPORA / name
    if not path.exists():
        pytest.skip(f"corpus not present: {name}")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256[name]
    return path


def rows(name: str, count: int) -> list[dict[str, str]]:
    """The first records of a set."""
    with gzip.open(checked(name), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines][:count]


@pytest.mark.timeout(120)
def test_sentiment_of_sentences() -> None:
    """Accuracy over three classes, and over the two poles where the gold has no neutral."""
    sentences = rows("sentiment/sst.dev.jsonl.gz", 400)

    found = models.load_classifier("embedded:sentiment").probabilities(
        [row["text"] for row in sentences]
    )

    gold = np.array([LABELS.index(row["label"]) for row in sentences])
    polar = gold != LABELS.index("neutral")
    assert (found.argmax(axis=1) == gold).mean() >= SENTENCES_3
    assert ((found[:, 2] > found[:, 0]) == (gold == 2))[polar].mean() >= SENTENCES_2


@pytest.mark.timeout(120)
def test_sentiment_of_whole_reviews() -> None:
    """Accuracy on long reviews, read whole by the stage."""
    reviews = rows("sentiment/imdb.dev.jsonl.gz", 50)
    ids = [f"{i:03}" for i in range(len(reviews))]
    documents = pa.table({"doc_id": ids, "text": [row["text"] for row in reviews]})

    table = sentiment.compute({"documents": documents}, SentimentConfig())["sentiment"]

    gold = np.array([row["label"] == "positive" for row in reviews])
    assert min(table.column("coverage").to_pylist()) == 1
    assert ((table.column("score").to_numpy() > 0) == gold).mean() >= REVIEWS


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("name", "count"),
    [("treebank/en_ewt-ud-dev.conllu.gz", 40), ("treebank/en_gum-ud-dev.conllu.gz", 10)],
)
def test_tagger(name: str, count: int) -> None:
    """Parts of speech, lemmas and sentence ends on the raw text of documents, paragraphs apart."""
    nlp = models.load_spacy("embedded:english")
    documents = tagger_data.documents([checked(name)], TaggerTraining(task="tagger"))[:count]

    scores = training_tagger.scores(
        nlp, [tagger_data.example(nlp, tagger_data.Piece(document)) for document in documents]
    )

    low = {each: scores[each] for each, floor in TAGGER[name].items() if scores[each] < floor}
    assert low == {}


@pytest.mark.timeout(120)
def test_recognizer() -> None:
    """Entities on raw sentences, through what the stage entities calls."""
    kinds = {"PER": "PERSON", "ORG": "ORG", "LOC": "LOC"}
    config = RecognizerTraining(task="ner", labels=kinds)
    (examples,) = recognizer_data.read([checked("ner/uner_ewt.dev.jsonl.gz")], config)
    passages = [recognizer_data.joined([example]) for example in examples[:600]]

    found = entities.recognized([passage.text for passage in passages], "embedded:ner")

    gold = {(i, *name) for i, passage in enumerate(passages) for name in passage.names}
    ours = {(i, *name) for i, names in enumerate(found) for name in names}
    assert 2 * len(gold & ours) / (len(gold) + len(ours)) >= NAMES
