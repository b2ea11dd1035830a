"""Sums of money, percentages and quantities in text, with a form to count by.

Every repetition in the expressions is bounded, so that time is linear in the text.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from tasks.mentions import Habits, Mention
from tasks.units import CODES, CURRENCY_OF, PERCENT, POWER_OF, SHORT, SYMBOLS, UNIT_OF, UNITS, WORDS

_S = r"\s{0,2}"


def _one_of(words: Iterable[str]) -> str:
    """An expression for any of the words, the longer first; `~` is a blank or a line end."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\~", r"[\s\u00a0\u202f]") for word in ordered)


_FIGURES = (
    r"\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3}){1,5}(?:[.,]\d{1,6})?(?!\d)|\d{1,15}(?:[.,]\d{1,6})?(?!\d)"
)
_NUMBER = rf"(?:{_FIGURES}|\b(?ai:{_one_of(WORDS)})\b)"
_RANGE = rf"(?P<low>{_NUMBER})(?:(?:{_S}[-–—]{_S}|\sto\s)(?P<high>{_NUMBER}))?"
_SCALED = rf"{_RANGE}(?:{_S}-?(?P<scale>(?ai:{_one_of(POWER_OF)}))(?!\w))?"
_OF = rf"(?:{_S}-?|\sd(?:[ei]\s|['’]))"
"""Between an amount and its unit: nothing, a blank, a hyphen, or the Romance `de`."""
_AFTER = r"(?<![\w.,/-])(?P<sign>[-−+]?)"
_PREFIX = rf"(?P<before>{_one_of(SYMBOLS)}|\b(?:{_one_of(CODES.split())})\b)"
_CURRENCY = rf"zł|{_one_of(CODES.split())}|(?ai:{_one_of(CURRENCY_OF)})"
_SUFFIX = rf"(?P<after>[€£¥₹₽₺₴元円$]|(?:{_CURRENCY})(?!\w))"
_LONGEST_SYMBOL = 4
_LONG = [word for word in UNIT_OF if "~" in word or len(word) > _LONGEST_SYMBOL]
_SYMBOL = [
    word for unit, words in UNITS.items() for word in (unit, *words.split()) if word not in SHORT
]
_UNIT = rf"(?P<unit>(?:{_one_of(_SYMBOL)}|(?ai:{_one_of(_LONG)}))(?![\w²³]))"

_MONEY = (
    re.compile(rf"(?<![\w$€£])(?P<sign>[-−]?){_PREFIX}{_S}{_SCALED}"),
    re.compile(rf"{_AFTER}{_SCALED}{_OF}{_SUFFIX}"),
)
_SHARE = re.compile(rf"{_AFTER}{_RANGE}{_S}-?(?P<unit>(?ai:{_one_of(PERCENT.split())}))(?!\w)")
_QUANTITY = re.compile(rf"{_AFTER}{_SCALED}{_OF}{_UNIT}")


def find(text: str, habits: Habits) -> Iterator[Mention]:
    """Every MONEY, PERCENT and QUANTITY: `USD 1200000`, `12.5%`, `5 km`; ranges as `5-10 km`."""
    for expression in _MONEY:
        for match in expression.finditer(text):
            yield _mention(match, "MONEY", f"{_currency(match)} {_amount(match, habits)}")
    for match in _SHARE.finditer(text):
        yield _mention(match, "PERCENT", f"{_amount(match, habits)}%")
    for match in _QUANTITY.finditer(text):
        written = "~".join(match["unit"].split())
        unit = UNIT_OF[written.lower()] if written not in UNITS else written
        if unit == "lb" and match["scale"]:  # a million pounds are money
            yield _mention(match, "MONEY", f"GBP {_amount(match, habits)}")
        else:
            yield _mention(match, "QUANTITY", f"{_amount(match, habits)} {unit}")


def value(written: str, *, decimal_comma: bool) -> Decimal:
    """The number that is written.

    A lone separator before three digits is one of thousands where the language has it so.

    >>> value("1,200", decimal_comma=False), value("1,200", decimal_comma=True)
    (Decimal('1200'), Decimal('1.200'))
    """
    if written.lower() in WORDS:
        return Decimal(WORDS[written.lower()])
    figures = re.sub(r"[^\d.,]", "", written)
    whole, mark, rest = figures.rpartition(max(".,", key=figures.rfind))
    thousands = "." if decimal_comma else ","
    lone = not re.search("[.,]", whole)
    grouped = mark in whole or (
        lone and mark == thousands and len(rest) == 3 and not whole.startswith("0")  # noqa: PLR2004
    )
    if not mark or grouped:
        return Decimal(re.sub("[.,]", "", figures))
    return Decimal(re.sub("[.,]", "", whole) + "." + rest)


def plain(number: Decimal) -> str:
    """Without an exponent, a thousands separator or trailing zeros.

    >>> plain(Decimal("1.50") * 10**6)
    '1500000'
    """
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _mention(match: re.Match[str], label: str, canonical: str) -> Mention:
    return Mention(match.start(), match.end(), label, canonical)


def _amount(match: re.Match[str], habits: Habits) -> str:
    groups = match.groupdict()
    scale = 10 ** POWER_OF[groups["scale"].lower()] if groups.get("scale") else 1
    numbers = [groups["low"], groups["high"]] if groups["high"] else [groups["low"]]
    values = [plain(value(n, decimal_comma=habits.decimal_comma) * scale) for n in numbers]
    return ("-" if groups["sign"] in {"-", "−"} else "") + "-".join(values)


def _currency(match: re.Match[str]) -> str:
    written = match.groupdict().get("before") or match["after"]
    return SYMBOLS.get(written) or CURRENCY_OF.get("~".join(written.lower().split())) or written
