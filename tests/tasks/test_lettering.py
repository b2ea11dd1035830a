"""Words of letters alone, in any script."""

import pyarrow as pa
import pytest

from tasks.lettering import is_lettered, lettered, long_enough


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("budget", True),
        ("été", True),
        ("समाचार", True),
        ("งบประมาณ", True),
        ("预算", True),
        ("a1", False),
        ("e-mail", False),
        ("", False),
        ("2025", False),
        ("。", False),
    ],
)
def test_lettered(word: str, expected: bool) -> None:  # noqa: FBT001  # a table
    """Signs that belong to letters count with them; one by one and in a column."""
    assert is_lettered(word) == expected
    assert lettered(pa.array([word, "x"])).to_pylist() == [expected, True]


def test_long_enough() -> None:
    """Three letters of an alphabet, two of a script in which they are a word."""
    words = pa.array(["ab", "abc", "预算", "预", "시장", "ที่", "да", "дом"])

    assert long_enough(words).to_pylist() == [False, True, True, False, True, True, False, True]
