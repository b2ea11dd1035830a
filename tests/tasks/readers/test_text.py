"""Decoding and cleaning of text."""

import codecs
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import DocumentRejected
from tasks.readers.text import clean, decode, one_line

FRENCH = "L'été à Paris fut très chaud ; les élèves étaient déjà partis à la mer. "
HUNGARIAN = "A kormány szerint az új törvény előnyös lesz a családoknak. Őszintén szólva jó. "
RUSSIAN = "Городской совет в четверг принял новый бюджет, и мэр остался доволен. "
TURKISH = "Hükümet cuma günü okulların kapalı kalacağını açıkladı. İstanbul yağmurlu. "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree"),
        ("page\fpage\u2028line", "page\npage\nline"),
        ("bell\x07 and \x00zero\x7f", "bell and zero"),
        ("tab\tstays", "tab\tstays"),
        ("e\u0301", "é"),
        ("\ufeff\ufefftext", "text"),
        ("lone \ud83d surrogate", "lone \ufffd surrogate"),
        ("pair \ud83d\ude00", "pair 😀"),
        ("trailing   \n space \t", "trailing\n space"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("می\u200cخواهم \u202bab\u202c", "می\u200cخواهم \u202bab\u202c"),
        (" \n\t ", ""),
    ],
)
def test_clean(text: str, expected: str) -> None:
    """What is no text goes; what has meaning stays."""
    assert clean(text) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters() | st.sampled_from("\ud800\udc00\ufeff\r\n\t\x00\u0301 e")))
def test_clean_twice_is_clean_once(text: str) -> None:
    """The text can be encoded, is in NFC, and does not change any more."""
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert cleaned.encode().decode() == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)


def test_one_line() -> None:
    """Titles have no line ends."""
    assert one_line(" A\n title\t here ") == "A title here"


@pytest.mark.parametrize(
    ("text", "codec", "expected"),
    [
        (FRENCH, "utf-8", "utf-8"),
        (FRENCH, "utf-8-sig", "utf-8"),
        (FRENCH, "utf-16", "utf-16"),
        (FRENCH, "utf-16-le", "utf-16-le"),
        (FRENCH, "utf-16-be", "utf-16-be"),
        (FRENCH, "utf-32", "utf-32"),
        (FRENCH, "latin-1", "cp1252"),
        (HUNGARIAN, "cp1250", "cp1250"),
        (TURKISH, "cp1254", "cp1254"),
        (RUSSIAN, "koi8-r", "koi8_r"),
        (RUSSIAN, "cp1251", "cp1251"),
    ],
)
def test_decode_finds_the_encoding(text: str, codec: str, expected: str) -> None:
    """The text comes back whole, and the encoding is named."""
    decoded, encoding = decode((text * 5).encode(codec))

    assert decoded.lstrip("\ufeff") == text * 5
    assert codecs.lookup(encoding) == codecs.lookup(expected)


def test_decode_trusts_a_declaration_that_fits() -> None:
    """Where UTF-8 does not fit, the declared encoding counts; Latin-1 means cp1252 on the web."""
    assert decode("“naïve”".encode("cp1252"), "iso-8859-1") == ("“naïve”", "cp1252")
    assert decode("東京".encode("iso2022_jp"), "iso-2022-jp") == ("東京", "iso2022_jp")


def test_decode_prefers_utf8_to_a_false_declaration() -> None:
    """Many pages declare Latin-1 and are UTF-8."""
    assert decode("déjà vu".encode(), "iso-8859-1") == ("déjà vu", "utf-8")


def test_decode_mends_a_few_damaged_bytes() -> None:
    """One broken byte does not make another encoding of it."""
    data = (FRENCH * 5).encode() + b"\xff end"

    text, encoding = decode(data)

    assert encoding == "utf-8"
    assert text == FRENCH * 5 + "\ufffd end"


def test_decode_gives_up_on_noise() -> None:
    """Bytes that fit nothing are refused."""
    with pytest.raises(DocumentRejected) as caught:
        decode(bytes(range(128, 256)) * 3 + b"\x81\x8d\x8f\x90\x9d" * 50)

    assert caught.value.reason == "broken"
