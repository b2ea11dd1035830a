"""What the report says of the corpus and of the run: its size, its rejects, its books."""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import REJECT_REASONS
from tasks.rows import Stream
from tasks.tallies import Count, as_text, counts

EXAMPLES = 3
"""Sources named for each reason of rejection."""

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


@dataclass(frozen=True)
class Rejected:
    """What was rejected for one reason."""

    reason: str
    explanation: str
    count: int
    stages: tuple[Count, ...]
    examples: tuple[tuple[str, str], ...]
    """Where (source and record) and the message."""


@dataclass(frozen=True)
class Run:
    """The run that made the page."""

    run_id: str
    started_at: datetime
    finished_at: datetime
    corpus: str
    stages: tuple[dict[str, object], ...]
    versions: dict[str, str]
    models: dict[str, str]


def corpus(stream: Stream) -> Corpus:
    """The corpus in figures."""
    columns = ("text", "language", "media_type", "published_at", "duplicate_of", "n_chars")
    rows = words = characters = unique = 0
    languages, formats = Counter[str](), Counter[str]()
    times: list[datetime] = []
    for part in stream("documents", columns):
        kept = part.filter(pc.is_null(part.column("duplicate_of")))
        rows, unique = rows + part.num_rows, unique + kept.num_rows
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
    return Corpus(rows, rows - unique, words, characters, first, last, *shown)


def newest(stream: Stream, count: int) -> tuple[str, ...]:
    """doc_id of the documents published last, the newest first; those without a date come after."""
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


def rejected(stream: Stream) -> tuple[Rejected, ...]:
    """What was rejected, by reason, the most frequent first."""
    stages: dict[str, Counter[str]] = {}
    examples: dict[str, list[tuple[str, str]]] = {}
    for reason, stage, where, message in _rejects(stream):
        stages.setdefault(reason, Counter())[stage] += 1
        if len(shown := examples.setdefault(reason, [])) < EXAMPLES:
            shown.append((where, message))
    return tuple(
        Rejected(
            found.name,
            REJECT_REASONS.get(found.name, ""),
            found.count,
            counts(stages[found.name]),
            tuple(examples[found.name]),
        )
        for found in counts({reason: each.total() for reason, each in stages.items()})
    )


def _rejects(stream: Stream) -> Iterator[tuple[str, str, str, str]]:
    for part in stream("rejects", ("source", "record", "stage", "reason", "message")):
        for row in part.to_pylist():
            where = " · ".join(filter(None, (row["source"], row["record"])))
            yield row["reason"], row["stage"], where, row["message"]


def last_run(runs: pa.Table | None) -> Run | None:
    """The last run of the table; the report's own stage, which is not done yet, is left out."""
    if runs is None or not runs.num_rows:
        return None
    row = max(runs.to_pylist(), key=lambda run: str(run["run_id"]))
    return Run(
        row["run_id"],
        row["started_at"],
        row["finished_at"],
        row["corpus"],
        tuple(stage for stage in row["stages"] if stage["stage"] != "report"),
        json.loads(row["versions"]),
        json.loads(row["models"]),
    )
