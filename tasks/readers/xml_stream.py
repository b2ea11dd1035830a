"""XML read piece by piece: however large it is, little of it is held as a tree.

A tree takes up to 36 times the bytes of its XML; here only the element that is being read is one.
The rules are those of `office.tree`: no DTD is loaded, no entity declared, nothing fetched.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from schemas.errors import DocumentRejected
from tasks.readers import office

if TYPE_CHECKING:
    from lxml.etree import XMLParser, _Element

_CHUNK_CHARS = 2**16
MAX_DEPTH = 256
"""Elements in one another, as libxml2 allows in a tree."""


def lines(text: str) -> list[str]:
    """The text between tags, a line an element; space is made single."""
    from lxml import etree

    found = _Lines()
    parser = etree.XMLParser(
        target=found, resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8"
    )
    for _ in _fed(text, parser):
        pass
    return found.close()


def elements(text: str, wanted: Callable[["_Element"], bool]) -> Iterator["_Element"]:
    """Each element that is wanted, whole, and gone once the next is asked for.

    What a damaged text still holds is taken. Raises `DocumentRejected` where one is larger than
    `office.MAX_PART_BYTES`.
    """
    from lxml import etree

    parser = etree.XMLPullParser(
        events=("start", "end"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        encoding="utf-8",
    )
    inside = held = 0
    for size in _fed(text, parser):
        for event, element in parser.read_events():
            if wanted(element):
                inside += 1 if event == "start" else -1
                if event == "end":
                    yield element
            if event == "end" and not inside:
                _forget(element)
        held = held + size if inside else 0
        if held > office.MAX_PART_BYTES:
            message = f"an entry of more than {office.MAX_PART_BYTES} characters; split it"
            raise DocumentRejected("too_large", message)


def _forget(element: "_Element") -> None:
    """Drop what an element holds, and what came before it under the same parent."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent is not None and parent[0] is not element:
        del parent[0]


def _fed(text: str, parser: "XMLParser") -> Iterator[int]:
    """Feed a text to a parser, with a stop after each chunk and at the end; characters of each.

    Raises `DocumentRejected` where the XML is not sound.
    """
    from lxml import etree

    sound = office.without_declaration(text)
    try:
        for at in range(0, len(sound), _CHUNK_CHARS):
            chunk = sound[at : at + _CHUNK_CHARS]
            parser.feed(chunk.encode())
            yield len(chunk)
        parser.close()
    except etree.XMLSyntaxError as error:
        raise DocumentRejected("broken", f"no sound XML: {error}") from error
    yield 0


class _Lines:
    """What a parser tells of a text, as lines."""

    def __init__(self) -> None:
        self._depth = 0
        self._lines: list[str] = []
        self._pieces: list[str] = []

    def data(self, text: str) -> None:
        """Text, or a part of it."""
        self._pieces.append(text)

    def start(self, _tag: str, _attributes: object) -> None:
        """The text before a tag ends. Raises `DocumentRejected` beyond `MAX_DEPTH`."""
        self._end_line()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise DocumentRejected("broken", f"more than {MAX_DEPTH} elements in one another")

    def end(self, _tag: str) -> None:
        """The text before a tag ends."""
        self._end_line()
        self._depth -= 1

    def comment(self, _text: str) -> None:
        """The text before a comment ends."""
        self._end_line()

    def pi(self, _target: str, _data: str | None = None) -> None:
        """The text before a processing instruction ends."""
        self._end_line()

    def close(self) -> list[str]:
        """All lines."""
        self._end_line()
        return self._lines

    def _end_line(self) -> None:
        if self._pieces:
            line = " ".join("".join(self._pieces).split())
            self._pieces.clear()
            if line:
                self._lines.append(line)
