"""Which sources are read, and what becomes of them."""

import io
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from schemas.config import IngestConfig, PipelineConfig
from schemas.errors import CorpusError
from tasks import assembly, ingest
from tasks.ingest import Changes, ReadJob, batches, changed, check_vanished, read_batch
from tasks.sources import Source, hashed, scan
from tasks.staging import Batch
from tasks.store import Store
from tests.results import part_path, recipe_of

CONFIG = IngestConfig()
RECIPE = recipe_of("ingest")
LOW = recipe_of("ingest", PipelineConfig.model_validate({"ingest": {"max_bytes": 45}}))
ENGLISH = "The council met on a windy day and spoke of boats."


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of two texts, a table, and a file without text."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text(ENGLISH)
    (folder / "b.txt").write_text("Another text, about herring and nets.")
    rows = [{"text": "First row.", "title": "One", "n": 3}, {"text": ""}, {"text": "Third row."}]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "void.txt").write_text("")
    (folder / ".hidden").write_text("x")
    return folder


def found(corpus: Path) -> list[Source]:
    return hashed(scan(str(corpus), CONFIG), threads=1)


def job(store: Store, sources: Sequence[Source], **other: object) -> ReadJob:
    return ReadJob(store.root, tuple(sources), CONFIG, RECIPE, **other)  # type: ignore[arg-type]


def take_in(store: Store, corpus: Path) -> Changes:
    """Read and place all that is new; how the corpus differed."""
    changes = changed(store, found(corpus), RECIPE)
    read = [read_batch(job(store, some))[0] for some in batches(changes)]
    assembly.assemble(store, assembly.Assembly(changes, read, RECIPE, 3))
    return changes


def documents(batch: Batch) -> list[dict[str, object]]:
    with batch.open("documents") as file:
        rows: list[dict[str, object]] = file.read().to_pylist()
    return rows


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def test_files_become_documents(store: Store, corpus: Path) -> None:
    """A text is a document, a row of a table too, with its record, title and metadata."""
    batch, _ = read_batch(job(store, found(corpus)))

    rows = documents(batch)
    assert [(row["source"], row["record"]) for row in rows] == [
        ("a.txt", ""),
        ("b.txt", ""),
        ("rows.jsonl", "0"),
        ("rows.jsonl", "2"),
    ]
    assert (rows[0]["text"], rows[0]["language"], rows[0]["n_chars"]) == (ENGLISH, "en", 50)
    assert (rows[2]["title"], rows[2]["metadata"]) == ("One", '{"n": 3}')
    assert len({row["doc_id"] for row in rows}) == 4


def test_every_source_is_accounted_for(store: Store, corpus: Path) -> None:
    """Records are documents or rejects; what is skipped says why."""
    batch, _ = read_batch(job(store, found(corpus)))

    rows = batch.sources().to_pylist()
    assert [
        (row["source"], row["outcome"], row["reason"], row["records"], row["documents"])
        for row in rows
    ] == [
        (".hidden", "skipped", "hidden", 1, 0),
        ("a.txt", "done", "", 1, 1),
        ("b.txt", "done", "", 1, 1),
        ("rows.jsonl", "done", "", 3, 2),
        ("void.txt", "rejected", "empty", 1, 0),
    ]
    assert [(r["source"], r["record"], r["reason"]) for r in batch.rejects().to_pylist()] == [
        ("rows.jsonl", "1", "empty"),
        ("void.txt", "", "empty"),
    ]


@pytest.mark.parametrize(
    ("config", "refuse", "reason"),
    [
        (IngestConfig(max_bytes=10), {}, "too_large"),
        (CONFIG, {"a.txt": ("crashed", "the worker died")}, "crashed"),
    ],
)
def test_what_is_refused_is_not_opened(
    store: Store,
    corpus: Path,
    config: IngestConfig,
    refuse: dict[str, tuple[str, str]],
    reason: str,
) -> None:
    """A file above the limit, or one that killed its reader, becomes a reject unread."""
    sources = [source for source in found(corpus) if source.source == "a.txt"]
    with mock.patch.object(Path, "read_bytes", side_effect=AssertionError):
        batch, _ = read_batch(ReadJob(store.root, tuple(sources), config, RECIPE, refuse))

    (row,) = batch.rejects().to_pylist()
    assert (row["source"], row["reason"]) == ("a.txt", reason)
    assert batch.sources()["rejected"].to_pylist() == [1]


def test_a_file_that_cannot_be_opened_is_a_reject(store: Store, corpus: Path) -> None:
    """A file that vanished, or may not be read, costs no other."""
    sources = found(corpus)
    (corpus / "a.txt").unlink()

    batch, _ = read_batch(job(store, sources))

    (row,) = [r for r in batch.rejects().to_pylist() if r["source"] == "a.txt"]
    assert (row["reason"], row["message"]) == ("unreadable", "No such file or directory")
    assert len(documents(batch)) == 3


def test_a_file_that_changed_after_it_was_hashed(store: Store, corpus: Path) -> None:
    """The table has the hash of the bytes that were read, so the next run sees no change."""
    sources = found(corpus)
    (corpus / "a.txt").write_text("Written while the run went on.")

    batch, _ = read_batch(job(store, sources))

    again = {source.source: source.sha256 for source in found(corpus)}
    rows = {row["source"]: row["source_sha256"] for row in batch.sources().to_pylist()}
    assert rows["a.txt"] == again["a.txt"]


def test_a_killed_run_finds_what_it_has_read(store: Store, corpus: Path) -> None:
    """The same bytes are not read twice, even if the files are gone by now."""
    sources = found(corpus)
    first, _ = read_batch(job(store, sources))
    before = documents(first)
    for path in corpus.iterdir():
        path.unlink()

    second, seconds = read_batch(job(store, sources))

    assert (second, seconds, documents(second)) == (first, 0.0, before)


def test_another_reader_or_other_bytes_are_another_batch(store: Store, corpus: Path) -> None:
    """What was read by other settings is not taken for this."""
    sources = found(corpus)
    here = job(store, sources).batch
    (corpus / "a.txt").write_text("changed")
    other = recipe_of("ingest", PipelineConfig.model_validate({"ingest": {"max_pages": 9}}))

    assert job(store, found(corpus)).batch != here
    assert ReadJob(store.root, tuple(sources), CONFIG, other).batch != here
    assert job(store, sources, refuse={"a.txt": ("crashed", "")}).batch != here


def test_batches_end_in_time(store: Store) -> None:
    """By number of files, and by their bytes."""
    from datetime import UTC, datetime

    def sources(count: int, size: int) -> tuple[Source, ...]:
        now = datetime.now(UTC)
        return tuple(Source(f"{i:04d}", "x", size, now) for i in range(count))

    def lengths(count: int, size: int) -> list[int]:
        changes = Changes(sources(count, size), frozenset(), frozenset())
        return [len(batch) for batch in batches(changes)]

    assert lengths(450, 10) == [200, 200, 50]
    assert lengths(5, 9 * 2**20) == [2, 2, 1]
    assert lengths(0, 0) == []


# ── what has changed ────────────────────────────────────────────────────────────────────────────


def test_a_new_corpus_is_all_unread(store: Store, corpus: Path) -> None:
    """Nothing stands yet."""
    changes = changed(store, found(corpus), RECIPE)

    assert len(changes.unread) == 5
    assert (changes.unchanged, changes.gone, changes.why) == (frozenset(), frozenset(), "")


def test_an_unchanged_corpus_is_settled(store: Store, corpus: Path) -> None:
    """The second run has nothing to read, rejects and skipped files among it."""
    take_in(store, corpus)

    changes = changed(store, found(corpus), RECIPE)

    assert changes.settled
    assert len(changes.unchanged) == 5


def test_touching_a_file_is_no_change(store: Store, corpus: Path) -> None:
    """Bytes count, times do not."""
    take_in(store, corpus)
    (corpus / "a.txt").write_text(ENGLISH)

    assert changed(store, found(corpus), RECIPE).settled


def test_changes_are_told_apart(store: Store, corpus: Path) -> None:
    """New, edited and removed files are found, and a hidden one that is hidden no more."""
    take_in(store, corpus)
    (corpus / "a.txt").write_text("edited")
    (corpus / "b.txt").unlink()
    (corpus / "new.txt").write_text("new")
    (corpus / ".hidden").rename(corpus / "hidden")

    changes = changed(store, found(corpus), RECIPE)

    assert {source.source for source in changes.unread} == {"a.txt", "new.txt", "hidden"}
    assert changes.gone == {"b.txt", ".hidden"}
    assert changes.unchanged == {"rows.jsonl", "void.txt"}


def test_another_recipe_reads_all_again(store: Store, corpus: Path) -> None:
    """And does not forget which sources are known."""
    take_in(store, corpus)
    (corpus / "a.txt").unlink()
    other = recipe_of("ingest", PipelineConfig.model_validate({"ingest": {"day_first": True}}))

    changes = changed(store, found(corpus), other)

    assert (len(changes.unread), {*changes.gone}) == (4, {"a.txt"})
    assert changes.why == "stale: ingest changed"


def take_in_with(store: Store, corpus: Path, **limits: object) -> Changes:
    """Read and place all that is new under these limits; how the corpus differed."""
    config = PipelineConfig.model_validate({"ingest": limits})
    made_by = recipe_of("ingest", config)
    changes = changed(store, hashed(scan(str(corpus), config.ingest), threads=1), made_by)
    jobs = [ReadJob(store.root, some, config.ingest, made_by) for some in batches(changes)]
    read = [read_batch(job)[0] for job in jobs]
    if not changes.settled:
        assembly.assemble(store, assembly.Assembly(changes, read, made_by, 3))
    assembly.books(store, done=0 if changes.settled else 9)
    return changes


def rejected(store: Store) -> set[tuple[str, str, str]]:
    rows = store.read("rejects", 0, stage="ingest").to_pylist()
    return {(row["source"], row["record"], row["reason"]) for row in rows}


LIMITED = [
    ({"max_chars": 12}, {"a.txt", "b.txt"}, {("a.txt", ""), ("b.txt", "")}),
    (
        {"max_bytes": 45},
        {"a.txt", "rows.jsonl", "x.zip"},
        {("a.txt", ""), ("rows.jsonl", ""), ("x.zip#in.zip", "")},
    ),
    ({"max_entries": 2}, {"x.zip"}, {("x.zip#in.zip", "")}),
    ({"max_nesting": 1}, {"x.zip"}, {("x.zip#in.zip#b.txt", "")}),
    ({"max_pages": 1}, set(), set()),
]
"""Limits, the sources that they reject something of, and what they reject."""


@pytest.fixture
def nested(corpus: Path) -> Path:
    """The corpus with an archive of three entries, one of them in another."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("b.txt", "Deep one.")
    with zipfile.ZipFile(corpus / "x.zip", "w") as archive:
        archive.writestr("a.txt", "Inner one.")
        archive.writestr("in.zip", inner.getvalue())
    return corpus


@pytest.mark.parametrize(("limits", "sources", "rejects"), LIMITED)
def test_raising_a_limit_reads_what_it_rejected(
    store: Store,
    nested: Path,
    limits: dict[str, object],
    sources: set[str],
    rejects: set[tuple[str, str]],
) -> None:
    """And nothing else, also where another limit is raised with it."""
    take_in_with(store, nested, **limits)
    before = rejected(store)
    higher = {name: int(str(limit)) * 100 for name, limit in limits.items()}

    other = take_in_with(
        store, nested, **limits, minhash_permutations=128, max_expanded_bytes=2**40
    )
    again = take_in_with(store, nested, **(higher if "max_nesting" not in limits else {}))

    assert {(source, record) for source, record, why in before if why == "too_large"} == rejects
    assert other.settled
    assert ({source.source for source in again.unread}, again.why) == (sources, "")
    assert "too_large" not in {reason for *_, reason in rejected(store)}


@pytest.mark.parametrize(("limits", "sources", "rejects"), LIMITED)
def test_lowering_a_limit_rejects_what_passes_it(
    store: Store,
    nested: Path,
    limits: dict[str, object],
    sources: set[str],
    rejects: set[tuple[str, str]],
) -> None:
    """All is read again, for it is not known how large what stands is."""
    take_in_with(store, nested)

    lower = take_in_with(store, nested, **limits)

    after = rejected(store)
    assert {(source, record) for source, record, why in after if why == "too_large"} == rejects
    assert len(lower.unread) == 6
    assert lower.why == f"stale: ingest.{next(iter(limits))} lowered"
    assert take_in_with(store, nested, **limits).settled


def test_a_batch_read_under_other_limits_is_another(store: Store, corpus: Path) -> None:
    """One that a killed run left is not taken for one that is read under these."""
    low = recipe_of("ingest", PipelineConfig.model_validate({"ingest": {"max_chars": 12}}))
    some = tuple(found(corpus))

    assert ReadJob(store.root, some, CONFIG, low).batch != job(store, some).batch


def test_a_large_container_stands_when_it_is_large_no_more(store: Store, nested: Path) -> None:
    """Its size and time stand for its bytes, as they did when it was read."""
    take_in_with(store, nested, max_bytes=200)

    changes = take_in_with(store, nested, max_bytes=2**20)

    assert (nested / "x.zip").stat().st_size > 200
    assert changes.settled


def test_lost_documents_are_read_again(store: Store, corpus: Path) -> None:
    """The sources of a lost part, and no other."""
    take_in(store, corpus)
    lost = {row["source"] for row in store.read("documents", 1).to_pylist()}
    store.drop("documents", 1)

    changes = changed(store, found(corpus), RECIPE)

    assert {source.source for source in changes.unread} == lost


@pytest.mark.parametrize("damage", ["lost", "cut"])
@pytest.mark.parametrize(
    ("table", "stage", "why"),
    [("sources", "", "file damaged"), ("rejects", "ingest", "rejects lost")],
)
def test_lost_books_are_read_again(
    store: Store, corpus: Path, table: str, stage: str, why: str, damage: str
) -> None:
    """Without the table of sources, or the rejects, all is read again."""
    take_in(store, corpus)
    path = part_path(store, table, 0, stage)
    if damage == "lost":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-9])

    changes = changed(store, found(corpus), RECIPE)

    assert len(changes.unread) == 5
    expected = {("sources", "lost"): "", ("rejects", "cut"): "file damaged"}
    assert changes.why == expected.get((table, damage), why)


def test_a_corpus_that_is_not_mounted_is_refused(store: Store, corpus: Path) -> None:
    """More than half of the known sources gone is taken for a mistake, unless it is allowed."""
    take_in(store, corpus)
    for name in ("a.txt", "b.txt", "void.txt"):
        (corpus / name).unlink()

    changes = changed(store, found(corpus), RECIPE)

    with pytest.raises(CorpusError, match=r"3 known sources are gone.*ingest\.max_vanished_share"):
        check_vanished(changes, CONFIG)
    check_vanished(changes, IngestConfig(max_vanished_share=1.0))


def test_sources_that_could_not_be_read_stay_as_they_stand(store: Store, corpus: Path) -> None:
    """They count as unchanged for this run."""
    changes = changed(store, found(corpus), RECIPE).without({"a.txt"})

    assert "a.txt" in changes.unchanged
    assert "a.txt" not in {source.source for source in changes.unread}


def test_a_batch_is_named_without_reading(store: Store) -> None:
    """It lies in staging, out of the readers' sight."""
    batch = ingest.ReadJob(store.root, (), CONFIG, RECIPE).batch

    assert batch.name.startswith(store.staged(""))
    assert not batch.exists()


# ── what cannot be read ─────────────────────────────────────────────────────────────────────────


def test_a_folder_that_cannot_be_listed_keeps_its_documents(store: Store, corpus: Path) -> None:
    """They are not gone; the folder is a reject, until it can be listed again."""
    (corpus / "shut").mkdir()
    (corpus / "shut/c.txt").write_text("A third text, about wool.")
    take_in(store, corpus)
    listing = os.scandir

    def scandir(path: str) -> object:
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    with mock.patch("os.scandir", scandir):
        shut = take_in(store, corpus)
        again = changed(store, found(corpus), RECIPE)
    there = [row["source"] for n in range(2) for row in store.read("documents", n).to_pylist()]
    opened = changed(store, found(corpus), RECIPE)

    assert (shut.gone, [source.source for source in shut.unread]) == (frozenset(), ["shut"])
    assert again.settled
    assert "shut/c.txt" in there
    assert opened.gone == {"shut"}
    assert not opened.unread


def test_a_large_file_is_read_again_once_it_changes(store: Store, corpus: Path) -> None:
    """Its size and time stand for its bytes."""
    small = IngestConfig(max_bytes=45)

    def changes() -> Changes:
        return changed(store, hashed(scan(str(corpus), small), threads=1), RECIPE)

    first = changes()
    read = [read_batch(ReadJob(store.root, s, small, RECIPE))[0] for s in batches(first)]
    assembly.assemble(store, assembly.Assembly(first, read, RECIPE, 3))
    settled = changes()
    os.utime(corpus / "a.txt", (1, 1))
    touched = changes()

    rejects = store.read("rejects", 0, stage="ingest").to_pylist()
    assert ("a.txt", "too_large") in {(row["source"], row["reason"]) for row in rejects}
    assert settled.settled
    assert [source.source for source in touched.unread] == ["a.txt"]


def test_what_could_not_be_read_is_tried_by_the_next_run(store: Store, corpus: Path) -> None:
    """A file that could be hashed and then not be read is not taken for the one that was read."""
    changes = changed(store, found(corpus), RECIPE)
    with mock.patch("tasks.places.disk.read", side_effect=OSError(5, "Input/output error")):
        read = [read_batch(job(store, some))[0] for some in batches(changes)]
    assembly.assemble(store, assembly.Assembly(changes, read, RECIPE, 3))

    again = changed(store, found(corpus), RECIPE)

    assert {s.source for s in again.unread} == {"a.txt", "b.txt", "rows.jsonl", "void.txt"}


def test_a_large_file_that_hides_its_change(store: Store, corpus: Path) -> None:
    """Same size, time set back: its inode and the kernel's time of the change tell."""
    small = IngestConfig(max_bytes=45)
    os.utime(corpus / "a.txt", (1, 1))
    take_in_with(store, corpus, max_bytes=45)
    settled = changed(store, hashed(scan(str(corpus), small), threads=1), LOW)
    (corpus / "a.txt").write_text(ENGLISH.swapcase())
    os.utime(corpus / "a.txt", (1, 1))

    changes = changed(store, hashed(scan(str(corpus), small), threads=1), LOW)

    assert settled.settled
    assert [source.source for source in changes.unread] == ["a.txt"]


def test_a_small_file_that_hides_its_change(store: Store, corpus: Path) -> None:
    """Its bytes are hashed: nothing else is trusted."""
    os.utime(corpus / "a.txt", (1, 1))
    take_in(store, corpus)
    (corpus / "a.txt").write_text(ENGLISH.swapcase())
    os.utime(corpus / "a.txt", (1, 1))

    assert {source.source for source in changed(store, found(corpus), RECIPE).unread} == {"a.txt"}


def test_versions_that_are_not_trusted(store: Store, corpus: Path) -> None:
    """With ingest.rehash what has a version is told by its hash: the same bytes are no change."""

    def seen(text: str) -> Changes:
        (corpus / "a.txt").write_text(text)
        each = [replace(s, version="1") for s in scan(str(corpus), CONFIG)]
        return changed(store, hashed(each, threads=1, trust=False), RECIPE)

    first = seen(ENGLISH)
    read = [read_batch(job(store, some))[0] for some in batches(first)]
    assembly.assemble(store, assembly.Assembly(first, read, RECIPE, 3))

    assert seen(ENGLISH).settled
    assert {source.source for source in seen(ENGLISH.swapcase()).unread} == {"a.txt"}


def test_a_known_file_that_may_not_be_opened_stays(store: Store, corpus: Path) -> None:
    """Its documents are no less true; a new one that may not be opened is read, and rejected."""
    take_in(store, corpus)
    (corpus / "new.txt").write_text("new")
    shut = [
        replace(source, sha256="") if source.source in {"a.txt", "new.txt"} else source
        for source in found(corpus)
    ]

    changes = changed(store, shut, RECIPE)
    other = recipe_of("ingest", PipelineConfig.model_validate({"ingest": {"day_first": True}}))
    stale = changed(store, shut, other)

    assert (changes.unreadable, changes.lost) == ({"a.txt"}, frozenset())
    assert ({source.source for source in changes.unread}, changes.gone) == ({"new.txt"}, set())
    assert "a.txt" in stale.unchanged & stale.lost
    assert list(ingest.said(changes)) == [
        "1 known sources, a.txt for one, cannot be read now: their documents stay as they are"
    ]
