"""Bytes to text, and text to clean text."""

import codecs
import re
import unicodedata
from collections.abc import Mapping
from itertools import islice
from types import MappingProxyType

from schemas.errors import DocumentRejected
from tasks.language import detect
from tasks.readers.sniff import wide_encoding

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_TRAILING = re.compile(r"(?<![^\S\n])[^\S\n]++(?=\n)")
_BLANK_LINES = re.compile(r"\n{3,}")
_OUTER = re.compile(r"\A[\s\ufeff]+|(?<!\s)\s++\Z")
_SPACE = re.compile(r"\s+")

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")

SAMPLE_CHARS = 4000
"""Characters that are looked at to tell script and language."""
MAX_REPLACED_SHARE = 0.05
"""Share of replaced characters up to which bytes that fit no encoding are still a text."""
LATIN_ENCODINGS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "cp1250": frozenset({"cs", "hr", "hu", "pl", "ro", "sk", "sl", "sq", "bs"}),
        "cp1254": frozenset({"tr", "az"}),
        "cp1257": frozenset({"et", "lt", "lv"}),
        "cp1258": frozenset({"vi"}),
    }
)
"""Languages of each encoding of Latin script; all others are written in cp1252.

Source: the table of fallback encodings by locale in the WHATWG HTML standard.
"""
ISO_TWINS: Mapping[str, str] = MappingProxyType(
    {"iso8859_2": "cp1250", "iso8859_9": "cp1254", "iso8859_13": "cp1257"}
)
"""ISO encodings of the same languages, which differ in a few letters."""


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


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """The text of `data`, and the encoding that it was read in.

    In this order: byte order mark or UTF-16 without one, UTF-8 (also with a few damaged bytes),
    the encoding that the document declares, and the best guess. Without any: `DocumentRejected`.
    """
    if wide := wide_encoding(data):
        return data.decode(wide, "replace"), wide
    if b"\x1b" in data and (shifted := _declared(data, declared or "iso2022_jp")):
        return shifted  # seven-bit encodings with escapes: also sound UTF-8, but not meant so
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        return _declared(data, declared) or _damaged(data) or _guessed(data)


def _declared(data: bytes, declared: str | None) -> tuple[str, str] | None:
    """The text in the declared encoding, where there is such a one and it fits."""
    try:
        codec = codecs.lookup(declared or "")
        name = "cp1252" if codec.name in {"iso8859-1", "ascii"} else codec.name  # as WHATWG has it
        return data.decode(name), name
    except (LookupError, UnicodeError, ValueError):
        return None


def _damaged(data: bytes) -> tuple[str, str] | None:
    """The text in UTF-8 with a few bytes replaced, where nearly all beyond ASCII is sound."""
    text = data.decode(errors="replace")
    bad = text.count("\ufffd")
    good = len(_BEYOND_ASCII.findall(text)) - bad
    return (text, "utf-8") if good > 10 * bad else None


def _guessed(data: bytes) -> tuple[str, str]:
    """The text in the encoding that fits best.

    Encodings of Latin script differ in a few letters only: there the language decides.
    """
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    text = data.decode(best.encoding if best else "utf-8", "replace")
    if best is None and text.count("\ufffd") > MAX_REPLACED_SHARE * len(text):
        raise DocumentRejected("broken", "no character encoding fits; convert it to UTF-8")
    if best is None or not _is_latin(text):
        return text, best.encoding if best else "utf-8"
    encoding = _latin(data, best.encoding)
    return data.decode(encoding, "replace"), encoding


def _latin(data: bytes, guess: str) -> str:
    """The encoding in which a text in Latin script is most surely in a language written in it."""
    sureness = {encoding: _sureness(data, encoding) for encoding in ("cp1252", *LATIN_ENCODINGS)}
    best = max(sureness, key=sureness.__getitem__)
    return guess if ISO_TWINS.get(guess) == best else best


def _sureness(data: bytes, encoding: str) -> float:
    """Probability of the language in which the text is in this encoding; 0 if not written in it."""
    text = data[:SAMPLE_CHARS].decode(encoding, "replace")
    language, confidence = detect(text, min_confidence=0)
    home = (name for name, languages in LATIN_ENCODINGS.items() if language in languages)
    return confidence if next(home, "cp1252") == encoding else 0.0


def _is_latin(text: str) -> bool:
    """Whether most letters beyond ASCII are Latin ones."""
    found = (match[0] for match in _BEYOND_ASCII.finditer(text) if match[0].isalpha())
    letters = list(islice(found, SAMPLE_CHARS))
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return 2 * latin >= len(letters)


def _paired(text: str) -> str:
    """`text` with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    if not _SURROGATES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
