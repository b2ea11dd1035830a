"""Long runs without a blank, cut where a spaCy tokenizer would take quadratic time.

spaCy takes one symbol at a time off the ends of what stands between blanks, and reads the rest anew
each time: 4,000 brackets took 2 s. Cut runs give the same tokens, save those that lie over a cut.
"""

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

MAX_TOKEN_CHARS = 2048
"""Longest token, in code points: browsers take no longer URL."""
_SYMBOLS = 100
"""Symbols in a row that are read at once: as many cost 1 ms, and twice as many four times that."""
_SYMBOL_RUN = re.compile(rf"(?:_|[^\w\s.\-~|•^/\\]){{{_SYMBOLS + 1},}}")
"""Dots, hyphens and such are not taken off one by one: a line of them is one token."""


def document(text: str, nlp: "Language", *, max_token_chars: int = MAX_TOKEN_CHARS) -> "Doc":
    """The text in tokens: as the pipeline's tokenizer has it, no token above `max_token_chars`.

    >>> import spacy
    >>> [token.text for token in document("see abcdefg", spacy.blank("en"), max_token_chars=3)]
    ['see', 'abc', 'def', 'g']
    """
    places = cuts(text, max_token_chars)
    if not places:
        return nlp.make_doc(text)
    from spacy.tokens import Doc

    bounds = [0, *places, len(text)]
    parts = (text[start:end] for start, end in pairwise(bounds))
    padded = " ".join(parts)
    nlp.max_length = max(nlp.max_length, len(padded))  # the text itself has been checked
    spaced = nlp.make_doc(padded)
    array = spaced.to_array(["IDX", "LENGTH", "SPACY", "NORM"])
    blanks = np.array(places) + np.arange(len(places))
    ours = np.isin((array[:, 0] + array[:, 1]).astype(np.int64), blanks)
    doc = Doc(
        nlp.vocab,
        words=[token.text for token in spaced],
        spaces=((array[:, 2] == 1) & ~ours).tolist(),
    )
    return doc.from_array(["NORM"], array[:, 3:])  # type: ignore[arg-type]  # spaCy's stubs


def cuts(text: str, max_token_chars: int) -> list[int]:
    """Where the text is cut: inside runs of more than 100 symbols, or of too many characters.

    >>> cuts("ab " + "(" * 250 + " cd", 2048)
    [103, 203]
    """
    found = set[int]()
    unbroken = _unbroken(max_token_chars)
    for expression, size in ((_SYMBOL_RUN, _SYMBOLS), (unbroken, max_token_chars)):
        for run in expression.finditer(text):
            found.update(range(run.start() + size, run.end(), size))
    return sorted(found)


@cache
def _unbroken(size: int) -> re.Pattern[str]:
    return re.compile(rf"\S{{{size + 1},}}")
