"""Topics of the corpus by latent Dirichlet allocation, learned online (Hoffman et al. 2010).

The fit streams over the corpus on disk in the order of `doc_id`, in one thread, from a fixed seed:
the same documents and settings give the same rows.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from schemas.config import TopicsConfig
from schemas.tables import TABLES
from tasks.coherence import TOP_TERMS, npmi
from tasks.rows import Stream, from_columns
from tasks.topic_corpus import TopicCorpus, gathered
from tasks.topic_model import Floats, TopicModel

if TYPE_CHECKING:
    from gensim.models import LdaModel

_WRITES = ("topics", "topic_terms", "topic_model")
_SAMPLE = 2_000
"""Documents that coherence is measured on."""
_LABEL_TERMS = 3


def fit(stream: Stream, config: TopicsConfig) -> dict[str, pa.Table]:
    """Tables topics, topic_terms and topic_model; empty where no two documents share a term."""
    with gathered(stream, config) as corpus:
        if not corpus.terms:
            return {name: TABLES[name].empty_table() for name in _WRITES}
        texts = corpus.sample(_SAMPLE)
        counts = sorted(config.candidates) if config.count == "auto" else [config.count]
        models = (_fitted(corpus, count, config) for count in counts)
        judged = ((model, npmi(best_terms(model, TOP_TERMS), texts)) for model in models)
        model, coherence = max(judged, key=lambda one: sum(one[1]) / len(one[1]))
    return {
        "topics": _topics(model, coherence),
        "topic_terms": _topic_terms(model, config.terms_per_topic),
        "topic_model": model.to_table(),
    }


def best_terms(model: TopicModel, count: int) -> list[list[str]]:
    """The terms of greatest weight in each topic, best first; equals in order of the alphabet."""
    order = np.argsort(-_probabilities(model), axis=0, kind="stable")[:count]
    return [[model.terms[i] for i in column] for column in order.T]


def labels(topics: Sequence[Sequence[str]], count: int = _LABEL_TERMS) -> list[str]:
    """A name for each topic: its best terms that have no word in common, more if it is taken.

    >>> labels([["new_york", "york", "city", "mayor"], ["new_york", "city", "mayor", "vote"]])
    ['new york, city, mayor', 'new york, city, mayor, vote']
    """
    taken: list[str] = []
    for terms in topics:
        chosen = _unlike(terms)
        lengths = range(min(count, len(chosen)), len(chosen) + 1)
        names = [", ".join(chosen[:n]).replace("_", " ") for n in lengths]
        taken.append(next((name for name in names if name not in taken), names[-1]))
    return taken


def _unlike(terms: Sequence[str]) -> list[str]:
    """The terms that have no word in common with one before them."""
    chosen: list[str] = []
    seen: set[str] = set()
    for term in terms:
        if seen.isdisjoint(term.split("_")):
            chosen.append(term)
            seen.update(term.split("_"))
    return chosen


def _fitted(corpus: TopicCorpus, count: int, config: TopicsConfig) -> TopicModel:
    """The model of this many topics, the largest topic first."""
    from gensim.models import LdaModel

    lda = LdaModel(
        corpus,
        num_topics=count,
        id2word=dict(enumerate(corpus.terms)),
        alpha="auto",
        eta="auto",
        passes=config.passes,
        iterations=config.iterations,
        chunksize=config.chunk_size,
        random_state=config.seed,
        eval_every=None,
        dtype=np.float32,
    )
    return _model(lda, corpus, config)


def _model(lda: "LdaModel", corpus: TopicCorpus, config: TopicsConfig) -> TopicModel:
    weights: Floats = lda.state.get_lambda().T
    order = np.argsort(-weights.sum(axis=0), kind="stable")
    weights = np.ascontiguousarray(weights[:, order])
    return TopicModel(
        terms=corpus.terms,
        document_frequency=corpus.document_frequency,
        weights=weights,
        alpha=lda.alpha[order],
        topic_uids=_uids(corpus.terms, weights, config.seed),
        phrasing=corpus.phrasing,
        iterations=config.iterations,
        seed=config.seed,
        documents=len(corpus),
    )


def _uids(terms: Sequence[str], weights: Floats, seed: int) -> tuple[str, ...]:
    """12 hexadecimal digits that name each topic of this fit; its number sets twins apart."""
    head = hashlib.sha256("\n".join([str(seed), *terms]).encode())
    uids = []
    for topic, column in enumerate(weights.T):
        one = head.copy()
        one.update(f"\n{topic}\n".encode())
        one.update(np.round(column.astype("<f8"), 3).tobytes())
        uids.append(one.hexdigest()[:12])
    return tuple(uids)


def _probabilities(model: TopicModel) -> Floats:
    shares: Floats = model.weights / model.weights.sum(axis=0)
    return shares


def _topics(model: TopicModel, coherence: Sequence[float]) -> pa.Table:
    """One row a topic. Its share is that of the words of the corpus that it accounts for."""
    size = model.weights.sum(axis=0)
    return from_columns(
        "topics",
        {
            "topic_uid": model.topic_uids,
            "topic": np.arange(len(size)),
            "label": labels(best_terms(model, 2 * TOP_TERMS)),
            "coherence": coherence,
            "share": size / size.sum(),
        },
    )


def _topic_terms(model: TopicModel, count: int) -> pa.Table:
    best = best_terms(model, count)
    weights = _probabilities(model)
    rows = [(t, r, term) for t, terms in enumerate(best) for r, term in enumerate(terms, 1)]
    return from_columns(
        "topic_terms",
        {
            "topic_uid": [model.topic_uids[topic] for topic, _, _ in rows],
            "topic": [topic for topic, _, _ in rows],
            "rank": [rank for _, rank, _ in rows],
            "term": [term for _, _, term in rows],
            "weight": [weights[model.numbers[term], topic] for topic, _, term in rows],
        },
    )
