"""Words put together as people write them."""

import re
from collections.abc import Iterator, Sequence

_CLOSES = re.compile(
    r"[,.;:!?%)\]}’”…]+|''|n['’]t|['’](s|re|ve|ll|d|m|t)", re.IGNORECASE | re.ASCII
)
"""Words that no space stands before."""
_OPENS = re.compile(r"[(\[{$£€@#“‘]|``")
"""Words that no space stands after."""
_QUOTE = '"'


def spaces(words: Sequence[str]) -> Iterator[bool]:
    """Whether a space follows each word of a sentence; the last has one.

    A straight quotation mark opens and closes in turn.

    >>> list(spaces(["He", "did", "n't", "(", "yet", ")", "."]))
    [True, False, True, False, False, False, True]
    """
    quoted = False
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == _QUOTE:
            quoted = not quoted
        opened = _OPENS.fullmatch(word) or (word == _QUOTE and quoted)
        closed = _CLOSES.fullmatch(following) or (following == _QUOTE and quoted)
        yield not (opened or closed)
