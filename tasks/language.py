"""Which language a text is in."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"  # ISO 639-2
NO_LANGUAGE = "zxx"  # ISO 639-2: tables, code, numbers
MIN_LETTERS = 20
"""Letters below which no guess is made: a name or a number has no language."""
READ_CHARS = 10_000
"""Code points that are read: the guess is settled long before, and reading costs 0.1 µs a byte."""
_DENSE = re.compile("[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Letters of scripts in which one says as much as two of an alphabet."""


def detect(text: str, *, min_confidence: float) -> tuple[str, float]:
    """The language of `text` and its probability, 0 to 1.

    The language is an ISO 639-1 code (639-3 where there is none), or `und` where the text has
    fewer than 20 letters (10 of Chinese, Japanese, Korean or Thai), is no language at all, or the
    probability lies below `min_confidence`.
    """
    head = text[:READ_CHARS]
    if sum(map(str.isalpha, head)) + len(_DENSE.findall(head)) < MIN_LETTERS:
        return UNDETERMINED, 0.0
    language, confidence = guess(head)
    sure = confidence >= min_confidence and language != NO_LANGUAGE
    return (language if sure else UNDETERMINED), confidence


def guess(text: str) -> tuple[str, float]:
    """The likeliest language of `text`, however little it says, and its probability."""
    language, confidence = _identifier().classify(text)
    return str(language), float(confidence)


@cache
def _identifier() -> "LanguageIdentifier":
    """The identifier, with probabilities that sum to 1; it is loaded once a process."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
