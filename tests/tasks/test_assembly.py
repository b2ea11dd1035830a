"""Every document gets its place."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.config import IngestConfig
from schemas.errors import BooksDoNotBalance
from schemas.fingerprints import document_id
from schemas.receipts import Books, Receipt
from tasks import assembly, duplicates, ingest
from tasks.sources import hashed, scan
from tasks.store import Store
from tests.results import part_path, recipe_of

RECIPE, CONFIG = recipe_of("ingest"), IngestConfig()


class Corpus:
    """A folder of texts and the results of it, partitions of two documents."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        folder.mkdir()

    @classmethod
    def new(cls, folder: Path) -> "Corpus":
        """One in a folder of its own, results and all."""
        folder.mkdir()
        store = Store(folder / "results")
        store.open(create=True)
        return cls(folder / "corpus", store)

    def take_in(self, *, partition_size: int = 2, **texts: str | None) -> Receipt:
        """Write these texts, remove those that are None, and bring the results up to date."""
        for name, text in texts.items():
            path = self.folder / f"{name}.txt"
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        found = hashed(scan(str(self.folder), CONFIG), threads=1)
        changes = ingest.changed(self.store, found, RECIPE)
        batches = [
            ingest.read_batch(ingest.ReadJob(self.store.root, some, CONFIG, RECIPE))[0]
            for some in ingest.batches(changes)
        ]
        work = assembly.Assembly(changes, batches, RECIPE, partition_size, 0.8)
        return assembly.assemble(self.store, work)

    def places(self) -> dict[str, int]:
        """The partition of each source."""
        return {
            row["source"].removesuffix(".txt"): partition
            for partition in self.store.partitions("documents")
            for row in self.store.read("documents", partition, ["source"]).to_pylist()
        }

    def duplicates(self) -> dict[str, str]:
        """The source of the original of each duplicate."""
        rows = [
            row
            for part in self.store.stream("documents", ["doc_id", "source", "duplicate_of"])
            for row in part.to_pylist()
        ]
        names = {row["doc_id"]: row["source"].removesuffix(".txt") for row in rows}
        return {
            names[row["doc_id"]]: names[row["duplicate_of"]] for row in rows if row["duplicate_of"]
        }

    def marks(self) -> dict[str, tuple[object, ...]]:
        """What the table documents says of each source's repeating another."""
        columns = ("source", "text_sha256", "minhash", *duplicates.COLUMNS)
        return {
            row["source"]: tuple(row.values())
            for part in self.store.stream("documents", columns)
            for row in part.to_pylist()
        }

    def outcomes(self) -> dict[str, str]:
        """What became of each source."""
        rows = self.store.read("sources", 0, ["source", "outcome"]).to_pylist()
        return {row["source"].removesuffix(".txt"): row["outcome"] for row in rows}

    def books(self, done: int) -> Books:
        """The books of ingest, which balance."""
        books = assembly.books(self.store, done=done)
        books.check("ingest")
        return books


@pytest.fixture
def corpus(tmp_path: Path, store: Store) -> Corpus:
    """An empty corpus."""
    return Corpus(tmp_path / "corpus", store)


@pytest.mark.parametrize(
    ("sizes", "newcomers", "partitions"),
    [
        ({}, 3, [0, 0, 1]),
        ({0: 2}, 1, [1]),
        ({0: 1}, 3, [0, 1, 1]),
        ({0: 1, 1: 2}, 1, [2]),
        ({0: 9}, 1, [1]),
        ({3: 1}, 4, [3, 4, 4, 5]),
        ({0: 1}, 0, []),
    ],
)
def test_places(sizes: Mapping[int, int], newcomers: int, partitions: list[int]) -> None:
    """The last partition is filled, whatever room there is in others."""
    assert assembly.places(sizes, newcomers, 2) == partitions


# ── partitions ──────────────────────────────────────────────────────────────────────────────────


def test_documents_fill_partitions_in_order(corpus: Corpus) -> None:
    """A new corpus is placed in order of its names."""
    receipt = corpus.take_in(a="one", b="two", c="three")

    assert corpus.places() == {"a": 0, "b": 0, "c": 1}
    assert receipt.done == 3
    assert corpus.books(3) == Books(found=3, done=3)


def test_a_document_keeps_its_place(corpus: Corpus) -> None:
    """Whatever comes or goes before it, and whatever becomes of its text."""
    corpus.take_in(b="two", c="three", d="four")

    corpus.take_in(a="one", c="changed", b=None, e="five")

    assert corpus.places() == {"c": 0, "d": 1, "a": 1, "e": 2}


def test_only_touched_parts_are_written(corpus: Corpus) -> None:
    """A part without a change keeps its file."""
    corpus.take_in(a="one", b="two", c="three", d="four", e="five")
    before = [part_path(corpus.store, "documents", n).stat().st_mtime_ns for n in range(3)]

    receipt = corpus.take_in(c="changed")

    after = [part_path(corpus.store, "documents", n).stat().st_mtime_ns for n in range(3)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]
    assert receipt.written == ("documents/part-00001.parquet", "sources/part-00000.parquet")
    assert corpus.books(receipt.done) == Books(found=5, done=1, reused=4)


def test_an_emptied_partition_is_removed(corpus: Corpus) -> None:
    """Its number is not used again while others stand above it."""
    corpus.take_in(a="one", b="two", c="three")

    corpus.take_in(a=None, b=None)

    assert corpus.store.partitions("documents") == [1]
    assert corpus.outcomes() == {"c": "done"}


def test_another_partition_size_moves_nothing(corpus: Corpus) -> None:
    """It holds for newcomers only."""
    corpus.take_in(a="one", b="two", c="three")

    corpus.take_in(partition_size=1, d="four")

    assert corpus.places() == {"a": 0, "b": 0, "c": 1, "d": 2}


def test_a_lost_part_is_made_again(corpus: Corpus) -> None:
    """Its documents go to the last partition that stands."""
    corpus.take_in(a="one", b="two", c="three")
    corpus.store.drop("documents", 0)

    corpus.take_in()

    assert set(corpus.places()) == {"a", "b", "c"}
    assert corpus.books(2) == Books(found=3, done=2, reused=1)


def test_a_run_killed_before_the_sources_stood(corpus: Corpus) -> None:
    """Documents are placed, but count as unread: they are placed again where they are."""
    corpus.take_in(a="one", b="two")
    sources = part_path(corpus.store, "sources", 0)
    before = sources.read_bytes()
    corpus.take_in(c="three", a="changed")
    places = corpus.places()
    sources.write_bytes(before)

    corpus.take_in()

    assert corpus.places() == places
    assert corpus.outcomes() == dict.fromkeys("abc", "done")
    assert corpus.books(2).found == 3


# ── duplicates ──────────────────────────────────────────────────────────────────────────────────


def test_the_first_in_order_stands(corpus: Corpus) -> None:
    """Of the same texts, the one whose source comes first is the original."""
    corpus.take_in(c="same", b="same", d="other", e="same")

    assert corpus.duplicates() == {"c": "b", "e": "b"}
    assert corpus.outcomes() == {"b": "done", "c": "duplicate", "d": "done", "e": "duplicate"}
    assert corpus.books(2) == Books(found=4, done=2, duplicate=2)


def test_the_order_of_arrival_does_not_matter(corpus: Corpus) -> None:
    """A file that comes later but stands first becomes the original."""
    corpus.take_in(b="same", c="same")

    corpus.take_in(a="same")

    assert corpus.duplicates() == {"b": "a", "c": "a"}
    assert corpus.outcomes() == {"a": "done", "b": "duplicate", "c": "duplicate"}


@pytest.mark.parametrize("original", [None, "no longer the same"])
def test_a_duplicate_takes_the_place_of_its_original(corpus: Corpus, original: str | None) -> None:
    """Where the original is removed or edited, the next in order stands for itself."""
    corpus.take_in(a="same", b="same", c="same")

    corpus.take_in(a=original)

    assert corpus.duplicates() == {"c": "b"}
    assert corpus.outcomes()["b"] == "done"


def test_records_of_a_table_can_be_duplicates(corpus: Corpus) -> None:
    """The source counts them; it is a duplicate only if all its records are."""
    rows = [{"text": "same"}, {"text": "own"}]
    (corpus.folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))

    corpus.take_in(a="same")

    (row,) = [r for r in corpus.store.read("sources", 0).to_pylist() if r["source"] == "rows.jsonl"]
    assert (row["outcome"], row["records"], row["documents"], row["duplicates"]) == (
        "done",
        2,
        2,
        1,
    )
    assert corpus.duplicates() == {"rows.jsonl": "a"}


def version(edits: int) -> str:
    """A text of which so many words are others."""
    return " ".join(f"{'edited' if i < edits else 'word'}{i}" for i in range(120))


def test_near_duplicates_are_done(corpus: Corpus) -> None:
    """They are named, and analysed like others; only what is the same to the letter is not."""
    corpus.take_in(a=version(0), b=version(5), c=version(5), d=version(60))

    assert corpus.duplicates() == {"b": "a", "c": "b"}
    assert corpus.outcomes() == {"a": "done", "b": "done", "c": "duplicate", "d": "done"}
    assert corpus.books(3) == Books(found=4, done=3, duplicate=1)
    kinds = {source: mark[4:] for source, mark in corpus.marks().items()}
    assert kinds == {
        "a.txt": ("", 0.0),
        "b.txt": ("near", pytest.approx(111 / 121, abs=0.08)),
        "c.txt": ("exact", 1.0),
        "d.txt": ("", 0.0),
    }


rounds = st.lists(
    st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.integers(0, 24), min_size=1),
    min_size=2,
    max_size=4,
)


@mock.patch("tasks.folders.disk.sync", mock.Mock())  # no power is lost here, and it takes its time
@settings(max_examples=12, deadline=None)
@given(rounds)
def test_near_duplicates_do_not_depend_on_the_way(rounds: list[dict[str, int | None]]) -> None:
    """Whatever came, changed and went in which order, the marks are those of a fresh run."""
    with tempfile.TemporaryDirectory() as folder:
        grown, fresh = (Corpus.new(Path(folder, name)) for name in ("grown", "fresh"))
        texts = {"i": version(12)}
        grown.take_in(**texts)
        for edits in rounds:
            changes = {
                name: None if edit is None else version(edit)
                for name, edit in edits.items()
                if edit is not None or name in texts
            }
            grown.take_in(**changes)
            texts = {k: v for k, v in (texts | changes).items() if v is not None}
        fresh.take_in(**texts)

        assert grown.marks() == fresh.marks()


# ── rejects and books ───────────────────────────────────────────────────────────────────────────


def test_rejects_stay_until_their_source_changes(corpus: Corpus) -> None:
    """An unchanged source keeps its reject, a mended one loses it."""
    corpus.take_in(a="", b="", c="text")
    assert corpus.books(1) == Books(found=3, done=1, rejected=2)

    receipt = corpus.take_in(a="mended")

    rows = corpus.store.read("rejects", 0, stage="ingest").to_pylist()
    assert [(row["source"], row["attempts"]) for row in rows] == [("b.txt", 1)]
    assert corpus.outcomes() == {"a": "done", "b": "rejected", "c": "done"}
    assert corpus.books(receipt.done) == Books(found=3, done=1, reused=1, rejected=1)


def test_a_reject_that_fails_again_counts(corpus: Corpus) -> None:
    """Each try of new bytes is an attempt."""
    corpus.take_in(a="", b="text")

    corpus.take_in(a="   ")

    rows = corpus.store.read("rejects", 0, stage="ingest").to_pylist()
    assert [(row["source"], row["attempts"]) for row in rows] == [("a.txt", 2)]


def test_the_last_reject_takes_its_part_along(corpus: Corpus) -> None:
    """Where nothing is rejected there is no part."""
    corpus.take_in(a="", b="text")

    corpus.take_in(a="mended")

    assert corpus.store.partitions("rejects") == []


def test_books_tell_a_lost_document(corpus: Corpus) -> None:
    """A part that goes missing under the run does not go unseen."""
    corpus.take_in(a="one", b="two", c="three")
    corpus.store.drop("documents", 0)

    with pytest.raises(BooksDoNotBalance, match="found 3 but 1 accounted for"):
        assembly.books(corpus.store, done=0).check("ingest")


def test_ids_are_those_of_source_and_record(corpus: Corpus) -> None:
    """They outlive an edit of the text."""
    corpus.take_in(a="one")
    before = corpus.store.read("documents", 0, ["doc_id"]).to_pylist()

    corpus.take_in(a="changed")

    assert corpus.store.read("documents", 0, ["doc_id"]).to_pylist() == before
    assert before == [{"doc_id": document_id("a.txt", "")}]
