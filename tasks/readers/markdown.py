"""Markdown (CommonMark with tables), as the text that a reader sees."""

import itertools
import re
from collections.abc import Iterator, Sequence
from io import BufferedReader
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from tasks.readers import dates
from tasks.readers.encodings import decode
from tasks.readers.record import Record, dated, whole
from tasks.readers.text import clean

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*$\r?\n?", re.DOTALL | re.MULTILINE
)
_FIELD = re.compile(r"^([\w-]+):[ \t]+(.+?)[ \t\r]*$", re.MULTILINE)
_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL)
_BREAKS = {"paragraph_close": "\n\n", "heading_close": "\n\n", "tr_close": "\n", "hr": "\n"}
_CLOSED = {"table_close", "bullet_list_close", "ordered_list_close"}


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: the text without its markup; title, author and date from the front matter."""
    from markdown_it import MarkdownIt

    source, encoding = decode(whole(stream, config))
    fields, body = _front_matter(source)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body)
    published_at = dates.parse(fields.get("date", ""), day_first=config.day_first)
    yield Record(
        plain(tokens),
        title=fields.pop("title", "") or _heading(tokens),
        author=fields.pop("author", ""),
        published_at=published_at,
        published_from=dated(published_at, "front_matter"),
        encoding=encoding,
        metadata={k: clean(v) for k, v in fields.items() if not (k == "date" and published_at)},
    )


def plain(tokens: Sequence["Token"]) -> str:
    """The text of block tokens: a blank line after a paragraph, one line a list item or row."""
    parts: list[str] = []
    for token in tokens:
        if token.type == "inline":
            parts.append(_inline(token.children or ()))
        elif token.type in {"fence", "code_block"}:
            parts.append(token.content + "\n")
        elif token.type == "html_block":
            parts.append(_TAG.sub("", token.content) + "\n")
        elif token.type in {"td_close", "th_close"}:
            parts.append("\t")
        elif token.type in _CLOSED:
            parts.append("\n")
        else:
            parts.append(
                "\n" if token.hidden and token.nesting < 0 else _BREAKS.get(token.type, "")
            )
    return "".join(parts)


def _inline(children: Sequence["Token"]) -> str:
    """The text of a paragraph; an image gives its description, a tag nothing."""
    breaks = {"softbreak": " ", "hardbreak": "\n", "html_inline": ""}
    return "".join(breaks.get(token.type, token.content) for token in children)


def _heading(tokens: Sequence["Token"]) -> str:
    """The first heading of the first level."""
    pairs = itertools.pairwise(tokens)
    return next(
        (_inline(b.children or ()) for a, b in pairs if a.tag == "h1" and a.nesting > 0), ""
    )


def _front_matter(source: str) -> tuple[dict[str, str], str]:
    """The simple fields (`key: value`) of the front matter, and the text after it."""
    if not (match := _FRONT_MATTER.match(source)):
        return {}, source
    fields = {key.lower(): value.strip("\"'") for key, value in _FIELD.findall(match[1])}
    return fields, source[match.end() :]
