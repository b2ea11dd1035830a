"""Files become documents: which sources are new or changed, and reading them.

`changed` compares what is found with what stands; `read_batch` reads sources in a worker, into
staging. `tasks.assembly` then gives every document its place.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from schemas.config import IngestConfig
from schemas.errors import CorpusError, DamagedPart
from schemas.fingerprints import Recipe, digest, document_id, fingerprint
from schemas.receipts import Outcome
from tasks.sources import Source
from tasks.staging import Batch, Row, stage
from tasks.store import Store

BATCH_FILES, BATCH_BYTES = 200, 16 * 2**20
"""A batch ends at so many files or bytes: some seconds of reading, so little is lost to a kill."""


@dataclass(frozen=True)
class ReadJob:
    """Sources to read in one go; plain values, so that it travels."""

    results: Path
    sources: tuple[Source, ...]
    config: IngestConfig
    recipe: Recipe
    refuse: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the batch is staged: named by the reader, the sources and their bytes."""
        parts = [fingerprint(self.recipe)]
        for source in self.sources:
            parts += [source.source, source.sha256, *self.refuse.get(source.source, ())]
        return Store(self.results).staging / digest(parts)[:32]


@dataclass(frozen=True)
class Changes:
    """How the corpus differs from the tables."""

    unread: tuple[Source, ...]
    """New or changed sources, to be read."""
    unchanged: frozenset[str]
    gone: frozenset[str]
    why: str = ""
    """Why all must be read again, if so."""
    lost: frozenset[str] = frozenset()
    """Sources that could not be read now: what stands of them is kept, and not called current."""

    @property
    def settled(self) -> bool:
        """Whether the tables say what the corpus says."""
        return not self.unread and not self.gone

    def without(self, sources: set[str]) -> "Changes":
        """The same, but for sources that could not be read now: they stay as they stand."""
        return replace(
            self,
            lost=frozenset(sources),
            unread=tuple(s for s in self.unread if s.source not in sources),
            unchanged=self.unchanged | sources,
        )


def changed(store: Store, found: Sequence[Source], recipe: Recipe) -> Changes:
    """Compare what is found with the tables; reads the table sources and footers."""
    old, why = _standing(store, recipe)
    present = {source.source for source in found}
    unchanged = frozenset(
        s.source for s in found if old.get(s.source, ("", ""))[:2] == (s.sha256, s.skipped)
    )
    known = set(old) if not why else _known(store)
    return Changes(
        unread=tuple(s for s in found if s.source not in unchanged),
        unchanged=unchanged,
        gone=frozenset(known - present),
        why=why,
    )


def check_vanished(changes: Changes, config: IngestConfig) -> None:
    """Refuse to empty the tables because a corpus was not mounted.

    Raises `CorpusError` when more than `max_vanished_share` of the known sources are gone.
    """
    known = len(changes.gone) + len(changes.unchanged) + len(changes.unread)
    if len(changes.gone) > config.max_vanished_share * known:
        raise CorpusError(
            f"{len(changes.gone)} known sources are gone from the corpus, only "
            f"{len(changes.unchanged)} stand as they were: is it mounted, and is this its results "
            "folder? If they are meant to go, run with --set ingest.max_vanished_share=1; the "
            "results that stand are untouched"
        )


def batches(changes: Changes) -> Iterator[tuple[Source, ...]]:
    """The sources to read, in batches of about equal work."""
    batch: list[Source] = []
    for source in changes.unread:
        batch.append(source)
        if len(batch) >= BATCH_FILES or sum(s.size for s in batch) >= BATCH_BYTES:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)


def read_batch(job: ReadJob) -> tuple[Batch, float]:
    """Read the sources of a job into staging, unless they are there; the batch and its seconds."""
    started = time.perf_counter()
    if job.folder.exists():
        return Batch(job.folder), 0.0
    sources: list[Row] = []
    rejects: list[Row] = []
    batch = stage(job.folder, _documents(job, sources, rejects), sources, rejects)
    return batch, time.perf_counter() - started


def _documents(job: ReadJob, sources: list[Row], rejects: list[Row]) -> Iterator[Row]:
    """The documents of the sources; their rows of sources and rejects are added on the way."""
    for source in job.sources:
        row = {
            "source": source.source,
            "size": source.size,
            "modified": source.modified,
            "source_sha256": source.sha256,
            "media_type": "",
            "outcome": Outcome.SKIPPED if source.skipped else Outcome.DONE,
            "reason": source.skipped,
            "records": 1,
            "documents": 0,
            "duplicates": 0,
            "rejected": 0,
        }
        if not source.skipped:
            yield from _read(source, job, row, rejects)
        sources.append(row)


def _read(source: Source, job: ReadJob, row: Row, rejects: list[Row]) -> Iterator[Row]:
    """The documents of one source; counts and rejects are noted."""
    from tasks.language import detect
    from tasks.readers import Rejected, media_type, read

    def reject(record: str, reason: str, message: str) -> None:
        rejects.append(
            {"doc_id": None, "source": source.source, "record": record, "stage": "ingest"}
            | {"reason": reason, "message": message, "attempts": 1}
        )

    documents = rejected = 0
    refusal = job.refuse.get(source.source)
    if source.size > job.config.max_bytes:
        refusal = "too_large", f"{source.size} bytes: raise ingest.max_bytes to read it"
    try:
        data = b"" if refusal else source.path.read_bytes()
    except OSError as error:
        refusal, data = ("unreadable", str(error.strerror)), b""
    if refusal:
        reject("", *refusal)
        row.update(rejected=1, outcome=Outcome.REJECTED, reason=refusal[0])
        return
    row["source_sha256"] = hashlib.sha256(data).hexdigest()
    row["media_type"] = media_type(data, source.source)
    for item in read(data, source.source, job.config):
        if isinstance(item, Rejected):
            rejected += 1
            reject(item.record, item.reason, item.message)
            row["reason"] = row["reason"] or item.reason
            continue
        documents += 1
        language, confidence = detect(item.text, min_confidence=job.config.min_language_confidence)
        yield {
            "doc_id": document_id(source.source, item.record),
            "source": source.source,
            "record": item.record,
            "title": item.title,
            "text": item.text,
            "language": language,
            "language_confidence": confidence,
            "published_at": item.published_at,
            "published_from": item.published_from,
            "author": item.author,
            "media_type": item.media_type,
            "encoding": item.encoding,
            "text_sha256": hashlib.sha256(item.text.encode()).hexdigest(),
            "duplicate_of": None,
            "n_chars": len(item.text),
            "pages": item.pages,
            "page_starts": item.page_starts,
            "metadata": _json(item.metadata),
        }
    if not documents + rejected:
        rejected, row["reason"] = 1, "empty"
        reject("", "empty", "no record in it")
    row.update(records=documents + rejected, documents=documents, rejected=rejected)
    if documents:
        row["reason"] = ""


def _json(values: Mapping[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)


def _standing(store: Store, recipe: Recipe) -> tuple[dict[str, tuple[str, str, int]], str]:
    """SHA-256, reason to skip and documents of every source whose documents all stand."""
    try:
        footer = store.footer("sources", 0)
        if footer is None:
            return {}, ""
        if footer.fingerprint != fingerprint(recipe):
            return {}, "stale: ingest changed"
        rows = store.read(
            "sources", 0, ["source", "source_sha256", "outcome", "reason", "documents", "rejected"]
        ).to_pylist()
        rejects = store.read("rejects", 0, ["source"], stage="ingest").num_rows
    except DamagedPart:
        return {}, "file damaged"
    if rejects != sum(row["rejected"] for row in rows):
        return {}, "rejects lost"
    counts = _documents_standing(store, recipe, expected=sum(row["documents"] for row in rows))
    return {
        row["source"]: (
            row["source_sha256"],
            row["reason"] if row["outcome"] == Outcome.SKIPPED else "",
            row["documents"],
        )
        for row in rows
        if counts is None or counts.get(row["source"], 0) == row["documents"]
    }, ""


def _documents_standing(store: Store, recipe: Recipe, *, expected: int) -> dict[str, int] | None:
    """Documents that stand of each source, or None if none is missing (footers tell)."""
    intact, total = [], 0
    for partition in store.partitions("documents"):
        try:
            footer = store.footer("documents", partition)
        except DamagedPart:
            continue
        if footer is not None and footer.fingerprint == fingerprint(recipe):
            intact.append(partition)
            total += len(footer.answers)
    if total == expected:
        return None
    counts: dict[str, int] = {}
    for partition in intact:
        for source in store.read("documents", partition, ["source"]).column("source").to_pylist():
            counts[source] = counts.get(source, 0) + 1
    return counts


def _known(store: Store) -> set[str]:
    """Every source that the tables speak of, whatever their state."""
    try:
        return set(store.read("sources", 0, ["source"]).column("source").to_pylist())
    except DamagedPart:
        return set()
