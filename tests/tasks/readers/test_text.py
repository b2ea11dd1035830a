"""Decoding and cleaning of text."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.readers.text import clean, one_line

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
