"""How much of a text some spans hold."""

from collections.abc import Iterable


def share(text: str, spans: Iterable[tuple[int, int]]) -> float:
    """Share of the characters that are no white space inside the spans, 0 to 1.

    `spans` are in order of their starts and may overlap; an empty text is covered.

    >>> share("one two", [(0, 3)])
    0.5
    """
    held = reached = 0
    for start, end in spans:
        held += _visible(text[max(start, reached) : end])
        reached = max(reached, end)
    total = _visible(text)
    return held / total if total else 1.0


def _visible(text: str) -> int:
    return sum(map(len, text.split()))
