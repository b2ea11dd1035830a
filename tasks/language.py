"""Which language a text is in."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"  # ISO 639-2
MIN_LETTERS = 20
"""Letters below which no guess is made: a name or a number has no language."""
READ_CHARS = 10_000
"""Code points that are read: the guess is settled long before, and reading costs 0.1 µs a byte."""


def detect(text: str, *, min_confidence: float) -> tuple[str, float]:
    """The language of `text` and its probability, 0 to 1.

    The language is an ISO 639-1 code (639-3 where there is none), or `und` where the text has
    fewer than 20 letters or the probability lies below `min_confidence`.
    """
    head = text[:READ_CHARS]
    if sum(map(str.isalpha, head)) < MIN_LETTERS:
        return UNDETERMINED, 0.0
    language, confidence = _identifier().classify(head)
    return (language if confidence >= min_confidence else UNDETERMINED), confidence


@cache
def _identifier() -> "LanguageIdentifier":
    """The identifier, with probabilities that sum to 1; it is loaded once a process."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
