"""Names to count by."""

import pytest

from tasks.canonical import name, resolved
from tasks.mentions import Mention


@pytest.mark.parametrize(
    ("written", "label", "canonical"),
    [
        ("the  New\nYork Times", "ORG", "New York Times"),
        ("THE BANK OF ENGLAND'S", "ORG", "Bank of England"),
        ("NASA", "ORG", "NASA"),
        ("LONDON", "LOC", "London"),
        ("USA", "LOC", "USA"),
        ("U.S.A.", "LOC", "U.S.A."),
        ("Mr. John SMITH’s", "PERSON", "John Smith"),
        ("JFK", "PERSON", "JFK"),
        ("JEAN-LUC O'NEIL", "PERSON", "Jean-Luc O'Neil"),
        ("Jones'", "PERSON", "Jones"),
        ("President", "PERSON", "President"),
        ("The", "ORG", "The"),
    ],
)
def test_names_are_made_regular(written: str, label: str, canonical: str) -> None:
    """Blanks, articles, possessives, titles and capitals do not part what is one."""
    assert name(written, label) == canonical


@pytest.mark.parametrize(
    ("label", "names", "canonical"),
    [
        ("PERSON", ["John Smith", "Smith", "John"], ["John Smith"] * 3),
        ("PERSON", ["John Smith", "Ann Smith", "Smith"], ["John Smith", "Ann Smith", "Smith"]),
        ("PERSON", ["John A Smith", "John", "John A"], ["John A Smith"] * 3),
        ("PERSON", ["John Smith", "Smithson"], ["John Smith", "Smithson"]),
        ("LOC", ["New York", "York"], ["New York", "York"]),
        ("ORG", ["World Health Organization", "WHO"], ["World Health Organization"] * 2),
        ("ORG", ["Bank of England", "BE", "Bank"], ["Bank of England"] * 2 + ["Bank"]),
    ],
)
def test_short_names_stand_for_the_one_long_name(
    label: str, names: list[str], canonical: list[str]
) -> None:
    """A part of a person's name or an acronym, where it is clear whose."""
    mentions = [Mention(i, i + 1, label, written) for i, written in enumerate(names)]

    assert [mention.canonical for mention in resolved(mentions)] == canonical
