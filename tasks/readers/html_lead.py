"""The lead of an article: prose under its heading that an extractor left out of the main content.

Extractors look for the element that holds most paragraphs. The lead often stands in another one,
beside the heading, and is lost with it.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tasks.readers import html_blocks

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MIN_CHARS, MAX_LINKED = 70, 0.2
"""A shorter block is no prose, nor is one of which a larger share is links: `length_low` and
`max_link_density` of jusText (Pomikálek 2011, Removing boilerplate and duplicate content)."""
RUN_WORDS = 5
"""Words in a row that tell whether two texts are the same, as in near-duplicates (Broder 1997)."""
_WORD = re.compile(r"\w+")
_ASIDE = {"aside", "dialog", "figure", "footer", "form", "nav", "table"}
_ASIDE_ROLES = {"alert", "banner", "complementary", "contentinfo", "dialog", "navigation", "search"}
_SENTENCE_ENDS = {"Po", "Pe", "Pf"}
"""Categories of Unicode: stops, closing brackets and quotes."""

Runs = dict[tuple[str, ...], int]
"""By their words, the line in which they first stand."""


def with_lead(text: str, tree: "HtmlElement") -> str:
    """The main content of a page with the prose that stands between its heading and its beginning.

    The heading is the last h1 before the first block of prose that is in the text; without one
    nothing is added.
    """
    lines = text.split("\n")
    known: Runs = {}
    for number, line in enumerate(lines):
        for run in _runs(line):
            known.setdefault(run, number)
    lead: list[str] = []
    headed = False
    for block, aside in _blocks(tree):
        if block.tag == "h1":
            headed = True
            lead.clear()
            continue
        prose = _prose(block)
        first = _line_of(prose, known)
        if first is not None:
            return "\n".join([*lines[:first], *lead, *lines[first:]])
        if headed and not aside and _is_sentence(prose):
            lead.append(prose)
    return text


def _blocks(tree: "HtmlElement") -> "Iterator[tuple[HtmlElement, bool]]":
    """Headings, and blocks that hold no others; and whether they stand beside the content."""
    from lxml.etree import iterwalk

    asides: list[HtmlElement] = []
    latest = None
    for event, element in iterwalk(tree, events=("start", "end")):
        if event == "start" and _is_aside(element):
            asides.append(element)
        if event == "start" and element.tag in html_blocks.BLOCKS:
            latest = element
        if (event == "end" or element.tag == "h1") and element is latest:
            yield element, bool(asides)
        if event == "end" and asides and asides[-1] is element:
            asides.pop()


def _is_aside(element: "HtmlElement") -> bool:
    return element.tag in _ASIDE or element.get("role") in _ASIDE_ROLES


def _prose(block: "HtmlElement") -> str:
    """The text of a block on one line; empty where it is too short or mostly links."""
    text = " ".join(html_blocks.lines_of(block))
    if len(text) < MIN_CHARS:
        return ""
    linked = sum(len(part.strip()) for part in block.xpath(".//text()[ancestor::a]"))
    return text if linked <= MAX_LINKED * len(text) else ""


def _is_sentence(text: str) -> bool:
    return unicodedata.category(text[-1:] or " ") in _SENTENCE_ENDS


def _line_of(prose: str, known: Runs) -> int | None:
    """The line in which a block begins; None where the lines hold less than half of it."""
    runs = _runs(prose)
    found = [known[run] for run in runs if run in known]
    return min(found) if found and 2 * len(found) >= len(runs) else None


def _runs(text: str) -> list[tuple[str, ...]]:
    """All words in a row, of so many or as many as there are; soft hyphens do not count."""
    words = _WORD.findall(text.replace("\xad", "").lower())
    size = min(RUN_WORDS, len(words))
    return [tuple(words[at : at + size]) for at in range(len(words) - size + 1)] if words else []
