"""How words are written, for encoders that know no case: it is told as the type of each piece."""

from collections.abc import Iterable, Sequence

TYPES = 4
"""Lower case (and all without letters), capitalized, capitals, and any other mixture."""


def case_of(word: str) -> int:
    """The type of a word.

    >>> [case_of(word) for word in ("in", "12", "Oslo", "NATO", "I", "iPhone")]
    [0, 0, 1, 2, 1, 3]
    """
    if not any(map(str.isupper, word)):
        return 0
    if word[0].isupper() and not any(map(str.isupper, word[1:])):
        return 1
    return 3 if any(map(str.islower, word)) else 2


def of_pieces(
    text: str, offsets: Sequence[tuple[int, int]], words: Iterable[tuple[int, int]]
) -> list[int]:
    """The type of the word that each piece stands in; 0 for pieces in no word.

    `offsets` of the pieces and `words` are spans of the text, both in its order.
    """
    found = [0] * len(offsets)
    spans = iter(words)
    start, end = next(spans, (len(text), len(text)))
    for i, (left, right) in enumerate(offsets):
        while left >= end and start < len(text):
            start, end = next(spans, (len(text), len(text)))
        if start <= left < right <= end:
            found[i] = case_of(text[start:end])
    return found
