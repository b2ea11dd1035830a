"""From tokens to terms: the words of documents that can name a topic, and phrases of them.

The fit and the inference of topics both go through here, so that a document's terms are the same
for both. A term is a lemma in lower case, or two or three of them joined by `_`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from gensim.models.phrases import FrozenPhrases

COLUMNS = ("doc_id", "sentence", "i", "lemma", "pos", "is_stop")
"""What is read of the table `tokens`."""

BREAK = -1
"""Stands between two words that are not neighbours in the text: no phrase spans it."""

Codes = npt.NDArray[np.int32]
Bag = list[tuple[int, int]]
"""(term number, count) pairs in order of the term number."""

_CONTENT = pa.array(["NOUN", "PROPN", "ADJ", "VERB"])
_UNTAGGED = "X"
_MIN_LETTERS = 3

_FIRST, _SECOND = "_", " "
"""Joints of the two levels. They differ, or gensim would take `new_york city` apart at every `_`
and look for the counts of `new` and `city`."""


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

    Stop words, words with anything but letters and those under three letters are left out.
    """
    if not tokens.num_rows:
        return Words([], np.zeros(1, np.int64), np.zeros(0, np.int32), [])
    lemma = pc.utf8_lower(tokens.column("lemma").combine_chunks())
    ids = tokens.column("doc_id").combine_chunks()
    document = _runs(pc.fill_null(pc.not_equal(ids[1:], ids[:-1]), fill_value=True))
    fits = pc.and_(pc.utf8_is_alpha(lemma), pc.greater_equal(pc.utf8_length(lemma), _MIN_LETTERS))
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


@dataclass(frozen=True)
class Phrasing:
    """Which neighbouring words make a phrase: pairs first, then pairs of what that gives."""

    first: tuple[str, ...] = ()
    second: tuple[str, ...] = ()

    @cached_property
    def _levels(self) -> "list[FrozenPhrases]":
        pairs = ((self.first, _FIRST), (self.second, _SECOND))
        return [_frozen(phrases, joint) for phrases, joint in pairs if phrases]

    def terms(self, segments: Iterable[Sequence[str]]) -> list[str]:
        """The terms of a document, given as runs of neighbouring words.

        >>> phrasing = Phrasing(("new_york",), ("new_york city",))
        >>> phrasing.terms([["big", "new", "york", "city"], ["new"]])
        ['big', 'new_york_city', 'new']
        """
        return [term.replace(_SECOND, _FIRST) for run in segments for term in self._joined(run)]

    def _joined(self, run: Sequence[str]) -> Sequence[str]:
        if len(run) > 1:
            for level in self._levels:
                run = level[run]
        return run


def learn(segments: Iterable[Sequence[str]], *, min_count: int) -> Phrasing:
    """The phrases of a corpus; `segments` is gone over twice, and its order matters only above
    `_MAX_PAIRS` different pairs, where gensim forgets the rarest.
    """
    first = _pairs(segments, _FIRST, min_count)
    if not first:
        return Phrasing()
    level = _frozen(first, _FIRST)
    second = _pairs(_Applied(segments, level), _SECOND, min_count)
    return Phrasing(first, second)


_MAX_PAIRS = 2_000_000
"""Words and pairs that are counted at a time: about 300 MB."""

_THRESHOLD = 10.0
"""Least score of a phrase, gensim's default (Mikolov et al. 2013, equation 6)."""


@dataclass(frozen=True)
class _Applied:
    """Segments with the first level of phrases joined, as often as one likes."""

    segments: Iterable[Sequence[str]]
    level: "FrozenPhrases"

    def __iter__(self) -> Iterator[Sequence[str]]:
        return (self.level[run] if len(run) > 1 else run for run in self.segments)


def _pairs(segments: Iterable[Sequence[str]], joint: str, min_count: int) -> tuple[str, ...]:
    from gensim.models.phrases import Phrases

    found = Phrases(
        segments,
        min_count=min_count,
        threshold=_THRESHOLD,
        max_vocab_size=_MAX_PAIRS,
        delimiter=joint,
    )
    return tuple(sorted(found.export_phrases()))


def _frozen(phrases: Iterable[str], joint: str) -> "FrozenPhrases":
    from gensim.models.phrases import Phrases

    level = Phrases(delimiter=joint, threshold=_THRESHOLD).freeze()
    level.phrasegrams = dict.fromkeys(phrases, 2 * _THRESHOLD)
    return level


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
