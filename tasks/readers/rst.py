"""reStructuredText, through docutils: nothing included, nothing raw, no configuration read."""

from collections.abc import Iterator
from functools import cache
from io import BufferedReader
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from tasks.readers import dates
from tasks.readers.encodings import decode
from tasks.readers.record import Record, dated, whole

if TYPE_CHECKING:
    from docutils.frontend import Values
    from docutils.nodes import Element, document

SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 5,
    "warning_stream": False,
    "line_length_limit": 1_000_000,
    "smart_quotes": False,
    "syntax_highlight": "none",
}


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: titles, paragraphs, literal blocks and rows of tables, without the markup."""
    from docutils import nodes
    from docutils.core import publish_doctree

    source, encoding = decode(whole(stream, config))
    tree = publish_doctree(source, settings=_defaults().copy())
    published_at = dates.parse(_field(tree, nodes.date))
    yield Record(
        "\n".join(_lines(tree)),
        title=_field(tree, nodes.title),
        author=_field(tree, nodes.author),
        published_at=published_at,
        published_from=dated(published_at, "metadata"),
        encoding=encoding,
    )


@cache
def _defaults() -> "Values":
    """Settings as docutils has them, and ours; made once, for it takes as long as a short text."""
    from docutils.frontend import get_default_settings
    from docutils.parsers.rst import Parser
    from docutils.readers.standalone import Reader
    from docutils.writers.pseudoxml import Writer

    values = get_default_settings(Parser, Reader, Writer)
    vars(values).update(SETTINGS)
    return values


def _field(tree: "document", kind: "type[Element]") -> str:
    """The text of the first node of a kind."""
    return next((node.astext() for node in tree.findall(kind)), "")


def _lines(tree: "document") -> Iterator[str]:
    """The text of each block; what a directive unknown here holds is taken as it is written."""
    from docutils import nodes

    unseen = (nodes.comment, nodes.substitution_definition, nodes.target, nodes.docinfo)
    for node in tree.findall(nodes.Element):
        held = {type(each) for each in _above(node)}
        if isinstance(node, nodes.row) and nodes.entry not in held:
            cells = (" ".join(cell.astext().split()) for cell in node.children)
            yield "\t".join(cells)
            continue
        if nodes.entry in held or held & set(unseen) or isinstance(node, unseen):
            continue
        if nodes.system_message in held and not isinstance(node, nodes.literal_block):
            continue
        if isinstance(node, nodes.TextElement) and not any(
            issubclass(kind, nodes.TextElement) for kind in held
        ):
            yield node.astext()


def _above(node: "Element") -> "Iterator[Element]":
    """The nodes that hold a node."""
    above = node.parent
    while above is not None:
        yield above
        above = above.parent
