"""The corpus as topics are fitted on it: bags of terms on disk, in the order of `doc_id`.

What comes out depends on the set of documents alone, not on how they are parted or in which order
the parts come. Memory holds the vocabulary and a few bytes a document; the words are on disk.
"""

import heapq
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.config import TopicsConfig
from schemas.fingerprints import digest
from tasks import bags
from tasks.bags import Bag, Codes
from tasks.phrases import Phrasing, learn
from tasks.rows import Stream
from tasks.spool import Spool

_SMALL_CORPUS = 100
_SMALL_CORPUS_MIN = 2
"""Below 100 documents, two that share a term are enough to keep it."""
_PHRASE_FACTOR = 2
"""A phrase must occur this many times as often as a term must have documents (tried on BBC news:
1 gave coherence .087, 2 gave .101)."""


@dataclass(frozen=True)
class TopicCorpus:
    """The bags of a corpus, one a document that has a known term; goes over them on each `iter`.

    `terms` are sorted; `document_frequency` says in how many documents each occurs.
    """

    terms: tuple[str, ...]
    document_frequency: npt.NDArray[np.int32]
    phrasing: Phrasing
    _doc_ids: pa.StringArray
    _sequences: Spool
    _renumbered: Codes
    _filled: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self._filled)

    def __iter__(self) -> Iterator[Bag]:
        return (bags.count(self._sequence(i)) for i in self._filled)

    def sample(self, size: int) -> list[list[str]]:
        """The terms, in the order of the text, of the documents whose ids have the least hashes."""
        ids = self._doc_ids
        drawn = heapq.nsmallest(size, self._filled, key=lambda i: digest([ids[int(i)].as_py()]))
        return [[self.terms[t] for t in self._sequence(i).tolist()] for i in sorted(drawn)]

    def _sequence(self, i: np.int64) -> Codes:
        return _known(self._sequences[int(i)], self._renumbered)


@contextmanager
def gathered(stream: Stream, config: TopicsConfig) -> Iterator[TopicCorpus]:
    """The bags of the documents of a stream; gone from the disk when the block ends.

    Those that nearly repeat another are left out unless `config` wants them.
    """
    with Spool() as words, Spool() as sequences:
        left_out = set[str]() if config.near_duplicates else near_duplicates(stream)
        vocabulary, doc_ids = _gather_words(stream, words, left_out)
        order = pc.sort_indices(doc_ids)
        runs = _Runs(words, order.to_numpy(), vocabulary)
        least = _PHRASE_FACTOR * min_documents(config, len(words))
        phrasing = learn(runs, min_count=least) if config.phrases else Phrasing()
        found = _number_terms(runs, phrasing, sequences)
        frequency = _document_frequency(sequences, len(found))
        terms = kept_terms(found, frequency, len(words), config)
        numbers = {term: number for number, term in enumerate(found)}
        old = np.array([numbers[term] for term in terms], np.int32)
        renumbered = np.full(len(found), bags.BREAK, np.int32)
        renumbered[old] = np.arange(len(terms), dtype=np.int32)
        filled = [i for i, codes in enumerate(sequences) if len(_known(codes, renumbered))]
        yield TopicCorpus(
            terms,
            frequency[old],
            phrasing,
            doc_ids.take(order),
            sequences,
            renumbered,
            np.array(filled, np.int64),
        )


def min_documents(config: TopicsConfig, documents: int) -> int:
    """Documents a term must occur in, in a corpus of this size."""
    if documents < _SMALL_CORPUS:
        return min(config.min_documents, _SMALL_CORPUS_MIN)
    return config.min_documents


def kept_terms(
    found: list[str], frequency: npt.NDArray[np.int32], documents: int, config: TopicsConfig
) -> tuple[str, ...]:
    """The terms neither too rare nor too common, sorted; of too many, the most widespread."""
    least = min_documents(config, documents)
    fits = (frequency >= least) & (frequency <= config.max_document_share * documents)
    ranked = sorted((-int(frequency[i]), found[i]) for i in np.flatnonzero(fits))
    return tuple(sorted(term for _, term in ranked[: config.max_terms]))


def near_duplicates(stream: Stream) -> set[str]:
    """The documents that nearly repeat another: they would weigh its words twice."""
    found = set[str]()
    for part in stream("documents", ("doc_id", "duplicate_kind")):
        near = pc.equal(part.column("duplicate_kind"), "near")
        found.update(part.filter(near).column("doc_id").to_pylist())
    return found


def _gather_words(
    stream: Stream, words: Spool, left_out: set[str]
) -> tuple[list[str], pa.StringArray]:
    """Put all words on disk; what their codes stand for, and whose they are."""
    without = pa.array(sorted(left_out), pa.string())
    numbers: dict[str, int] = {}
    doc_ids: list[pa.StringArray] = []
    for tokens in stream("tokens", bags.COLUMNS):
        repeats = pc.is_in(tokens.column("doc_id"), without)
        part = bags.words(tokens.filter(pc.invert(repeats)) if left_out else tokens)
        local = [numbers.setdefault(word, len(numbers)) for word in part.vocabulary]
        codes = np.array([*local, bags.BREAK], np.int32)[part.codes]
        words.append(codes, np.diff(part.bounds))
        doc_ids.append(pa.array(part.doc_ids, pa.string()))
    words.seal()
    return list(numbers), pa.concat_arrays([pa.array([], pa.string()), *doc_ids])


@dataclass(frozen=True)
class _Runs:
    """Runs of neighbouring words, document by document in the order of `doc_id`, on each `iter`."""

    words: Spool
    order: npt.NDArray[np.uint64]
    vocabulary: list[str]

    def documents(self) -> Iterator[list[list[str]]]:
        for i in self.order.tolist():
            yield bags.segments(self.words[i], self.vocabulary)

    def __iter__(self) -> Iterator[list[str]]:
        for runs in self.documents():
            yield from runs


def _number_terms(runs: _Runs, phrasing: Phrasing, sequences: Spool) -> list[str]:
    """Put all terms on disk, numbered as they come; what the numbers stand for."""
    numbers: dict[str, int] = {}
    for document in runs.documents():
        codes = [numbers.setdefault(term, len(numbers)) for term in phrasing.terms(document)]
        sequences.append(np.array(codes, np.int32), [len(codes)])
    sequences.seal()
    return list(numbers)


def _document_frequency(sequences: Spool, terms: int) -> npt.NDArray[np.int32]:
    frequency = np.zeros(terms, np.int32)
    for codes in sequences:
        frequency[np.unique(codes)] += 1
    return frequency


def _known(codes: Codes, renumbered: Codes) -> Codes:
    """New numbers of the terms that have one."""
    numbers = renumbered[codes]
    known: Codes = numbers[numbers != bags.BREAK]
    return known
