"""Headers, footers and page numbers."""

from collections.abc import Callable

import pytest

from tasks.readers.pdf_lines import Line, Page
from tasks.readers.pdf_running import without_running


def page(header: str, footer: str, *, gap: float = 40) -> Page:
    lines = [
        Line(f"text {n} of {header}{footer}", 72, 740 - gap - 14 * n, 500, 12) for n in range(9)
    ]
    top = [Line(header, 72, 740, 200, 12)] if header else []
    bottom = [Line(footer, 300, 40, 320, 12)] if footer else []
    return Page([*top, *lines, *bottom], 0, 800)


def dropped(pages: list[Page]) -> list[list[str]]:
    kept, _ = without_running(pages)
    return [
        [line.text for line in old.lines if line not in new]
        for old, new in zip(pages, kept, strict=True)
    ]


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda n: ("The report", ""), ["The report"]),
        (lambda n: ("", str(n + 7)), ["7"]),
        (lambda n: ("", f"- {n + 7} -"), ["- 7 -"]),
        (lambda n: ("", f"Page {n + 1} of 6"), ["Page 1 of 6"]),
        (lambda n: (f"Chapter 2 · {n + 10}", ""), ["Chapter 2 · 10"]),
        (lambda n: (("On the left", "On the right")[n % 2], ""), ["On the left", "On the right"]),
        (lambda n: (f"Total of {n * n} pieces", ""), []),
        (lambda n: ("", str(2 * n)), []),
        (lambda n: ("", "2015"), []),
        (lambda n: (f"Chapter {'abcdef'[n]}", ""), []),
    ],
)
def test_what_runs(write: Callable[[int], tuple[str, str]], expected: list[str]) -> None:
    """The same words at the same place, and numbers that count the pages."""
    pages = [page(*write(number)) for number in range(6)]

    kept, running = without_running(pages)

    assert running == expected
    assert sum(map(len, kept)) == sum(len(p.lines) for p in pages) - 6 * bool(expected)


def test_headers_that_change_with_the_chapter() -> None:
    """Three pages of one are enough."""
    pages = [page(f"Chapter {'abc'[n // 3]}", "") for n in range(9)]

    assert dropped(pages) == [[f"Chapter {'abc'[n // 3]}"] for n in range(9)]


def test_the_first_lines_of_the_text_are_none() -> None:
    """A space parts a header from the text."""
    assert dropped([page("The same", "", gap=14)] * 6) == [[]] * 6


def test_one_line_twice_is_no_header() -> None:
    assert dropped([page("The same", ""), page("The same", "")]) == [[], []]


def test_page_numbers_of_two_pages() -> None:
    assert dropped([page("", "1"), page("", "2")]) == [["1"], ["2"]]


def test_a_page_keeps_a_line() -> None:
    """What is all that a page has is its text."""
    pages = [Page([Line(str(n), 300, 40, 320, 12)], 0, 800) for n in range(3)]

    assert dropped(pages) == [[], [], []]
