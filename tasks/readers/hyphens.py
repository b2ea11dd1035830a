"""Words that line ends break in text of hard-wrapped lines, made whole where that is certain.

PDFs know their lines, and are joined in `pdf_paragraphs.py`.
"""

import re

_LETTER = r"[^\W\d_]"
_BLANK = r"[^\S\n]*+"
_AFTER = rf"{_BLANK}\n{_BLANK}(?P<tail>{_LETTER}++)(?P<closing>[^\s\w]*+){_BLANK}(?P<end>\n?)"
_SOFT = re.compile(rf"\xad{_AFTER}")
_BROKEN = re.compile(rf"(?<!{_LETTER})(?P<head>{_LETTER}++)[-\u2010]{_AFTER}")
_WORD = re.compile(rf"{_LETTER}++(?:[-\u2010]{_LETTER}++)*+")


def joined(text: str) -> str:
    r"""`text` with broken words at the end of the line where they began.

    A soft hyphen at a line end goes always. Another goes where the document has the whole word
    elsewhere, and has it nowhere as a compound; nobody knows otherwise.

    >>> joined("the coun-\ncil met. The council")
    'the council\nmet. The council'
    """
    text = _SOFT.sub(_moved_up, text)
    if not _BROKEN.search(text):
        return text
    rest = _BROKEN.sub("\n", text)
    known = {match[0].casefold().replace("\u2010", "-") for match in _WORD.finditer(rest)}

    def whole(match: re.Match[str]) -> str:
        head, tail = match["head"], match["tail"]
        named = tail[0].isupper() and not head.isupper()
        word = (head + tail).casefold()
        compound = f"{head}-{tail}".casefold()
        if named or word not in known or compound in known:
            return match[0]
        return head + _moved_up(match)

    return _BROKEN.sub(whole, text)


def _moved_up(match: re.Match[str]) -> str:
    """What follows the hyphen, and the line end after it."""
    return f"{match['tail']}{match['closing']}\n"
