"""Phrases of the corpus: words that stand side by side more often than chance would have it.

A term is a lemma in lower case, or two or more of them joined by `_`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gensim.models.phrases import FrozenPhrases

_FIRST, _SECOND = "_", " "
"""Joints of the two levels. They differ, or gensim would take `new_york city` apart at every `_`
and look for the counts of `new` and `city`."""

_MAX_PAIRS = 2_000_000
"""Words and pairs that are counted at a time: about 300 MB."""

_THRESHOLD = 0.5
"""Least normalized pointwise mutual information of a phrase (Bouma 2009). Unlike gensim's default
score it means the same in a corpus of any size; on BBC news it gave topics of better coherence."""


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
    """The phrases of a corpus of runs, each of which occurs `min_count` times or more.

    `segments` is gone over twice. Their order matters only where there are more different pairs
    than `_MAX_PAIRS`: there gensim forgets the rarest as it goes.
    """
    first = _pairs(segments, _FIRST, min_count)
    if not first:
        return Phrasing()
    level = _frozen(first, _FIRST)
    second = _pairs(_Applied(segments, level), _SECOND, min_count)
    return Phrasing(first, second)


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
        scoring="npmi",
        max_vocab_size=_MAX_PAIRS,
        delimiter=joint,
    )
    return tuple(sorted(found.export_phrases()))


def _frozen(phrases: Iterable[str], joint: str) -> "FrozenPhrases":
    from gensim.models.phrases import Phrases

    level = Phrases(delimiter=joint).freeze()
    level.phrasegrams = dict.fromkeys(phrases, float("inf"))
    return level
