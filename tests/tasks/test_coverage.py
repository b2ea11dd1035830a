"""The share of a text that spans hold."""

import pytest

from tasks.coverage import share


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("one two", [(0, 7)], 1.0),
        ("one two", [(0, 3)], 0.5),
        ("one two", [(0, 3), (4, 7)], 1.0),
        ("one two", [(0, 5), (3, 5)], 4 / 6),
        ("one two", [], 0.0),
        ("", [], 1.0),
        (" \n", [], 1.0),
    ],
)
def test_counts_each_visible_character_once(
    text: str, spans: list[tuple[int, int]], expected: float
) -> None:
    """White space does not count, and overlapping spans do not count twice."""
    assert share(text, spans) == pytest.approx(expected)
