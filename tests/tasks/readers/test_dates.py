"""Dates as documents write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tasks.readers import dates


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-03-14", datetime(2025, 3, 14, tzinfo=UTC)),
        ("2025-03-14T08:15:00+02:00", datetime(2025, 3, 14, 6, 15, tzinfo=UTC)),
        ("2025-03-14 08:15", datetime(2025, 3, 14, 8, 15, tzinfo=UTC)),
        ("14 March 2025", datetime(2025, 3, 14, tzinfo=UTC)),
        ("March 2025", datetime(2025, 3, 1, tzinfo=UTC)),
        ("20250314", datetime(2025, 3, 14, tzinfo=UTC)),
        (date(2025, 3, 14), datetime(2025, 3, 14, tzinfo=UTC)),
        (
            datetime(2025, 3, 14, 8, tzinfo=UTC).replace(tzinfo=None),
            datetime(2025, 3, 14, 8, tzinfo=UTC),
        ),
        (
            datetime(2025, 3, 14, 8, tzinfo=timezone(timedelta(hours=-5))),
            datetime(2025, 3, 14, 13, tzinfo=UTC),
        ),
        (1741910400, datetime(2025, 3, 14, tzinfo=UTC)),
        ("1741910400000", datetime(2025, 3, 14, tzinfo=UTC)),
    ],
)
def test_parse(value: object, expected: datetime | None) -> None:
    """Times come out aware and in UTC; without a zone they are UTC."""
    assert dates.parse(value) == expected


@pytest.mark.parametrize(
    "value", ["", "yesterday", "10:30", "14", "2025-99-99", "9" * 40, "x" * 1000, 7, None, True, []]
)
def test_parse_nothing(value: object) -> None:
    """What is no date gives none; today never fills in what is missing."""
    assert dates.parse(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("D:20260112090000+01'00'", datetime(2026, 1, 12, 8, tzinfo=UTC)),
        ("D:20260112090000Z", datetime(2026, 1, 12, 9, tzinfo=UTC)),
        ("D:20260112", datetime(2026, 1, 12, tzinfo=UTC)),
        ("12 January 2026", datetime(2026, 1, 12, tzinfo=UTC)),
        ("", None),
    ],
)
def test_parse_pdf(value: str, expected: datetime | None) -> None:
    """PDF dates have a form of their own."""
    assert dates.parse_pdf(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Fri, 05 Sep 2025 16:42:10 +0200", datetime(2025, 9, 5, 14, 42, 10, tzinfo=UTC)),
        ("Fri, 05 Sep 2025 16:42:10 EST", datetime(2025, 9, 5, 21, 42, 10, tzinfo=UTC)),
        ("2025-09-05", datetime(2025, 9, 5, tzinfo=UTC)),
        ("soon", None),
        ("", None),
    ],
)
def test_parse_header(value: str, expected: datetime | None) -> None:
    """Headers of mails, as they should be and as they are."""
    assert dates.parse_header(value) == expected
