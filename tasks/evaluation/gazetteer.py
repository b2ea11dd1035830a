"""Names that stand in training data, found again wherever they stand."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tasks.evaluation.ner import System
from tasks.recognizer_data import Name, Passage

_WORDS = re.compile(r"\w+|[^\w\s]")
Words = tuple[str, ...]


def of(passages: Sequence[Passage]) -> System:
    """Finds the names of these passages as they are written there, the longest first.

    A name has the type that it has most often; what is more often no name in them is left out.
    """
    counts = defaultdict[Words, Counter[str]](Counter)
    for passage in passages:
        for start, end, kind in passage.names:
            counts[_words(passage.text[start:end])][kind] += 1
    longest = max(map(len, counts), default=0)
    written = Counter(some for passage in passages for some in _runs(_words(passage.text), longest))
    known = {
        words: kinds.most_common(1)[0][0]
        for words, kinds in counts.items()
        if 2 * kinds.total() >= written[words]
    }

    def found(texts: Sequence[str]) -> list[list[Name]]:
        return [list(_names(text, known, longest)) for text in texts]

    return found


def _words(text: str) -> Words:
    return tuple(_WORDS.findall(text))


def _runs(words: Words, longest: int) -> Iterator[Words]:
    """Each run of words up to a length."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            yield words[start:end]


def _names(text: str, known: Mapping[Words, str], longest: int) -> Iterator[Name]:
    words = list(_WORDS.finditer(text))
    at = 0
    while at < len(words):
        for size in range(min(longest, len(words) - at), 0, -1):
            some = words[at : at + size]
            kind = known.get(tuple(word.group() for word in some))
            if kind is not None:
                yield some[0].start(), some[-1].end(), kind
                at += size
                break
        else:
            at += 1
