"""Keyphrases: noun phrases ranked by likeness to the document, or by rarity in the corpus."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.config import KeywordsConfig
from tasks.models import load_encoder
from tasks.phrase_candidates import Candidate, candidates
from tasks.rows import by_document, from_rows

Floats = npt.NDArray[np.float32]
Scored = list[tuple[Candidate, float]]

_MOST_CANDIDATES = 200
"""Candidates of a document that are ranked, the most frequent first: it bounds the time a long
document takes, and few texts below 2,000 words have more."""
_DOCUMENTS = b"documents"
"""Key of the vocabulary's metadata that holds the number of documents counted."""


def compute(tables: Mapping[str, pa.Table], config: KeywordsConfig) -> dict[str, pa.Table]:
    """Table keywords: the best phrases of each of these documents."""
    documents = tables["documents"]
    texts = dict(zip(documents["doc_id"].to_pylist(), documents["text"].to_pylist(), strict=True))
    found = {
        doc_id: _most_frequent(candidates(texts[doc_id], tokens, max_words=config.max_words))
        for doc_id, tokens in by_document(tables["tokens"])
    }
    if config.method == "tfidf":
        ranked = by_rarity(found, tables["vocabulary"], count=config.count)
    else:
        ranked = by_likeness(found, tables["embeddings"], config)
    return {"keywords": from_rows("keywords", _rows(ranked))}


def by_likeness(
    found: Mapping[str, Sequence[Candidate]], embeddings: pa.Table, config: KeywordsConfig
) -> Iterator[tuple[str, Scored]]:
    """Each document's phrases by the cosine to it, the alike set back.

    The encoder sees one document at a time, so that a score depends on no other document.
    """
    for doc_id, sentences in by_document(embeddings):
        phrases = found[doc_id]
        if not phrases:
            continue
        vectors = load_encoder(config.model).encode([phrase.keyword for phrase in phrases])
        scores = vectors @ centre(sentences)
        best = most_relevant(vectors, scores, count=config.count, diversity=config.diversity)
        yield doc_id, [(phrases[i], float(scores[i])) for i in best]


def by_rarity(
    found: Mapping[str, Sequence[Candidate]], vocabulary: pa.Table, *, count: int
) -> Iterator[tuple[str, Scored]]:
    """Each document's phrases by their times in it × the mean inverse frequency of their terms."""
    terms = {term for phrases in found.values() for phrase in phrases for term in phrase.terms}
    rarity = inverse_frequency(sorted(terms), vocabulary)
    for doc_id, phrases in found.items():
        scored = [
            (phrase, phrase.times * sum(rarity[term] for term in phrase.terms) / len(phrase.terms))
            for phrase in phrases
            if phrase.terms
        ]
        yield doc_id, sorted(scored, key=lambda pair: (-pair[1], pair[0].start))[:count]


def centre(sentences: pa.Table) -> Floats:
    """The vector of a document: the mean of its sentences' vectors, of unit length."""
    column = sentences.column("vector").combine_chunks()
    vectors = column.flatten().to_numpy().astype(np.float32).reshape(len(column), -1)
    mean: Floats = vectors.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return mean / np.float32(length) if length else mean


def most_relevant(vectors: Floats, scores: Floats, *, count: int, diversity: float) -> list[int]:
    """Rows by maximal marginal relevance (Carbonell and Goldstein 1998), the best first.

    Each is the one of greatest (1 - diversity) × score - diversity × likeness to those before it.
    """
    chosen: list[int] = []
    nearest = np.full(len(scores), -np.inf, np.float32)
    value = scores.copy()
    while len(chosen) < min(count, len(scores)):
        chosen.append(int(value.argmax()))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
        value = (1 - diversity) * scores - diversity * nearest
        value[chosen] = -np.inf
    return chosen


def inverse_frequency(terms: Sequence[str], vocabulary: pa.Table) -> dict[str, float]:
    """log((1 + documents) / (1 + documents that hold the term)) of each term."""
    documents = int(vocabulary.schema.metadata[_DOCUMENTS])
    places = pc.index_in(pa.array(terms, pa.string()), value_set=vocabulary.column("term"))
    held = pc.fill_null(vocabulary.column("document_frequency").take(places), 0).to_numpy()
    return dict(zip(terms, np.log((1 + documents) / (1 + held)).tolist(), strict=True))


def _most_frequent(phrases: Iterable[Candidate]) -> list[Candidate]:
    return sorted(phrases, key=lambda phrase: (-phrase.times, phrase.start))[:_MOST_CANDIDATES]


def _rows(ranked: Iterable[tuple[str, Scored]]) -> Iterator[dict[str, object]]:
    for doc_id, phrases in ranked:
        for rank, (phrase, score) in enumerate(phrases, start=1):
            yield {
                "doc_id": doc_id,
                "rank": rank,
                "keyword": phrase.keyword,
                "score": score,
                "start": phrase.start,
                "end": phrase.end,
            }
