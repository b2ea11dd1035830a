"""From tokens to bags of terms: the words of documents that can name a topic, and their counts.

The fit and the inference of topics both go through here, so that a document's terms are the same
for both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.lettering import lettered, long_enough

COLUMNS = ("doc_id", "sentence", "i", "lemma", "pos", "is_stop")
"""What is read of the table `tokens`."""

BREAK = -1
"""Stands between two words that are not neighbours in the text: no phrase spans it."""

Codes = npt.NDArray[np.int32]
Bag = list[tuple[int, int]]
"""(term number, count) pairs in order of the term number."""

_CONTENT = pa.array(["NOUN", "PROPN", "ADJ", "VERB"])
_UNTAGGED = "X"


@dataclass(frozen=True)
class Words:
    """The words of some documents that can be terms, in the order of the text.

    `codes` are places in `vocabulary` and BREAKs; document i has `codes[bounds[i]:bounds[i + 1]]`.
    """

    doc_ids: list[str]
    bounds: npt.NDArray[np.int64]
    codes: Codes
    vocabulary: list[str]

    def documents(self) -> Iterator[tuple[str, Codes]]:
        """(doc_id, codes) of each document that has a word."""
        for i, doc_id in enumerate(self.doc_ids):
            yield doc_id, self.codes[self.bounds[i] : self.bounds[i + 1]]


def words(tokens: pa.Table) -> Words:
    """Content words (or all words, where no tagger ran) of a token table sorted by `doc_id`.

    Stop words, words with anything but letters and those too short are left out.
    """
    if not tokens.num_rows:
        return Words([], np.zeros(1, np.int64), np.zeros(0, np.int32), [])
    lemma = pc.utf8_lower(tokens.column("lemma").combine_chunks())
    ids = tokens.column("doc_id").combine_chunks()
    document = _runs(pc.not_equal(ids[1:], ids[:-1]))
    fits = pc.and_(lettered(lemma), long_enough(lemma))
    kept = pc.and_not(fits, tokens.column("is_stop").combine_chunks())
    where = np.flatnonzero(kept.to_numpy(zero_copy_only=False) & _telling(tokens, document))
    place = tokens.column("i").to_numpy()[where]
    sentence = tokens.column("sentence").to_numpy()[where]
    document = document[where]
    torn = (np.diff(document) != 0) | (np.diff(sentence) != 0) | (np.diff(place) != 1)
    encoded = lemma.take(pa.array(where)).dictionary_encode()
    gaps = np.flatnonzero(torn) + 1
    codes = np.insert(encoded.indices.to_numpy().astype(np.int32), gaps, BREAK)
    starts = np.flatnonzero(np.diff(document, prepend=-1))
    shift = np.searchsorted(gaps, starts, side="right")
    return Words(
        ids.take(pa.array(where[starts])).to_pylist(),
        np.append(starts + shift, len(codes)).astype(np.int64),
        codes,
        encoded.dictionary.to_pylist(),
    )


def _runs(changes: pa.Array) -> npt.NDArray[np.int64]:
    """Number of the run each row is in, given at which rows but the first one begins."""
    flags = changes.to_numpy(zero_copy_only=False).astype(np.int64)
    return np.concatenate([[0], np.cumsum(flags)]).astype(np.int64)


def _telling(tokens: pa.Table, document: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which tokens are content words, or stand in a document that no tagger has read."""
    pos = pc.cast(tokens.column("pos"), pa.string()).combine_chunks()
    content = pc.is_in(pos, value_set=_CONTENT).to_numpy(zero_copy_only=False)
    unknown = pc.equal(pos, _UNTAGGED).to_numpy(zero_copy_only=False)
    tagged = np.bincount(document, weights=~unknown) > 0
    return np.asarray(content | (unknown & ~tagged[document]))


def segments(codes: Codes, vocabulary: Sequence[str]) -> list[list[str]]:
    """The runs of neighbouring words that some codes stand for."""
    runs: list[list[str]] = [[]]
    for code in codes.tolist():
        if code == BREAK:
            runs.append([])
        else:
            runs[-1].append(vocabulary[code])
    return [run for run in runs if run]


def bag(terms: Iterable[str], numbers: Mapping[str, int]) -> Bag:
    """How often each known term occurs.

    >>> bag(["b", "a", "b", "c"], {"a": 0, "b": 1})
    [(0, 1), (1, 2)]
    """
    known = [numbers[term] for term in terms if term in numbers]
    return count(np.array(known, np.int32))


def count(codes: Codes) -> Bag:
    """How often each number occurs."""
    numbers, counts = np.unique(codes, return_counts=True)
    return list(zip(numbers.tolist(), counts.tolist(), strict=True))
