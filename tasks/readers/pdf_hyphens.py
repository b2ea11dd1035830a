"""Words that a line end breaks: whether the hyphen there belongs to them."""

import re
from collections.abc import Sequence

from tasks.readers.pdf_lines import Line

MIN_WORD = 4
"""Letters from which both parts of a compound are words of their own: not un-, -tion."""
UNSPACED = re.compile("[\u2e80-\u312f\u31a0-\ua4cf\uf900-\ufaff\uff00-\uffef]")
"""Letters of scripts that put no space between words."""
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_FIRST_WORD = re.compile(r"\A[^\W\d_]+")
_PART_AT_END = re.compile(r"[^\W\d_]+[-\xad\u2010]?\Z")
_LAST_WORD = re.compile(r"[^\W\d_]+\Z")
_HYPHENS = "-\xad\u2010"


class Words:
    """The words of a document, which tell whether a hyphen belongs to one."""

    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        self._pages = pages
        self._known: set[str] | None = None

    def joint(self, line: Line, after: Line) -> tuple[str, str]:
        """The end of a line that goes, and what stands between it and the next one instead.

        A hyphen stays before a capital or a digit; where the document has the compound elsewhere,
        or both parts of it and not the whole word; and where no letter stands before it.
        """
        end = line.text[-1]
        hyphened = not line.cut and end in _HYPHENS and after.text[0].islower()
        if not (line.cut or hyphened):
            return "", "" if UNSPACED.match(end) and UNSPACED.match(after.text[0]) else " "
        head = _LAST_WORD.search(line.text[:-1] if hyphened else line.text)
        tail = _FIRST_WORD.match(after.text)
        if not head or not tail:
            return "", "-" if line.cut else " "
        broken = end == "\xad" or self._broken(head[0], tail[0])
        return end if hyphened else "", "" if broken else "-"

    def _broken(self, head: str, tail: str) -> bool:
        """Whether the parts are one word without a hyphen."""
        if not tail[0].islower() and not _is_caseless(tail):
            return head.isupper() and tail.isupper() and len(tail) > 1
        head, tail, known = head.casefold(), tail.casefold(), self._all()
        if head + tail in known:
            return True
        both = min(len(head), len(tail)) >= MIN_WORD and head in known and tail in known
        return not (both or f"{head}-{tail}" in known)

    def _all(self) -> set[str]:
        """The words that stand within lines: the parts of broken ones are none."""
        if self._known is None:
            lines = [line for page in self._pages for line in page]
            broken = [line.cut or line.text[-1] in _HYPHENS for line in lines]
            texts = [
                _PART_AT_END.sub("", line.text) if ends else line.text
                for line, ends in zip(lines, broken, strict=True)
            ]
            texts[1:] = [
                _FIRST_WORD.sub("", text, count=1) if begins else text
                for text, begins in zip(texts[1:], broken, strict=False)
            ]
            pieces = {piece for text in texts for piece in text.casefold().split()}
            self._known = set(_WORDS.findall("\n".join(pieces)))
        return self._known


def _is_caseless(word: str) -> bool:
    return word.upper() == word.lower()
