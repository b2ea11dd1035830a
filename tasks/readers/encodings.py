"""Bytes to text: which character encoding they are written in."""

import codecs
import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType

from schemas.errors import DocumentRejected
from tasks.language import detect
from tasks.readers.sniff import wide_encoding

SUPERSETS: Mapping[str, str] = MappingProxyType(
    {
        "ascii": "cp1252",
        "iso8859-1": "cp1252",
        "iso8859-9": "cp1254",
        "iso8859-11": "cp874",
        "tis-620": "cp874",
        "gb2312": "gb18030",
        "gbk": "gb18030",
        "big5": "big5hkscs",
        "shift_jis": "cp932",
        "shift_jis_2004": "cp932",
        "euc_jis_2004": "euc_jp",
        "euc_kr": "cp949",
    }
)
"""What is written where the first is declared or found; the text of the first stays the same.

Source: the labels of the WHATWG Encoding Standard.
"""
MAX_FOREIGN_SHARE = 0.01
"""Share of characters beyond ASCII that no text has, from which the encoding is a wrong one."""
FEW_BEYOND_ASCII = 0.1
"""Share of bytes beyond ASCII below which the letters of ASCII say more than they do."""
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_SAMPLE = 4000
_EURO = b"\xa4"
_ASCII = 0x7F
FAINT = 0.05
"""Confidence below which 200 bytes beyond ASCII are no text in an encoding: they reach 0.3."""
UNSURE = 0.2
"""Confidence below which English is taken to be in cp1252, as nearly all of it is."""
MAX_MIXED_SHARE = 0.1
"""Share of words with letters of two scripts from which the encoding is a wrong one."""
_ALPHABETS = ("CYRILLIC", "GREEK", "HEBREW", "ARABIC", "ARMENIAN", "GEORGIAN", "THAI")
"""Those with encodings of their own; what is written without spaces stands beside Latin letters."""
_WORD = re.compile(r"[^\W\d_]*[^\W\d_\x00-\x7f][^\W\d_]*")


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
        name = _named(declared or "")
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
    """The text in the encoding that fits best."""
    for name in _candidates(data):
        text = data.decode(name, "replace")
        if _is_foreign(text):
            break
        if not _mixes_scripts(text):
            return text, name
    raise DocumentRejected("broken", "no character encoding fits; convert it to UTF-8")


def _candidates(data: bytes) -> Iterator[str]:
    """The encodings that may be meant, the likeliest first; few bytes tell little."""
    import chardet

    era = chardet.EncodingEra.ALL & ~chardet.EncodingEra.MAINFRAME
    least = FAINT if sum(byte > _ASCII for byte in data[:_SAMPLE]) > _SAMPLE // 20 else 0.0
    likely = chardet.detect_all(data, compat_names=False, encoding_era=era)
    if likely[0]["confidence"] < UNSURE and _is_english(data):
        yield "cp1252"
    for found in likely:
        if found["encoding"] is None or found["confidence"] < least:
            return
        name = _named(found["encoding"])
        # Latin-9 and cp1252 differ in eight signs, of which the euro alone is common.
        yield "cp1252" if name == "iso8859-15" and _EURO not in data else name


def _named(label: str) -> str:
    """Python's name of an encoding, or of the superset that is meant by it."""
    name = codecs.lookup(label).name
    return SUPERSETS.get(name, name)


def _is_english(data: bytes) -> bool:
    """Whether a text is in English with a few signs of cp1252: they say little of an encoding."""
    high = sum(byte > _ASCII for byte in data[:_SAMPLE])
    if high > FEW_BEYOND_ASCII * len(data[:_SAMPLE]):
        return False
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return detect(data[:_SAMPLE].decode("ascii", "ignore"), min_confidence=0.5)[0] == "en"


def _is_foreign(text: str) -> bool:
    """Whether too many characters are replaced, private or unassigned for any text."""
    found = list(islice((match[0] for match in _BEYOND_ASCII.finditer(text)), _SAMPLE))
    foreign = sum(char == "\ufffd" or unicodedata.category(char) in {"Co", "Cn"} for char in found)
    return foreign > MAX_FOREIGN_SHARE * len(found)


def _mixes_scripts(text: str) -> bool:
    """Whether many words have both letters of ASCII and of another alphabet."""
    words = [match[0] for match in islice(_WORD.finditer(text), _SAMPLE)]
    mixed = sum(
        any(letter.isascii() for letter in word)
        and any(unicodedata.name(letter, "").startswith(_ALPHABETS) for letter in word)
        for word in words
    )
    return mixed > MAX_MIXED_SHARE * len(words)
