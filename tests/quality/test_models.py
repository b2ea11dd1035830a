"""Floors of the embedded models' quality, and the digests of the dev data they were measured on.

Measured by the functions of `python -m flows evaluate`, whose table has more; on some of a set,
evenly spread, where all of it would take more than seconds. Lowering a floor needs a word here
about why.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from schemas.config import EntitiesConfig, PipelineConfig, PreprocessConfig, SentimentConfig
from tasks import entities, preprocess
from tasks.evaluation import keywords, ner, sentiment, tagger
from tasks.evaluation.corpora import Corpora

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
SHA256 = {
    "sentiment/sst.dev.jsonl.gz": (
        "0ab41a44fe4b8db1e9cd3f52faf64044f06aabb4a9d90a248e5c234301ac1a63"
    ),
    "sentiment/imdb.dev.jsonl.gz": (
        "52b7e2880d8a5d397e89179decaa26f611c56f9d4b28f42bf50044824ba6b239"
    ),
    "treebank/en_ewt-ud-dev.conllu.gz": (
        "24656b4a407808e7b9e42959b2e39e18ae5580bfbf3b27938d6873dabaed8845"
    ),
    "treebank/en_gum-ud-dev.conllu.gz": (
        "74ec618cb938ddf8ae59d171a0b554bc59e9f9b8e4c53f6544d007993de6c208"
    ),
    "ner/uner_ewt.dev.jsonl.gz": (
        "0fbda4651fb0f0e89c94ea14613f0e068b61feb87257b6e8ae3a3aa7d29ed63f"
    ),
    "keywords/inspec.dev.jsonl.gz": (
        "50bad6b9c8f670cd35c2c49fc84a7c9d4b3b0b78cf8190e2744a95ff9257223c"
    ),
}
SENTENCES = {"accuracy_3": 0.705, "macro_f1": 0.65, "accuracy_2": 0.885}
"""Measured 0.719, 0.669 and 0.897. Three classes were 0.726 with a macro F1 of 0.643 before neutral
counted as much as the others."""
SMALL = {"accuracy_3": 0.705, "macro_f1": 0.63, "accuracy_2": 0.88}
"""Measured 0.721, 0.651 and 0.896."""
REVIEWS = {"accuracy_2": 0.87}
"""Measured 0.909 on all; a review is 0.01 here."""
TAGGER = {
    "EWT": {"pos_f1": 0.94, "lemma_f1": 0.95, "sentence_f1": 0.86},
    "GUM": {"pos_f1": 0.955, "lemma_f1": 0.97, "sentence_f1": 0.92},
}
"""Measured 0.940, 0.957, 0.882 and 0.961, 0.976, 0.936."""
NAMES = {"f1": 0.74}
"""Measured 0.771."""
PHRASES = {"f1_10": 0.33}
"""Measured 0.348 on 50 abstracts."""


def corpora(name: str, limit: int | None = None) -> Corpora:
    """The dev data, if the file is there and is the one that the floors were measured on."""
    path = CORPORA / name
    if not path.exists():
        pytest.skip(f"corpus not present: {name}")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256[name]
    return Corpora(CORPORA, limit)


def below(scores: Mapping[str, float], floors: Mapping[str, float]) -> dict[str, float]:
    """The scores that are below their floors."""
    return {name: scores[name] for name, floor in floors.items() if scores[name] < floor}


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("model", "floors"), [("embedded:sentiment", SENTENCES), ("embedded:sentiment-small", SMALL)]
)
def test_sentiment_of_sentences(model: str, floors: Mapping[str, float]) -> None:
    """Accuracy over three classes, and over the two poles where the gold has no neutral."""
    texts, gold = sentiment.SETS[0].examples(corpora("sentiment/sst.dev.jsonl.gz"))

    found = sentiment.opinions(texts, SentimentConfig(model=model))

    assert below(sentiment.sentiment_scores(found, gold), floors) == {}


@pytest.mark.timeout(120)
def test_sentiment_of_whole_reviews() -> None:
    """Accuracy on long reviews, read whole by the stage."""
    texts, gold = sentiment.SETS[2].examples(corpora("sentiment/imdb.dev.jsonl.gz", 100))

    found = sentiment.opinions(texts, SentimentConfig())

    assert below(sentiment.sentiment_scores(found, gold), REVIEWS) == {}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("data", tagger.SETS[:2], ids=lambda data: data.name)
def test_tagger(data: tagger.Set) -> None:
    """Parts of speech, lemmas and sentence ends on raw text of the treebanks."""
    documents = data.documents(corpora(data.file))

    scores = tagger.pipeline_scores(preprocess.pipeline("en", PreprocessConfig().model), documents)

    assert below(scores, TAGGER[data.name]) == {}


@pytest.mark.timeout(120)
def test_names() -> None:
    """Persons, organizations and places in raw sentences."""
    passages = ner.SETS[0].passages(corpora("ner/uner_ewt.dev.jsonl.gz"))

    found = entities.recognized([each.text for each in passages], EntitiesConfig().model)

    assert below(ner.entity_scores(found, passages), NAMES) == {}


@pytest.mark.timeout(120)
def test_keyphrases() -> None:
    """Those of indexers, among the ten most like the document."""
    pytest.importorskip("nltk")
    some = corpora("keywords/inspec.dev.jsonl.gz", 50)

    ours = next(keywords.results(some, PipelineConfig()))

    assert below(ours.scores, PHRASES) == {}
