"""Clean text."""

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_TRAILING = re.compile(r"(?<![^\S\n])[^\S\n]++(?=\n)")
_BLANK_LINES = re.compile(r"\n{3,}")
_OUTER = re.compile(r"\A[\s\ufeff]+|(?<!\s)\s++\Z")
_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    r"""`text` in NFC, with \n as line end, and without what is no text.

    Control characters go, lone surrogates become U+FFFD, space at line ends and around the whole
    goes, and so does a byte order mark; runs of blank lines become one. Bidirectional and
    zero-width characters stay. Cleaning twice is cleaning once.

    >>> clean("\ufeffCafe\u0301 \r\n\x00open ")
    'Café\nopen'
    """
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", _paired(text)))
    text = _BLANK_LINES.sub("\n\n", _TRAILING.sub("", unicodedata.normalize("NFC", text)))
    return _OUTER.sub("", text)


def one_line(text: str) -> str:
    """`text` cleaned, with each run of white space made one space: a title or a name."""
    return _SPACE.sub(" ", clean(text))


def _paired(text: str) -> str:
    """`text` with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    if not _SURROGATES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
