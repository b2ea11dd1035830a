"""What the report says of the corpus: its size, and how its documents are named."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from tasks.rows import Stream
from tasks.tallies import Count, as_text, counts

FORMATS = {
    "text/plain": "plain text",
    "text/markdown": "Markdown",
    "text/html": "HTML",
    "text/csv": "CSV",
    "text/tab-separated-values": "TSV",
    "application/json": "JSON",
    "application/x-ndjson": "JSON lines",
    "application/pdf": "PDF",
    "application/vnd.apache.parquet": "Parquet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word (docx)",
    "message/rfc822": "e-mail",
}
"""What people call a media type; others are shown as they are."""


@dataclass(frozen=True)
class Corpus:
    """The corpus in figures; all but the first two count each text once."""

    documents: int
    duplicates: int
    """Those whose text is that of another."""
    near_duplicates: int
    words: int
    """Runs of characters between white space."""
    characters: int
    first: datetime | None
    """The earliest publication time that is known."""
    last: datetime | None
    languages: tuple[Count, ...]
    formats: tuple[Count, ...]


@dataclass(frozen=True)
class Line:
    """A document as it is named in a list."""

    doc_id: str
    title: str
    source: str
    record: str
    published_at: datetime | None
    language: str

    @property
    def name(self) -> str:
        """Its title, or where it stands if it has none."""
        return self.title.strip() or " · ".join(filter(None, (self.source, self.record)))


def corpus(stream: Stream) -> Corpus:
    """The corpus in figures."""
    columns = ("text", "language", "media_type", "published_at", "duplicate_kind", "n_chars")
    rows = words = characters = unique = near = 0
    languages, formats = Counter[str](), Counter[str]()
    times: list[datetime] = []
    for part in stream("documents", columns):
        kept = part.filter(pc.not_equal(part.column("duplicate_kind"), "exact"))
        rows, unique = rows + part.num_rows, unique + kept.num_rows
        near += pc.sum(pc.equal(kept.column("duplicate_kind"), "near")).as_py() or 0
        words += pc.sum(pc.count_substring_regex(kept.column("text"), pattern=r"\S+")).as_py() or 0
        characters += pc.sum(kept.column("n_chars")).as_py() or 0
        languages.update(as_text(kept, ["language"]).column("language").to_pylist())
        types = as_text(kept, ["media_type"]).column("media_type").to_pylist()
        formats.update(FORMATS.get(name, name) for name in types)
        span = pc.min_max(kept.column("published_at")).as_py()
        times = [t for t in (*times, *span.values()) if t is not None]
        times = [min(times), max(times)] if times else []
    first, last = times or (None, None)
    shown = counts(languages), counts(formats)
    return Corpus(rows, rows - unique, near, words, characters, first, last, *shown)


def newest(stream: Stream, count: int) -> tuple[str, ...]:
    """doc_id of the documents published last, the newest first; those without a date come after.

    Documents that repeat another, if only nearly, are not among them.
    """
    order = [("published_at", "descending"), ("doc_id", "ascending")]
    found = None
    for part in stream("documents", ("doc_id", "published_at", "duplicate_of")):
        kept = part.filter(pc.is_null(part.column("duplicate_of"))).drop_columns("duplicate_of")
        both = kept if found is None else pa.concat_tables([found, kept])
        found = both.sort_by(order).slice(0, count)
    return () if found is None else tuple(found.column("doc_id").to_pylist())


def lines(stream: Stream, wanted: Collection[str]) -> dict[str, Line]:
    """How some documents are named, by doc_id."""
    columns = ("doc_id", "title", "source", "record", "published_at", "language")
    ids = pa.array(sorted(wanted), pa.string())
    return {
        row["doc_id"]: Line(**row)
        for part in stream("documents", columns)
        for row in part.filter(pc.is_in(part.column("doc_id"), ids)).to_pylist()
    }
