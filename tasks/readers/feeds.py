"""Feeds: RSS 0.9 to 2.0, RDF and Atom, one record an entry."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING

from tasks.readers import dates, html_blocks, xml_stream
from tasks.readers.record import Record, dated

if TYPE_CHECKING:
    from lxml.etree import _Element

_ROOT = re.compile(
    r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!doctype[^>]*>\s*)*<(?:\w+:)?(?:rss|rdf|feed)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_ENTRIES = {"item", "entry"}
_CONTENT = ("encoded", "content", "body", "description", "summary")
"""Elements that hold the text, the fullest first."""
_DATES = ("pubdate", "published", "date", "issued", "created", "updated", "modified")
_NAMES = ("guid", "id", "link")
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[a-zA-Z]\w*;")
_MARKUP = re.compile(r"<[a-zA-Z/!]|&#?\w+;")


def is_feed(text: str) -> bool:
    """Whether an XML text is a feed, by its first element."""
    return _ROOT.match(text.lstrip("\ufeff")) is not None


def entries(text: str, encoding: str = "") -> Iterator[Record]:
    """A record an entry, known by its id or link; what a damaged feed still holds is taken."""
    named = _NAMED.sub(lambda match: unescape(match[0]), text)  # HTML's names, which XML lacks
    taken: dict[str, int] = {}
    found = xml_stream.elements(named, lambda each: _name(each) in _ENTRIES)
    for number, entry in enumerate(found):
        record = _entry(entry)
        name = record.record or str(number)
        taken[name] = taken.get(name, 0) + 1
        unique = name if taken[name] == 1 else f"{name}#{taken[name]}"
        yield replace(record, record=unique, encoding=encoding)


def _entry(entry: "_Element") -> Record:
    """The record of an entry; where it has no content, its title is its text."""
    held: dict[str, _Element] = {}
    for child in entry:
        held.setdefault(_name(child), child)
    title = _plain(_value(held.get("title")))
    texts = (_plain(_value(held.get(name)), paragraphs=True) for name in _CONTENT)
    at = next((at for name in _DATES if (at := dates.parse_header(_value(held.get(name))))), None)
    link = held.get("link")
    url = "" if link is None else _value(link).strip() or link.get("href", "")
    return Record(
        max(texts, key=len) or title,
        record=next((name for key in _NAMES[:2] if (name := _value(held.get(key)).strip())), url),
        title=title,
        author=_author(held),
        published_at=at,
        published_from=dated(at, "metadata"),
        metadata={"url": url} if url else {},
    )


def _author(held: "dict[str, _Element]") -> str:
    """Who wrote an entry: dc:creator, RSS's author, or the name in Atom's."""
    for key in ("creator", "author"):
        if (found := held.get(key)) is not None:
            names = list(found.iter("{*}name"))
            return _value(names[0] if names else found).strip()
    return ""


def _name(element: "_Element") -> str:
    """The name of an element in small letters, without its namespace; empty for a comment."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _value(element: "_Element | None") -> str:
    """What an element holds; markup in it (Atom's xhtml) as markup."""
    from lxml import etree

    if element is None:
        return ""
    if len(element) == 0:
        return element.text or ""
    inner = (etree.tostring(each, encoding="unicode") for each in element)
    return (element.text or "") + "".join(inner)


def _plain(value: str, *, paragraphs: bool = False) -> str:
    """The text of a value; HTML in it through the reader of web pages' fragments."""
    if not _MARKUP.search(value):
        return value.strip()
    lines = list(html_blocks.lines(value))
    return "\n".join(lines) if paragraphs else " ".join(" ".join(lines).split())
