"""Rich text (rtf)."""

import re
from collections.abc import Iterator
from datetime import datetime
from io import BufferedReader

from schemas.config import IngestConfig
from tasks.readers import dates
from tasks.readers.record import Record, dated, whole

_CREATED = re.compile(r"\{\\creatim((?:\\(?:yr|mo|dy|hr|min|sec)\d+)+)")
_CELL = re.compile(r"\\(?:nest)?cell(?![a-z]) ?")
_TAB = r"\\tab "
_PART = re.compile(r"\\([a-z]+)(\d+)")
_ABOUT = r"\{\\%s\s((?:[^{}\\]|\\[^{}\n])*)\}"
DEFAULT_ENCODING = "cp1252"
"""Code page without \\ansicpg (RTF 1.9.1, "Character Set")."""


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: the paragraphs and rows of tables, pictures left out."""
    from striprtf.striprtf import rtf_to_text

    source = whole(stream, config).decode("latin-1")
    text = str(rtf_to_text(_CELL.sub(_TAB, source), DEFAULT_ENCODING, "replace"))
    published_at = _created(source)
    yield Record(
        text,
        title=_about(source, "title"),
        author=_about(source, "author"),
        published_at=published_at,
        published_from=dated(published_at, "metadata"),
    )


def _about(source: str, name: str) -> str:
    """An entry of the information group."""
    from striprtf.striprtf import rtf_to_text

    found = re.search(_ABOUT % name, source)
    if found is None:
        return ""
    page = re.search(r"\\ansicpg\d+", source)
    return str(
        rtf_to_text(
            f"{{\\rtf1\\ansi{page[0] if page else ''} {found[1]}}}", DEFAULT_ENCODING, "replace"
        )
    )


def _created(source: str) -> datetime | None:
    """When it was created, as the information group says."""
    if not (found := _CREATED.search(source)):
        return None
    parts = {name: int(value) for name, value in _PART.findall(found[1])}
    day = "-".join(f"{parts.get(name, 1):02}" for name in ("yr", "mo", "dy"))
    return dates.parse(day + "T{:02}:{:02}".format(parts.get("hr", 0), parts.get("min", 0)))
