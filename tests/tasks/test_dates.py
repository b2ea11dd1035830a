"""Dates and times of day."""

import pytest

from tasks.dates import find
from tasks.mentions import Habits, habits, kept


def found(text: str, its: Habits) -> list[tuple[str, str]]:
    """What is found, the longest of those that overlap, with its form to count by."""
    mentions = kept(find(text, its), len(text))
    return [(text[mention.start : mention.end], mention.canonical) for mention in mentions]


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("2025-03-04", "2025-03-04"),
        ("2025/3/4", "2025-03-04"),
        ("03/04/2025", "2025-03-04"),
        ("13/04/2025", "2025-04-13"),
        ("3/4/25", "2025-03-04"),
        ("3/4/87", "1987-03-04"),
        ("04.03.2025", "2025-03-04"),
        ("March 4, 2025", "2025-03-04"),
        ("Tuesday, 4 March 2025", "2025-03-04"),
        ("4th of March 2025", "2025-03-04"),
        ("26-FEB-1987", "1987-02-26"),
        ("Sept. 5", "--09-05"),
        ("5 May", "--05-05"),
        ("Feb 29", "--02-29"),
        ("March 2025", "2025-03"),
        ("March 3-5, 2025", "2025-03-03/2025-03-05"),
        ("28–29 June 2021", "2021-06-28/2021-06-29"),
        ("1990s", "199X"),
        ("Q3 2025", "2025-Q3"),
        ("2025年3月4日", "2025-03-04"),
        ("14:05", "14:05"),
        ("14:05:59", "14:05:59"),
        ("5 pm", "17:00"),
        ("12:30 a.m.", "00:30"),
        ("3.30 pm", "15:30"),
    ],
)
def test_english_dates_and_times(written: str, canonical: str) -> None:
    """They are found whole, between other words and at the end of a sentence."""
    assert found(f"It was {written} then.", Habits()) == [(written, canonical)]
    assert found(f"It was {written}.", Habits()) == [(written, canonical)]


@pytest.mark.parametrize(
    ("text", "language", "pairs"),
    [
        (
            "am 4. März 2025 um 14.30 Uhr",
            "de",
            [("4. März 2025", "2025-03-04"), ("14.30 Uhr", "14:30")],
        ),
        (
            "le 1er juin 2025 à 14 h 30",
            "fr",
            [("1er juin 2025", "2025-06-01"), ("14 h 30", "14:30")],
        ),
        ("el 4 de marzo de 2025", "es", [("4 de marzo de 2025", "2025-03-04")]),
        ("03/04/2025", "it", [("03/04/2025", "2025-04-03")]),
        ("desde 2019", "pt", [("2019", "2019")]),
        ("4. März 2025", "en", []),
    ],
)
def test_other_languages(text: str, language: str, pairs: list[tuple[str, str]]) -> None:
    """Months have the names of the document's language, and the day comes first."""
    assert found(text, habits(language, day_first=False, region="US")) == pairs


def test_the_day_comes_first_where_it_is_set() -> None:
    """The setting decides for English what the numbers do not."""
    assert found("03/04/2025", Habits(day_first=True)) == [("03/04/2025", "2025-04-03")]


@pytest.mark.parametrize(
    "text",
    ["10.5.2", "10.0.0.1", "30 February 2025".replace("2025", ""), "may 5 people", "16:90",
     "15 pm", "555-01-22", "in 2000%", "2025-13-01", "1/2", "0000-01-01"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    """Versions, addresses, ratios and days that no calendar has."""
    assert found(text, Habits()) == []


def test_a_year_is_found_after_a_word_that_tells() -> None:
    """The word is no part of the mention."""
    assert found("born in 1998, room 1998", Habits()) == [("1998", "1998")]


def test_a_time_stamp_is_a_date_and_a_time() -> None:
    """As ISO 8601 writes them, with a T between and a zone after."""
    assert found("2025-03-04T10:15:30Z", Habits()) == [
        ("2025-03-04", "2025-03-04"),
        ("10:15:30", "10:15:30"),
    ]
