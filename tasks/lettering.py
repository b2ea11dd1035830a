"""What is written in letters alone, in any script: letters, and the signs that belong to them.

`str.isalpha` and Arrow's `utf8_is_alpha` take no signs, and so few words of Hindi, Thai or Tamil.
"""

import unicodedata

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_LETTERS = r"^[\p{L}\p{M}]+$"
_DENSE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]"
"""Scripts in which two characters are most often a word."""
MIN_LETTERS, MIN_DENSE = 3, 2
"""Characters from which a word can name a topic."""


def is_lettered(word: str) -> bool:
    """Whether a word is of letters alone.

    >>> [is_lettered(word) for word in ("été", "समाचार", "a1", "")]
    [True, True, False, False]
    """
    if word.isalpha():
        return True
    return bool(word) and all(c.isalpha() or unicodedata.category(c)[0] == "M" for c in word)


def lettered(words: pa.Array) -> pa.BooleanArray:
    """Which words are of letters alone."""
    plain = pc.utf8_is_alpha(words)
    rest = np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
    signed = pc.match_substring_regex(words.take(pa.array(rest)), _LETTERS)
    found: npt.NDArray[np.bool_] = plain.to_numpy(zero_copy_only=False).copy()
    found[rest] = signed.to_numpy(zero_copy_only=False)
    return pa.array(found)


def long_enough(words: pa.Array) -> pa.BooleanArray:
    """Which words have so many characters that they can name a topic."""
    length = pc.utf8_length(words)
    dense = pc.and_(pc.equal(length, MIN_DENSE), pc.match_substring_regex(words, _DENSE))
    return pc.or_(pc.greater_equal(length, MIN_LETTERS), dense)
