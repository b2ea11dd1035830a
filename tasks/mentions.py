"""One mention of an entity, and which of several that overlap is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_NO_DECIMAL_COMMA = frozenset({"en", "und", "zh", "ja", "ko", "th", "hi", "he", "xx"})


@dataclass(frozen=True)
class Mention:
    """A mention; `start` and `end` are code points into the text."""

    start: int
    end: int
    label: str
    canonical: str
    origin: Literal["model", "rule"] = "rule"


@dataclass(frozen=True)
class Habits:
    """How a document writes dates, numbers and phone numbers."""

    language: str = "en"
    """ISO 639-1 code."""
    day_first: bool = False
    """Whether 03/04/2025 is the third of April."""
    decimal_comma: bool = False
    """Whether 1,5 is one and a half, and 1.500 fifteen hundred."""
    region: str = "US"
    """ISO 3166 country of phone numbers without a country code."""


def habits(language: str, *, day_first: bool, region: str) -> Habits:
    """The habits of a language: outside English the day comes first and commas are decimal.

    Chinese, Japanese and Korean write the year first, which is told from its four digits.
    """
    return Habits(
        language=language,
        day_first=day_first or language not in {"en", "und"},
        decimal_comma=language not in _NO_DECIMAL_COMMA,
        region=region,
    )


def kept(mentions: Iterable[Mention], length: int) -> list[Mention]:
    """Those that overlap none before them, in the order of the text of `length` code points.

    Rules come before the model, then the longer, the earlier, and the label in the alphabet.
    """
    taken, found = bytearray(length), []
    for mention in sorted(mentions, key=_precedence):
        if not any(taken[mention.start : mention.end]):
            taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
            found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def _precedence(mention: Mention) -> tuple[bool, int, int, str]:
    length = mention.end - mention.start
    return mention.origin == "model", -length, mention.start, mention.label
