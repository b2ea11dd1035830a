"""Web pages: the main content, without navigation."""

import re
from collections.abc import Iterator
from datetime import datetime
from io import BufferedReader

from schemas.config import IngestConfig
from tasks.readers import dates
from tasks.readers.record import Record, dated, whole
from tasks.readers.text import clean, decode

DECLARATION_BYTES = 1024  # WHATWG HTML 13.2.3.2: where a page may declare its encoding
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_TABLE_RULE = re.compile(r"^\|(?:---\|)+[ \t]*\n", re.MULTILINE)
_TABLE_ROW = re.compile(r"^\| (.*) \|[ \t]*$", re.MULTILINE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
_DATE_PLACES = "//meta | //link[@rel='canonical'] | //time | //script[contains(@type, 'json')]"
MAX_DATE = "2100-01-01"
"""Latest date that is believed. The library takes today: a page would read otherwise tomorrow."""


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: the main content of the page, its title, author and date."""
    data = whole(stream, config)
    declared = _DECLARED.search(data[:DECLARATION_BYTES])
    page, encoding = decode(data, declared[1].decode("ascii") if declared else None)
    yield extract(_XML_DECLARATION.sub("", page), encoding)


def extract(page: str, encoding: str = "") -> Record:
    """The record of a page; all text of the body where no main content is found."""
    from trafilatura import bare_extraction, html2txt

    found = bare_extraction(
        page,
        with_metadata=True,
        include_comments=False,
        date_extraction_params={"extensive_search": False, "max_date": MAX_DATE},
    )
    if found is None or isinstance(found, dict):
        return Record(html2txt(page), encoding=encoding)
    published_at = _published(page)
    metadata = {
        "site": found.sitename,
        "url": found.url,
        "description": found.description,
        "tags": ", ".join(found.tags or ()),
    }
    return Record(
        _tabbed(found.text) if found.text else html2txt(page),
        title=found.title or "",
        author=found.author or "",
        published_at=published_at,
        published_from=dated(published_at, "html"),
        encoding=encoding,
        metadata={key: clean(value) for key, value in metadata.items() if value},
    )


def _tabbed(text: str) -> str:
    """`text` with the rows of tables, which trafilatura marks with bars, parted by tabs."""
    bare = _TABLE_RULE.sub("", text)
    return _TABLE_ROW.sub(lambda row: row[1].replace(" | ", "\t"), bare)


def _published(page: str) -> datetime | None:
    """The date that the markup states: meta tags, JSON-LD, time elements, or the canonical URL.

    Only those are shown to htmldate, which else takes a date in the text or the footer.
    """
    from htmldate import find_date
    from lxml.etree import tostring
    from trafilatura import load_html

    if (tree := load_html(page)) is None:
        return None
    places = (
        tostring(found, encoding="unicode", with_tail=False) for found in tree.xpath(_DATE_PLACES)
    )
    markup = f"<html><body>{''.join(places)}</body></html>"
    return dates.parse(
        find_date(markup, original_date=True, extensive_search=False, max_date=MAX_DATE)
    )
