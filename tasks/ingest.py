"""Files become documents: which sources are new or changed, and reading them.

`changed` compares what is found with what stands; `read_batch` reads sources in a worker, into
staging. `tasks.assembly` then gives every document its place.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from schemas.config import IngestConfig
from schemas.errors import CorpusError, DamagedPart
from schemas.fingerprints import Recipe, digest, fingerprint, lowered, raised
from schemas.receipts import Outcome, Refusal
from tasks import heartbeat
from tasks.folders import Results
from tasks.reading import SEPARATOR, Reading
from tasks.sources import Source
from tasks.staging import Batch, Row, stage
from tasks.store import Store

_STANDING = (
    "source", "container", "source_sha256", "version", "size", "outcome", "reason",
    "documents", "rejected", "media_type",
)  # fmt: skip
BATCH_FILES, BATCH_BYTES = 200, 16 * 2**20
"""A batch ends at so many files or bytes: some seconds of reading, so little is lost to a kill."""


@dataclass(frozen=True)
class ReadJob:
    """Sources to read in one go; plain values, so that it travels."""

    results: Results
    sources: tuple[Source, ...]
    config: IngestConfig
    recipe: Recipe
    refuse: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Reason and message for each source that is to be rejected without another try."""
    parts: Mapping[str, Mapping[int, Refusal]] = field(default_factory=dict)
    """The same for parts of a source, by their `tasks.reading.part_number`."""
    tried: int = 0
    """Times that the sources were tried before this."""

    @property
    def batch(self) -> Batch:
        """Where the sources are staged: named by the reader, the sources and their bytes."""
        limits = self.recipe.get("limits", {})
        parts = [fingerprint(self.recipe), *(f"{name} {limits[name]}" for name in sorted(limits))]
        for source in self.sources:
            parts += [source.source, source.state, *self.refuse.get(source.source, ())]
            for part, why in sorted(self.parts.get(source.source, {}).items()):
                parts += [str(part), *why]
        return Batch(self.results, Store(self.results).staged(digest(parts)[:32]))


class Standing(NamedTuple):
    """What the tables say of a file."""

    sha256: str
    version: str
    size: int
    skipped: str
    """Why it was not even opened."""


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
    unreadable: frozenset[str] = frozenset()
    """Those that stand with documents and cannot be opened or listed now: they stay as they are."""
    kept: Recipe | None = None
    """The older recipe that unchanged sources were read by, where they stay as they are."""

    @property
    def settled(self) -> bool:
        """Whether the tables say what the corpus says."""
        return not self.unread and not self.gone

    def without(self, sources: set[str]) -> "Changes":
        """The same, but for sources that could not be read now: they stay as they stand."""
        return replace(
            self,
            lost=self.lost | sources,
            unread=tuple(s for s in self.unread if s.source not in sources),
            unchanged=self.unchanged | sources,
        )


def changed(
    store: Store, found: Sequence[Source], recipe: Recipe, *, keep_stale: bool = False
) -> Changes:
    """Compare what is found with the tables; reads the table sources and footers.

    Where `keep_stale`, sources that were read by another recipe stay as they are.
    """
    kept = _older(store, recipe) if keep_stale else None
    old, why = _standing(store, kept or recipe)
    present = {source.source for source in found}
    known = set(old) if not why else _known(store)
    hiding = tuple(f"{source.source}/" for source in found if source.hides)
    hidden = frozenset(name for name in known - present if name.startswith(hiding))
    kept_back = hidden | _unreadable(store, found)
    same = frozenset(s.source for s in found if _same(s, old.get(s.source)))
    unchanged = (same - _entangled(store, same, present)) | kept_back
    return Changes(
        unread=tuple(s for s in found if s.source not in unchanged),
        unchanged=unchanged,
        gone=frozenset(known - present - hidden),
        why=why,
        lost=kept_back if why else frozenset(),
        unreadable=kept_back,
        kept=None if why else kept,
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


def said(changes: Changes) -> Iterator[str]:
    """What a person should know of sources that are gone, or cannot be read now."""
    for names, what in (
        (changes.gone, "are gone from the corpus: their documents, and all facts of them, go too"),
        (changes.unreadable, "cannot be read now: their documents stay as they are"),
    ):
        if names:
            yield f"{len(names)} known sources, {min(names)} for one, {what}"


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
    if job.batch.sound():
        return job.batch, 0.0
    reading = Reading(job.config, job.tried)
    batch = stage(job.batch, _documents(job, reading), reading.sources, reading.rejects)
    return batch, time.perf_counter() - started


def _documents(job: ReadJob, reading: Reading) -> Iterator[Row]:
    """The documents of the sources; where the reading is can be seen from outside."""
    for number, source in enumerate(job.sources):
        heartbeat.at(number)
        refuse, parts = job.refuse.get(source.source), job.parts.get(source.source, {})
        yield from reading.documents(source, refuse, parts)
    heartbeat.at(heartbeat.NOTHING)


def _same(source: Source, stands: Standing | None) -> bool:
    """Whether the tables speak of these bytes, or of the same reason not to read them."""
    if stands is None or source.skipped != stands.skipped:
        return False
    if source.sha256 and stands.sha256:
        return source.sha256 == stands.sha256
    if source.sha256 and source.version:  # its version is not to be trusted
        return False
    if source.sha256:  # it was a large file then
        return (source.stamp, source.size) == (stands.version, stands.size)
    same = (source.version, source.size) == (stands.version, stands.size)
    return same and (bool(source.version) or not stands.sha256)


def _unreadable(store: Store, found: Sequence[Source]) -> frozenset[str]:
    """Sources that have documents in the tables, and of which no byte can be had now.

    A file that may not be opened today is no file that is gone: its documents are kept.
    """
    shut = {s.source for s in found if not (s.skipped or s.sha256 or s.version)}
    if not shut:
        return frozenset()
    try:
        rows = store.read("sources", 0, ["container", "documents"]).to_pylist()
    except DamagedPart:
        return frozenset()
    return frozenset(row["container"] for row in rows if row["documents"]) & shut


def _older(store: Store, recipe: Recipe) -> Recipe | None:
    """The recipe that the sources were read by, where it is another than this one."""
    try:
        footer = store.footer("sources", 0)
    except DamagedPart:
        return None
    return footer.recipe if footer and footer.fingerprint != fingerprint(recipe) else None


def _standing(store: Store, recipe: Recipe) -> tuple[dict[str, Standing], str]:
    """What is told of every file whose documents all stand, its parts' as well.

    A file that was rejected by a limit, in whole or in part, is to be read again once that is
    raised: the message of a reject names the limit. Once one is lowered, all are.
    """
    try:
        footer = store.footer("sources", 0)
        if footer is None:
            return {}, ""
        if footer.fingerprint != fingerprint(recipe):
            return {}, "stale: ingest changed"
        if lower := lowered(footer.recipe, recipe):
            return {}, f"stale: {', '.join(lower)} lowered"
        rows = store.read("sources", 0, _STANDING).to_pylist()
        rejects = store.read("rejects", 0, ["source", "message"], stage="ingest").to_pylist()
    except DamagedPart:
        return {}, "file damaged"
    if len(rejects) != sum(row["rejected"] for row in rows):
        return {}, "rejects lost"
    counts = _documents_standing(store, expected=sum(row["documents"] for row in rows))
    higher = raised(footer.recipe, recipe)
    freed = {r["source"] for r in rejects if any(name in r["message"] for name in higher)}
    lost = {
        row["container"]
        for row in rows
        if row["source"] in freed
        or (counts is not None and counts.get(row["source"], 0) != row["documents"])
    }
    return {
        row["source"]: Standing(
            row["source_sha256"],
            row["version"],
            row["size"],
            "" if row["outcome"] != Outcome.SKIPPED or row["media_type"] else row["reason"],
        )
        for row in rows
        if row["source"] == row["container"] and row["source"] not in lost
    }, ""


def _documents_standing(store: Store, *, expected: int) -> dict[str, int] | None:
    """Documents that stand of each source, or None if none is missing (footers tell)."""
    intact, total = [], 0
    for partition in store.partitions("documents"):
        try:
            footer = store.footer("documents", partition)
        except DamagedPart:
            continue
        if footer is not None:
            intact.append(partition)
            total += len(footer.answers)
    if total == expected:
        return None
    counts: dict[str, int] = {}
    for partition in intact:
        for source in store.read("documents", partition, ["source"]).column("source").to_pylist():
            counts[source] = counts.get(source, 0) + 1
    return counts


def _entangled(store: Store, same: frozenset[str], present: set[str]) -> set[str]:
    """Files that stand as they were, but must be read again with another.

    A file may be called as a part of a container is: then the rows of the two bear one name, and
    are made anew together.
    """
    named = {name for name in present if SEPARATOR in name}
    if not named:
        return set()
    try:
        rows = store.read("sources", 0, ["source", "container"]).to_pylist()
    except DamagedPart:
        return set()
    pairs = [
        {row["source"], row["container"]}
        for row in rows
        if row["source"] in named and row["source"] != row["container"]
    ]
    found: set[str] = set()
    while more := set().union(*(p for p in pairs if not p <= same - found)) & same - found:
        found |= more
    return found


def _known(store: Store) -> set[str]:
    """Every file that the tables speak of, whatever its state."""
    try:
        return set(store.read("sources", 0, ["container"]).column("container").to_pylist())
    except DamagedPart:
        return set()
