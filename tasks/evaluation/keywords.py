"""Keyphrases beside those that indexers gave."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial

import pyarrow as pa

from schemas.config import KeywordsConfig, PipelineConfig
from tasks import embeddings, keywords, preprocess, vocabulary
from tasks.evaluation.corpora import Corpora, documents_of, texts_of
from tasks.evaluation.results import Result, f1, means, timed
from tasks.rows import by_document

TASK = "keywords"
DATA, FILE = "Inspec", "keywords/inspec.dev.jsonl.gz"
COUNT = 10
"""Keyphrases of a document that count."""
System = Callable[[pa.Table, pa.Table], list[list[str]]]
"""From the tables documents and tokens to the phrases of each document, the best first."""


def results(corpora: Corpora, config: PipelineConfig) -> Iterator[Result]:
    """Phrases by likeness to the document, and by rarity in the set. Both are given the tokens.

    Raises `CorpusError` where the set is missing.
    """
    rows = corpora.rows(FILE, "text", "keyphrases")
    gold = [texts_of(row, "keyphrases") for row in rows]
    documents = documents_of([str(row["text"]) for row in rows])
    tokens = preprocess.compute({"documents": documents}, config.preprocess)["tokens"]
    first = next(part for _, part in by_document(tokens))
    systems: tuple[tuple[str, bool, System], ...] = (
        (config.keywords.model, False, partial(by_likeness, config=config)),
        ("TF-IDF", True, partial(by_rarity, config=config.keywords)),
    )
    for name, baseline, system in systems:
        system(documents.slice(0, 1), first)
        found, seconds = timed(partial(system, documents, tokens))
        scores = phrase_scores(found, gold)
        yield Result(TASK, DATA, name, baseline, scores, len(rows), seconds)


def by_likeness(documents: pa.Table, tokens: pa.Table, config: PipelineConfig) -> list[list[str]]:
    """The phrases most like the document, by the stages embeddings and keywords."""
    own = config.keywords.model_copy(update={"method": "embedding", "count": COUNT})
    tables = {"documents": documents, "tokens": tokens}
    made = embeddings.compute(tables, config.embeddings)
    return _phrases(documents, keywords.compute(tables | made, own)["keywords"])


def by_rarity(documents: pa.Table, tokens: pa.Table, config: KeywordsConfig) -> list[list[str]]:
    """The phrases most rare in these documents, by the stages vocabulary and keywords."""
    own = config.model_copy(update={"method": "tfidf", "count": COUNT})
    counted = vocabulary.fit(lambda _, columns: iter([tokens.select(list(columns))]), own)
    tables = {"documents": documents, "tokens": tokens} | counted
    return _phrases(documents, keywords.compute(tables, own)["keywords"])


def phrase_scores(
    found: Sequence[Sequence[str]], gold: Sequence[Sequence[str]]
) -> dict[str, float]:
    """Precision, recall and F1 of the best ten, each the mean over documents, 0 to 1.

    Phrases are the same whose words have the same stems (Porter 1980), in order.
    """
    each = []
    for ours, theirs in zip(found, gold, strict=True):
        best, wanted = set(list(dict.fromkeys(map(stemmed, ours)))[:COUNT]), {*map(stemmed, theirs)}
        hits = len(best & wanted)
        each.append(
            {
                "precision_10": hits / max(len(best), 1),
                "recall_10": hits / max(len(wanted), 1),
                "f1_10": f1(hits, len(best), len(wanted)),
            }
        )
    return means(each)


@lru_cache(maxsize=100_000)
def stemmed(phrase: str) -> str:
    """The stems of a phrase's words, a space between.

    >>> stemmed("Neural-network models")
    'neural network model'
    """
    from nltk.stem.porter import PorterStemmer

    stemmer = PorterStemmer()
    return " ".join(stemmer.stem(word) for word in re.findall(r"\w+", phrase.lower()))


def _phrases(documents: pa.Table, found: pa.Table) -> list[list[str]]:
    """The phrases of each document, by rank; none for one that has no row."""
    by_id = {doc_id: rows.column("keyword").to_pylist() for doc_id, rows in by_document(found)}
    return [by_id.get(doc_id, []) for doc_id in documents.column("doc_id").to_pylist()]
