"""Dates as documents write them, to UTC."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

MAX_CHARS = 64
"""Longest text that is tried as a date."""
EPOCH_SECONDS = (10**9, 10**10)
"""Numbers taken for seconds since 1970: September 2001 to 2286; a thousandfold for milliseconds."""
YEARS = (1450, 2100)
"""Years that are believed: from printing on, and none that a typing error puts far ahead."""
_EPOCH = re.compile(r"\d{10,13}")
_PDF = re.compile(r"D:(\d{4,14})(?:([+-])(\d\d)'?(\d\d)?'?|Z.*)?$")
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # what a date leaves out is filled in from these two
_SECOND = datetime(2001, 2, 1, tzinfo=UTC)


def parse(value: object, *, day_first: bool = False) -> datetime | None:
    """The time that `value` says, in UTC; None where it says none.

    Takes times, dates, seconds or milliseconds since 1970, and texts. Without a zone it is UTC,
    without a day the first of the month; without year and month it is no date. `day_first` decides
    where a text could mean two days; a year far from ours is a mistake, and no date.
    """
    try:
        return _parsed(value, day_first=day_first)
    except (ValueError, OverflowError, OSError):
        return None


def in_path(path: str, pattern: str) -> datetime | None:
    """The last date in a path, by a pattern with the groups year, month and day, in UTC."""
    found = list(re.finditer(pattern, path)) if pattern else []
    for match in reversed(found):
        parts = match.groupdict()
        year, month, day = (int(parts.get(each) or 1) for each in ("year", "month", "day"))
        try:
            return _utc(datetime(year, month, day, tzinfo=UTC))
        except ValueError:
            continue
    return None


def parse_header(value: str) -> datetime | None:
    """The time of an e-mail's Date header (RFC 5322), in UTC."""
    try:
        return _utc(parsedate_to_datetime(value))
    except (ValueError, OverflowError, IndexError, TypeError):
        return parse(value)


def parse_pdf(value: str) -> datetime | None:
    """The time of a PDF date such as D:20250131120000+01'00' (ISO 32000-1, 7.9.4), in UTC."""
    if not (match := _PDF.match(value.strip())):
        return parse(value)
    digits, sign, hours, minutes = match.groups()
    stamp = digits + "00000101000000"[len(digits) :]
    return parse(f"{stamp[:8]}T{stamp[8:]}" + (f"{sign}{hours}{minutes or '00'}" if sign else "Z"))


def _parsed(value: object, *, day_first: bool) -> datetime | None:
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return _utc(datetime(value.year, value.month, value.day, tzinfo=UTC))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value)
    text = value.strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= MAX_CHARS:
        return None
    return (
        _from_epoch(int(text)) if _EPOCH.fullmatch(text) else _from_text(text, day_first=day_first)
    )


def _from_epoch(number: float) -> datetime | None:
    low, high = EPOCH_SECONDS
    seconds = number if number < high else number / 1000
    return datetime.fromtimestamp(seconds, UTC) if low <= seconds < high else None


def _from_text(text: str, *, day_first: bool) -> datetime | None:
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError:
        from dateutil import parser

        times = [
            parser.parse(text, default=d, tzinfos=_zone, dayfirst=day_first)
            for d in (_FIRST, _SECOND)
        ]
    first, second = times
    return _utc(first) if (first.year, first.month) == (second.year, second.month) else None


def _zone(_name: str, offset_s: int | None) -> int:
    """Offset of a named zone in seconds: names are ambiguous, so only a written offset counts."""
    return offset_s or 0


def _utc(at: datetime) -> datetime:
    if not YEARS[0] <= at.year < YEARS[1]:
        raise ValueError(f"the year {at.year}")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
