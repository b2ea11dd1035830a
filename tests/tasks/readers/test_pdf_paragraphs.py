"""Lines to paragraphs, and broken words to whole ones."""

import pytest

from tasks.readers.pdf_lines import Line
from tasks.readers.pdf_paragraphs import text_of

WIDTH, HEIGHT, LEADING = 300.0, 12.0, 14.0


def line(text: str, row: float, *, length: float | None = None, left: float = 72) -> Line:
    """A line; 2.2 characters a line height unless its length is given, and `~` for a cut."""
    text, cut = text.removesuffix("~"), text.endswith("~")
    length = len(text) * HEIGHT / 2.2 if length is None else length
    return Line(text, left, 700 - LEADING * row, left + length, HEIGHT, cut)


def full(*texts: str) -> list[Line]:
    """Lines that each fill the width, one under the other."""
    length = max(len(text) for text in texts) * HEIGHT / 2.2
    return [line(text, row, length=length) for row, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["a line that the reader~", "ship liked"], "a line that the readership liked"),
        (["price of a Lucene~", "BM25 system it is"], "price of a Lucene-BM25 system it is"),
        (["years from 1990~", "2000 were long ones"], "years from 1990-2000 were long ones"),
        (["in WAR~", "SAW they met all day long"], "in WARSAW they met all day long"),
        (["it was Jean~", "Paul who came along"], "it was Jean-Paul who came along"),
        (
            ["a dual-encoder and a dual~", "encoder again it was"],
            "a dual-encoder and a dual-encoder again it was",
        ),
        (
            ["the high walls of dimensional rooms: high~", "dimensional they are, all of them"],
            "the high walls of dimensional rooms: high-dimensional they are, all of them",
        ),
        (["these are soft\xad", "ened ends that join"], "these are softened ends that join"),
        (["sea shells and a hyphen-", "ated word not marked"],
         "sea shells and a hyphenated word not marked"),
        (["a dash that ends a line -", "and what follows it"],
         "a dash that ends a line - and what follows it"),
        (["これは日本語の文章です、ここで", "行が終わり、また続きます。これで"],
         "これは日本語の文章です、ここで行が終わり、また続きます。これで"),
        (["무이자할부 다이어트할부 할인이", "적용된 일시불 및 할부 이용금액"],
         "무이자할부 다이어트할부 할인이 적용된 일시불 및 할부 이용금액"),
    ],
)  # fmt: skip
def test_words_at_line_ends(texts: list[str], expected: str) -> None:
    """A hyphen that only broke a word goes; one that belongs to it stays."""
    text, _ = text_of([full(*texts)])

    assert text == expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (line("Next it says that all is well.", 1), " "),
        (line("Next it says that all is well.", 1, left=90), "\n\n"),
        (line("Next it says that all is well.", 3), "\n\n"),
        (line("• Next it says that all is well", 1), "\n\n"),
        (line("2.1 Next it says that all is well", 1), "\n\n"),
        (line("Next    11    12", 1, length=WIDTH), "\n\n"),
        (line("Next it says that all is well.", 1)._replace(height=24), "\n\n"),
    ],
)
def test_where_paragraphs_end(second: Line, expected: str) -> None:
    """At an indent, a space, a bullet, a row of a table, another size."""
    above = [
        line("A line that is there to say how far apart lines are here,", -1, length=WIDTH),
        line("and a long line of which the next may be the end.", 0, length=WIDTH),
    ]

    text, _ = text_of([[*above, second]])

    assert text == f"{above[0].text} {above[1].text}{expected}{second.text}"


def test_short_lines_stay_lines() -> None:
    """The next word would have fitted, so their writer ended them."""
    texts = ["Milk and bread", "Two pounds of the very best butter", "Eggs", "Flour, all of it"]

    text, _ = text_of([[line(text, row) for row, text in enumerate(texts)]])

    assert text == "\n".join(texts)


@pytest.mark.parametrize(
    ("last", "first", "expected"),
    [
        ("and it was all about a bridge that", "was built by hand", " "),
        ("and it was all about a bridge build~", "ing by hand and more", ""),
        ("and it was all about a bridge.", "was built by hand", "\n\n"),
        ("and it was all about a bridge that", "Was built by hand", "\n\n"),
    ],
)
def test_paragraphs_cross_pages(last: str, first: str, expected: str) -> None:
    """Where a sentence surely goes on; each page begins where it says."""
    text, starts = text_of([[line(last, 40)], [], [line(first, 0)]])

    assert text == last.removesuffix("~") + expected + first
    assert [text[start:] for start in starts] == [text, text[len(last.removesuffix("~")) :], first]


def test_no_pages() -> None:
    assert text_of([]) == ("", ())
    assert text_of([[], []]) == ("", (0, 0))
