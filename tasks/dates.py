"""Dates and times of day in text, in the forms of ISO 8601.

Every repetition in the expressions is bounded, so that time is linear in the text.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from functools import cache

from tasks.mentions import Habits, Mention

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro "
    "dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
_ENGLISH_SHORT = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_SHORT_END = r"(?:(?:(?<=\b[A-Z]\w\w)(?<!May|MAY)|(?<=\bSept|\bSEPT))\.)?"
_WEEKDAYS = "(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\\.?)"
_YEAR = r"(?P<year>1[5-9]\d\d|20\d\d)(?!\d|[.,]\d)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|º|ª)?"
_TO_DAY = r"(?:\s?[-–]\s?(?P<until>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?)?(?!\d|[:.,]\d)"
_CENTURY_SPLIT = 69
"""Two-digit years from 69 are of the twentieth century, as in POSIX strptime."""

_NUMERIC = (
    re.compile(
        r"(?<![\w./-])(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)"
        r"(?![-/.]?\d|[A-SU-Za-z])"
    ),
    re.compile(
        r"(?<![\w./-])(?P<first>\d\d?)(?P<mark>[-/.])(?P<second>\d\d?)(?P=mark)"
        r"(?P<year>\d{4}|\d\d)(?![-/.]?\w)"
    ),
    re.compile(r"(?P<year>\d{4})[年년]\s?(?P<month>\d\d?)[月월](?:\s?(?P<day>\d\d?)[日일])?"),
)
_OTHER = (
    re.compile(r"\bQ(?P<quarter>[1-4])[ /-]?(?P<year>(?:19|20)\d\d)\b"),
    re.compile(r"\b(?P<decade>1[5-9]\d|20\d)0['’]?s\b"),
    re.compile(
        r"\b(?i:in|since|by|until|before|after|during|late|early|year|of|from|im Jahr|en|nel|em"
        r"|seit|depuis|desde)\s(?P<mention>(?P<year>1[89]\d\d|20\d\d))(?![\w%]|[.,/:-]\d|\s?[-–]\s?\d)"
    ),
)
_HOUR, _MINUTE = r"(?P<hour>[01]?\d|2[0-3])", r"(?P<minute>[0-5]\d)"
_HALF = r"(?:\s?(?P<half>[AaPp])(?:\.\s?[Mm]\.|[Mm]\b))"
_TIMES = (
    re.compile(
        rf"(?:(?<![\w:.,/-])|(?<=\dT)){_HOUR}:{_MINUTE}(?::(?P<second>[0-5]\d)(?:[.,]\d{{1,9}})?)?"
        rf"{_HALF}?(?!(?!Z\b)\w|:\d)"
    ),
    re.compile(rf"(?<![\w:.,/$-])(?P<hour>1[0-2]|0?[1-9])(?:\.{_MINUTE})?{_HALF}"),
)
_TIMES_ABROAD = (
    re.compile(rf"(?<![\w:.,-]){_HOUR}(?:[.:]{_MINUTE})?\s?(?:Uhr|uur)\b"),
    re.compile(rf"(?<![\w:.,-]){_HOUR}\s?h\s?{_MINUTE}?\b"),
)


def find(text: str, habits: Habits) -> Iterator[Mention]:
    """Every DATE and TIME: `2025-03-04`, `2025-03`, `2025`, `--03-04` without a year, `14:05`.

    Also `2025-Q3`, `199X` for a decade, and `2025-03-04/2025-03-06` for some days of a month.
    """
    for expression in (*_NUMERIC, *_worded(habits.language), *_OTHER):
        for match in expression.finditer(text):
            if written := _iso(match.groupdict(), habits):
                start, end = match.span("mention" if "mention" in match.groupdict() else 0)
                yield Mention(start, end, "DATE", written)
    for expression in _TIMES if habits.language == "en" else (*_TIMES, *_TIMES_ABROAD):
        for match in expression.finditer(text):
            if written := _clock(match.groupdict()):
                yield Mention(match.start(), match.end(), "TIME", written)


@cache
def _worded(language: str) -> tuple[re.Pattern[str], ...]:
    """Expressions of dates with the name of a month."""
    names = sorted(_numbers(language), key=len, reverse=True)
    month = rf"(?P<name>{'|'.join(names)})\b{_SHORT_END}"
    before = rf"(?:\b{_WEEKDAYS},?\s(?:the\s)?)?(?<![\w.,:/$€£-])"
    year = rf"(?:(?:,?\s(?:of\s|de\s|del\s)?|-){_YEAR})"
    return (
        re.compile(rf"{before}{_DAY}\.?{_TO_DAY}\.?\s?-?(?:of\s|de\s)?{month}{year}?"),
        re.compile(rf"{before}\b{month}\s{_DAY}{_TO_DAY}(?!\d|\s?%){year}?"),
        re.compile(rf"\b{month}{year}"),
    )


@cache
def _numbers(language: str) -> dict[str, int]:
    """The names of the months in English and the document's language, with their numbers."""
    names = [_MONTHS["en"], _MONTHS["en"].upper(), _ENGLISH_SHORT, _ENGLISH_SHORT.upper()]
    names += [_MONTHS[language], _MONTHS[language].title()] if language in _MONTHS else []
    found = {name: i for line in names for i, name in enumerate(line.split(), start=1)}
    return found | {"Sept": 9, "SEPT": 9}


def _iso(parts: dict[str, str | None], habits: Habits) -> str | None:
    """The date in ISO 8601, or None where there is no such day."""
    year = parts.get("year")
    if decade := parts.get("decade"):
        return f"{decade}X"
    if quarter := parts.get("quarter"):
        return f"{year}-Q{quarter}"
    if parts.get("first"):
        return _numeric(parts, habits)
    month = _numbers(habits.language)[name] if (name := parts.get("name")) else parts.get("month")
    if month is None:
        return year
    first = _day(year, int(month), parts.get("day"))
    last = _day(year, int(month), parts.get("until"))
    return f"{first}/{last}" if first and parts.get("until") else first


def _numeric(parts: dict[str, str | None], habits: Habits) -> str | None:
    """A date of three numbers that ends in the year."""
    first, second, year = (str(parts[name]) for name in ("first", "second", "year"))
    if len(year) == 2:  # noqa: PLR2004  the other length is 4
        if parts["mark"] == "-" or (parts["mark"] == "." and habits.language == "en"):
            return None  # part of a longer number, or the number of a section
        year = f"{19 if int(year) >= _CENTURY_SPLIT else 20}{year}"
    day_first = habits.day_first or parts["mark"] == "."
    orders = [(second, first), (first, second)]
    for month, day in orders if day_first else reversed(orders):
        if found := _day(year, int(month), day):
            return found
    return None


def _day(year: str | None, month: int, day: str | None) -> str | None:
    """The date of a day, or of a month without one; None where the calendar has none such."""
    a_leap_year = 2000
    if not 1 <= month <= 12 or (year and int(year) == 0):  # noqa: PLR2004  months of a year
        return None
    if not day:
        return f"{year}-{month:02}" if year else None
    if not 1 <= int(day) <= monthrange(int(year or a_leap_year), month)[1]:
        return None
    return f"{year or '-'}-{month:02}-{int(day):02}"


def _clock(parts: dict[str, str | None]) -> str | None:
    """A time of day as HH:MM or HH:MM:SS; None for 15 p.m."""
    hour, half = int(str(parts["hour"])), (parts.get("half") or "").lower()
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004  hours of half a day
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    times = [f"{hour:02}", parts.get("minute") or "00", parts.get("second")]
    return ":".join(time for time in times if time)
