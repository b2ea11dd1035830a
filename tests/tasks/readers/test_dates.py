"""Dates as documents write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from schemas.config import DATE_IN_PATH, IngestConfig
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


@pytest.mark.parametrize(
    ("day_first", "expected"),
    [(False, datetime(2025, 3, 4, tzinfo=UTC)), (True, datetime(2025, 4, 3, tzinfo=UTC))],
)
def test_a_setting_decides_what_is_ambiguous(
    day_first: bool,  # noqa: FBT001  # a table
    expected: datetime,
) -> None:
    """An ISO date never is."""
    assert dates.parse("03/04/2025", day_first=day_first) == expected
    assert dates.parse("2025-03-04", day_first=day_first) == datetime(2025, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize("value", ["0001-01-01", "9999-12-31", "1 January 3025", date(1, 1, 1)])
def test_years_far_from_ours_are_mistakes(value: object) -> None:
    """They would stretch every timeline."""
    assert dates.parse(value) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("news/2024-05-06.txt", datetime(2024, 5, 6, tzinfo=UTC)),
        ("2024/05/06/story.html", datetime(2024, 5, 6, tzinfo=UTC)),
        ("report_20240506_final.pdf", datetime(2024, 5, 6, tzinfo=UTC)),
        ("2023-01-01/2024_05_06.txt", datetime(2024, 5, 6, tzinfo=UTC)),
        ("box.zip#2024.05.06.txt", datetime(2024, 5, 6, tzinfo=UTC)),
        ("2024-02-31.txt", None),
        ("1234202405067.txt", None),
        ("2024-0506.txt", None),
        ("1824-05-06.txt", None),
        ("notes.txt", None),
    ],
)
def test_a_path_may_hold_a_date(path: str, expected: datetime | None) -> None:
    """The last one counts; digits of a longer number are none."""
    assert dates.in_path(path, DATE_IN_PATH) == expected


def test_a_pattern_of_ones_own() -> None:
    """Month and day may be missing; an empty pattern finds nothing."""
    assert dates.in_path("y99/m2005.txt", r"m(?P<year>\d{4})") == datetime(2005, 1, 1, tzinfo=UTC)
    assert dates.in_path("2024-05-06.txt", "") is None


@pytest.mark.parametrize("pattern", ["(", r"\d{4}"])
def test_a_pattern_must_name_a_year(pattern: str) -> None:
    """It is refused before any work begins."""
    with pytest.raises(ValidationError, match="date_pattern"):
        IngestConfig(date_pattern=pattern)
