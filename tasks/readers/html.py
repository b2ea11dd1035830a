"""Web pages: the main content, without navigation."""

import re
from collections.abc import Iterator
from datetime import datetime
from io import BufferedReader
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from tasks.readers import dates, html_blocks, html_lead, html_tree
from tasks.readers.encodings import decode
from tasks.readers.record import Record, dated, whole
from tasks.readers.text import clean

if TYPE_CHECKING:
    from lxml.html import HtmlElement

DECLARATION_BYTES = 1024  # WHATWG HTML 13.2.3.2: where a page may declare its encoding
MAX_TAGS = 200_000
"""Tags of a page whose main content is looked for, which takes some 20 µs each; of a larger one all
text is given. The largest of 391 real pages has 20,000."""
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_TABLE_RULE = re.compile(r"^\|(?:---\|)+[ \t]*\n", re.MULTILINE)
_TABLE_ROW = re.compile(r"^\| (.*) \|[ \t]*$", re.MULTILINE)
_DATE_PLACES = "//meta | //link[@rel='canonical'] | //time | //script[contains(@type, 'json')]"
MAX_DATE_PLACES = 1_000
"""Elements that a date is looked for in: the first ones say it."""
MAX_DATE = "2100-01-01"
"""Latest date that is believed. The library takes today: a page would read otherwise tomorrow."""


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: the main content of the page, its title, author and date."""
    yield extract(*decoded(whole(stream, config)))


def decoded(data: bytes) -> tuple[str, str]:
    """The markup of a page, and the encoding that it was read in."""
    declared = _DECLARED.search(data[:DECLARATION_BYTES])
    return decode(data, declared[1].decode("ascii") if declared else None)


def extract(page: str, encoding: str = "") -> Record:
    """The record of a page or a piece of one.

    All text of the body where no main content is found, and where the page is too large or too
    deep to look for it.
    """
    tree, sound = html_tree.parse(page)
    if tree is None:
        return Record("", encoding=encoding)
    if page.count("<") <= MAX_TAGS and sound:
        return _main(tree, encoding)
    title = tree.findtext(".//title") or ""
    return Record(_all_text(tree), title=title, encoding=encoding)


def _main(tree: "HtmlElement", encoding: str) -> Record:
    """The record of a tree, its text that of the main content where there is one."""
    from trafilatura import bare_extraction
    from trafilatura.metadata import extract_metadata

    seen = html_tree.seen(tree)
    found = bare_extraction(seen, include_comments=False)
    text = "" if found is None or isinstance(found, dict) else _tabbed(found.text or "")
    text = html_lead.with_lead(text, seen) if text.strip() else _all_text(tree)
    published_at = _published(tree)
    params = {"extensive_search": False, "max_date": MAX_DATE}
    about = extract_metadata(tree, date_config=params, extensive=False)  # changes the tree
    metadata = {
        "site": about.sitename,
        "url": about.url,
        "description": about.description,
        "tags": ", ".join(about.tags or ()),
    }
    return Record(
        text,
        title=about.title or "",
        author="; ".join(_people(about.author, about.sitename, about.hostname)),
        published_at=published_at,
        published_from=dated(published_at, "html"),
        encoding=encoding,
        metadata={key: clean(value) for key, value in metadata.items() if value},
    )


def _all_text(tree: "HtmlElement") -> str:
    return "\n".join(html_blocks.lines_of(tree))


def _tabbed(text: str) -> str:
    """`text` with the rows of tables, which trafilatura marks with bars, parted by tabs."""
    bare = _TABLE_RULE.sub("", text)
    return _TABLE_ROW.sub(lambda row: row[1].replace(" | ", "\t"), bare)


def _people(authors: str | None, site: str | None, host: str | None) -> list[str]:
    """The authors, without the page's own host, and without its site where others are named.

    >>> _people("Daily Com; The Daily; Ann Lee", "The Daily", "daily.com")
    ['Ann Lee']
    """
    hosts = {_letters(host or ""), _letters(f"www.{host}")}
    names = [name for name in (authors or "").split("; ") if _letters(name) not in {"", *hosts}]
    return [name for name in names if _letters(name) != _letters(site or "")] or names


def _letters(name: str) -> str:
    return re.sub(r"\W", "", name).lower()


def _published(tree: "HtmlElement") -> datetime | None:
    """The date that the markup states: meta tags, JSON-LD, time elements, or the canonical URL.

    Only those are shown to htmldate, which else takes a date in the text or the footer.
    """
    from htmldate import find_date
    from lxml.etree import tostring

    places = (
        tostring(found, encoding="unicode", with_tail=False)
        for found in tree.xpath(_DATE_PLACES)[:MAX_DATE_PLACES]
    )
    markup = f"<html><body>{''.join(places)}</body></html>"
    return dates.parse(
        find_date(markup, original_date=True, extensive_search=False, max_date=MAX_DATE)
    )
