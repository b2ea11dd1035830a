"""Entities that are found by rules, in every language: how they are written is what they are."""

from collections.abc import Iterator

from tasks import addresses, amounts, dates
from tasks.mentions import Habits, Mention


def find(text: str, habits: Habits) -> Iterator[Mention]:
    """Every DATE, TIME, MONEY, PERCENT, QUANTITY, EMAIL, URL and PHONE; some may overlap."""
    yield from dates.find(text, habits)
    yield from amounts.find(text, habits)
    yield from addresses.find(text, habits)


def canonical(written: str, label: str, habits: Habits) -> str:
    """The form to count by of a mention that a model found.

    It is that of the rules where they see the same; otherwise the text in lower case.
    """
    for mention in find(written, habits):
        if mention.label == label:
            return mention.canonical
    return " ".join(written.lower().split())
