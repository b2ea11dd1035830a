"""Windows over the pieces of a text."""

import pytest

from tasks.windows import Span, windows


@pytest.mark.parametrize(
    ("text", "size", "found"),
    [
        ("", 3, []),
        ("ab cd", 3, ["ab cd"]),
        ("ab cd ef gh", 3, ["ab cd ef", "gh"]),
        ("ab cd. ef gh", 3, ["ab cd.", "ef gh"]),
        ("ab. cd ef gh ij", 4, ["ab. cd ef gh", "ij"]),
        ("ab cd.” ef gh", 3, ["ab cd.”", "ef gh"]),
        ("abcdef", 2, ["abcd", "ef"]),
    ],
)
def test_cuts_where_a_reader_would(text: str, size: int, found: list[str]) -> None:
    """After a sentence in the second half, else between words, else anywhere."""
    spans = windows(text, pieces(text), size)

    assert [text[start:end] for start, end in spans] == found


def test_keeps_a_character_whole() -> None:
    """Pieces of one character share its span, and its window."""
    pieces_of_it = [(0, 1), (1, 2), (1, 2)]

    assert list(windows("aé", pieces_of_it, 2)) == [(0, 1), (1, 2)]


def test_a_character_may_fill_more_than_a_window() -> None:
    """It is cut where nothing else helps."""
    assert list(windows("é", [(0, 1)] * 3, 2)) == [(0, 1), (0, 1)]


def pieces(text: str) -> list[Span]:
    """A piece for two letters or less; those of a word touch, and marks belong to it."""
    if " " not in text:
        return [(i, i + 2) for i in range(0, len(text), 2)]
    starts = [i for i, c in enumerate(text) if c != " " and (i == 0 or text[i - 1] == " ")]
    return [(i, min((text + " ").index(" ", i), len(text))) for i in starts]
