"""Rules for entities, all of them together."""

import pytest

from tasks.entity_rules import canonical, find
from tasks.mentions import Habits, Mention, kept

HOSTILE = (
    "1", "1-", "1,", "111,", "111 ", "1.", "1 to ", "one ", "5 million ", "$", "$1", "12:", "in 19",
    "March ", "Monday, ", "(", "+1 ", "http://a.b/x", "http://a.b/(", "a@", "www.", "\n", "5  ",
)  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    """Many thousand characters of the same piece are read; quadratic time would be minutes."""
    text = (piece * 40_000)[:40_000]

    mentions = kept(find(text, Habits()), len(text))

    assert all(mention.end - mention.start <= 100 for mention in mentions)


def test_the_longest_of_those_that_overlap_is_kept() -> None:
    """Rules come before the model, whatever their length."""
    by_model = Mention(0, 30, "ORG", "x", "model")
    apart = Mention(40, 42, "ORG", "y", "model")
    by_rule = [Mention(5, 9, "DATE", "2025"), Mention(2, 12, "MONEY", "USD 1")]

    assert kept([by_model, apart, *by_rule], 50) == [by_rule[1], apart]


@pytest.mark.parametrize(
    ("written", "label", "form"),
    [
        ("4 March 2025", "DATE", "2025-03-04"),
        ("last\n Tuesday", "DATE", "last tuesday"),
        ("about $5 million", "MONEY", "USD 5000000"),
    ],
)
def test_mentions_of_a_model_have_the_form_of_the_rules(
    written: str, label: str, form: str
) -> None:
    """Where the rules see nothing in them, they are folded to lower case."""
    assert canonical(written, label, Habits()) == form
