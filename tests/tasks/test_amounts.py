"""Money, percentages and quantities."""

from decimal import Decimal

import pytest

from tasks.amounts import find, plain, value
from tasks.mentions import Habits, kept

GERMAN = Habits("de", day_first=True, decimal_comma=True)


def found(text: str, its: Habits) -> list[tuple[str, str, str]]:
    """What is found, the longest of those that overlap, with its form to count by."""
    mentions = kept(find(text, its), len(text))
    return [(text[m.start : m.end], m.label, m.canonical) for m in mentions]


@pytest.mark.parametrize(
    ("written", "label", "canonical"),
    [
        ("$1.2 million", "MONEY", "USD 1200000"),
        ("US$5bn", "MONEY", "USD 5000000000"),
        ("£100k", "MONEY", "GBP 100000"),
        ("EUR 3,500.50", "MONEY", "EUR 3500.5"),
        ("12 500 €", "MONEY", "EUR 12500"),
        ("five million dollars", "MONEY", "USD 5000000"),
        ("1.2 mln dlrs", "MONEY", "USD 1200000"),
        ("100 million U.S.\ndollars", "MONEY", "USD 100000000"),
        ("3 million pounds", "MONEY", "GBP 3000000"),
        ("$5-10 million", "MONEY", "USD 5000000-10000000"),
        ("-$3.50", "MONEY", "USD -3.5"),
        ("12.50%", "PERCENT", "12.5%"),
        ("-5.5 per cent", "PERCENT", "-5.5%"),
        ("from 5 to 10 pct", "PERCENT", "5-10%"),
        ("ten percent", "PERCENT", "10%"),
        ("5 pounds", "QUANTITY", "5 lb"),
        ("5 kilometres", "QUANTITY", "5 km"),
        ("100-metre", "QUANTITY", "100 m"),
        ("10 miles per hour", "QUANTITY", "10 mph"),
        ("5 million tonnes", "QUANTITY", "5000000 t"),
        ("-5°C", "QUANTITY", "-5 °C"),
        ("300 MW", "QUANTITY", "300 MW"),
        ("20 sq km", "QUANTITY", "20 km²"),
    ],
)
def test_amounts_are_found(written: str, label: str, canonical: str) -> None:
    """They are found whole, between other words and at the end of a sentence."""
    pair = [(written.removeprefix("from "), label, canonical)]

    assert found(f"It was {written} then", Habits()) == pair
    assert found(f"It was {written}.", Habits()) == pair


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("1.200,50 €", "EUR 1200.5"),
        ("146 Millionen Euro", "EUR 146000000"),
        ("3,5 Mrd. Euro", "EUR 3500000000"),
        ("1.200 km", "1200 km"),
        ("3,5 Prozent", "3.5%"),
        ("19 millones de euros", "EUR 19000000"),
        ("37 millions d'euros", "EUR 37000000"),
        ("52.000 Tonnen", "52000 t"),
    ],
)
def test_amounts_with_a_decimal_comma(written: str, canonical: str) -> None:
    """Outside English the comma is decimal and the point parts thousands."""
    assert found(written, GERMAN) == [(written, found(written, GERMAN)[0][1], canonical)]


@pytest.mark.parametrize("text", ["5 in the", "version 1.2.3 m", "A5", "5 mw", "$", "km 5", "5ſ"])
def test_what_is_no_amount(text: str) -> None:
    """A number needs its unit, written as that unit is."""
    assert found(text, Habits()) == []


@pytest.mark.parametrize(
    ("written", "decimal_comma", "number"),
    [
        ("1,200", False, "1200"),
        ("1,200", True, "1.2"),
        ("1.200", False, "1.2"),
        ("1.200", True, "1200"),
        ("1,5", False, "1.5"),
        ("0,125", False, "0.125"),
        ("1,234,567.89", False, "1234567.89"),
        ("1.234.567", False, "1234567"),
        ("1’200", False, "1200"),
        ("Twelve", False, "12"),
    ],
)
def test_numbers_are_read(written: str, decimal_comma: bool, number: str) -> None:  # noqa: FBT001
    """The last of two separators is decimal; a lone one goes by the language."""
    assert plain(value(written, decimal_comma=decimal_comma)) == number


def test_a_number_is_written_plainly() -> None:
    """No exponent, no zeros at the end."""
    assert [plain(Decimal("1.50")), plain(Decimal(100) * 10**9)] == ["1.5", "100000000000"]
