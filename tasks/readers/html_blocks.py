"""All text of a piece of HTML that holds nothing but content: a chapter, an entry of a feed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_UNSEEN = {"script", "style", "template", "noscript", "head", "svg", "iframe", "object"}
BLOCKS = set(
    """address article aside blockquote body br caption dd details div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tr
    ul""".split()  # noqa: SIM905  # a list of forty strings reads worse
)
_CELLS = {"td", "th"}


def lines(markup: str) -> Iterator[str]:
    """The text, a line a block or row of a table; cells of a row are parted by tabs."""
    from tasks.readers.html_tree import parse

    tree, _ = parse(markup)
    if tree is not None:
        yield from lines_of(tree)


def lines_of(root: "HtmlElement") -> Iterator[str]:
    """The same of a tree or an element of one, without what follows it."""
    from lxml import etree

    line: list[str] = []
    skipped = None
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        start, tag = event == "start", element.tag if isinstance(element.tag, str) else ""
        if start and tag in _UNSEEN and skipped is None:
            skipped = element
        if skipped is None and tag in BLOCKS:
            yield from _joined(line)
            line.clear()
        if skipped is None and start and tag in _CELLS and any(map(str.strip, line)):
            line.append("\t")
        if skipped is None and start:
            line.append(element.text or "")
        if skipped is element and event == "end":
            skipped = None
        if skipped is None and not start and element is not root:
            line.append(element.tail or "")
    yield from _joined(line)


def _joined(pieces: list[str]) -> Iterator[str]:
    """The pieces as one line, if there is text in them; tabs are kept, other space is made one."""
    cells = "".join(each if each == "\t" else each.replace("\t", " ") for each in pieces)
    text = "\t".join(" ".join(cell.split()) for cell in cells.split("\t"))
    if text.strip():
        yield text
