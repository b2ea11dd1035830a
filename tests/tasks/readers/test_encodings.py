"""Bytes in the encodings that texts are found in."""

import codecs

import pytest

from schemas.errors import DocumentRejected
from tasks.readers.encodings import decode

FRENCH = "L'été à Paris fut très chaud ; les élèves étaient déjà partis à la mer. "
HUNGARIAN = "A kormány szerint az új törvény előnyös lesz a családoknak. Őszintén szólva jó. "
RUSSIAN = "Городской совет в четверг принял новый бюджет, и мэр остался доволен. "
TURKISH = "Hükümet cuma günü okulların kapalı kalacağını açıkladı. İstanbul yağmurlu. "

CZECH = "Městská rada ve čtvrtek schválila rozpočet a starosta byl spokojený, že šetří. "
GERMAN = "Die Straße über den Fluß ist gesperrt, sagte Müller gestern in Köln. "
GREEK = "Το συμβούλιο ψήφισε την Πέμπτη τον προϋπολογισμό της πόλης. "
HEBREW = "המועצה אישרה ביום חמישי את תקציב העיר לשנה הבאה. "
JAPANESE = "市議会は木曜日に新しい予算を可決し、CDの売り上げは増えた。"
CHINESE = "市议会星期四通过了新的预算，市长对此表示满意。"
KOREAN = "시의회는 목요일에 새 예산안을 통과시켰고 시장은 만족했다. "
THAI = "สภาเมืองผ่านงบประมาณใหม่เมื่อวันพฤหัสบดี "


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


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (CZECH, "iso8859-2"),
        (GERMAN, "mac_roman"),
        (GERMAN, "cp850"),
        (RUSSIAN, "cp866"),
        (RUSSIAN, "mac_cyrillic"),
        (RUSSIAN, "iso8859-5"),
        (GREEK, "cp1253"),
        (HEBREW, "cp1255"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (CHINESE, "gb18030"),
        (KOREAN, "cp949"),
        (THAI, "cp874"),
    ],
)
def test_decode_finds_legacy_encodings(text: str, codec: str) -> None:
    """Those of old machines and of the East; Latin letters among the others do not mislead."""
    assert decode((text * 3).encode(codec))[0] == text * 3


@pytest.mark.parametrize("sign", ["£20", "20 °C", "naïve", "an – here", "“so”", "€5", "½"])
def test_a_few_signs_in_english_are_those_of_cp1252(sign: str) -> None:
    """They say too little for anything else."""
    text = f"The council paid a sum of {sign} for it, and nobody knew why it did so."

    assert decode(text.encode("cp1252")) == (text, "cp1252")


def test_the_superset_is_read_where_the_standard_says_so() -> None:
    """Shift JIS, GB 2312 and Latin-5 are written with the signs of what grew out of them."""
    assert decode("①".encode("cp932") * 3, "shift_jis") == ("①①①", "cp932")
    assert decode("€朗".encode("gb18030"), "gb2312") == ("€朗", "gb18030")
    assert decode("“ğ”".encode("cp1254"), "iso-8859-9") == ("“ğ”", "cp1254")


def test_decode_refuses_what_no_text_has() -> None:
    """Characters of private use are what an encoding gives that is not meant."""
    data = ("市议会星期四通过了新的预算" + chr(0xE000)).encode("gb18030") * 9

    with pytest.raises(DocumentRejected, match="convert it to UTF-8"):
        decode(data)
