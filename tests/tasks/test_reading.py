"""Files that hold files, from the corpus to the tables and through its changes."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

import pytest

from schemas.config import IngestConfig
from tasks import assembly
from tasks.ingest import Changes, ReadJob, batches, changed, read_batch
from tasks.sources import hashed, scan
from tasks.store import Store
from tests.results import recipe_of

CONFIG = IngestConfig()
RECIPE = recipe_of("ingest")


def pack(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A text, an archive with an archive and a table in it, and a mail with two attachments."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text("A text of its own.")
    inner = pack(tmp_path / "inner.zip", {"deep.txt": "Deep words."})
    pack(
        folder / "x.zip",
        {
            "one.txt": "First words.",
            "rows.jsonl": '{"text": "Row one."}\n{"text": ""}\n',
            "in.zip": inner.read_bytes(),
            ".hidden": "x",
        },
    )
    mail = EmailMessage()
    mail["Subject"] = "Papers"
    mail.set_content("See the papers.")
    mail.add_attachment("Attached words.", filename="paper.txt")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    (folder / "m.eml").write_bytes(mail.as_bytes())
    return folder


def take_in(store: Store, corpus: Path, config: IngestConfig = CONFIG) -> Changes:
    """Read and place all that is new; how the corpus differed."""
    changes = changed(store, hashed(scan(str(corpus), config), threads=1), RECIPE)
    jobs = [ReadJob(store.root, some, config, RECIPE) for some in batches(changes)]
    read = [read_batch(job)[0] for job in jobs]
    assembly.assemble(store, assembly.Assembly(changes, read, RECIPE, 3))
    store.clear_staging()
    return changes


def texts(store: Store) -> dict[str, str]:
    """The text of each document, by its source and record."""
    return {
        f"{row['source']} {row['record']}".strip(): row["text"]
        for partition in store.partitions("documents")
        for row in store.read("documents", partition).to_pylist()
    }


def outcomes(store: Store) -> dict[str, tuple[str, str]]:
    rows = store.read("sources", 0).to_pylist()
    return {row["source"]: (row["outcome"], row["reason"]) for row in rows}


def test_parts_are_sources_of_their_own(store: Store, corpus: Path) -> None:
    """A path leads through every container to the text."""
    take_in(store, corpus)

    assert texts(store) == {
        "a.txt": "A text of its own.",
        "m.eml": "See the papers.",
        "m.eml#attachment/1/paper.txt": "Attached words.",
        "x.zip#in.zip#deep.txt": "Deep words.",
        "x.zip#one.txt": "First words.",
        "x.zip#rows.jsonl 0": "Row one.",
    }
    assert outcomes(store) == {
        "a.txt": ("done", ""),
        "m.eml": ("done", ""),
        "m.eml#attachment/1/paper.txt": ("done", ""),
        "m.eml#attachment/2/logo.png": ("skipped", "media"),
        "x.zip": ("done", ""),
        "x.zip#.hidden": ("skipped", "hidden"),
        "x.zip#in.zip": ("done", ""),
        "x.zip#in.zip#deep.txt": ("done", ""),
        "x.zip#one.txt": ("done", ""),
        "x.zip#rows.jsonl": ("done", ""),
    }


def test_the_books_balance_with_parts(store: Store, corpus: Path) -> None:
    """Six documents, an empty row, and two that are skipped; containers count for nothing."""
    take_in(store, corpus)

    books = assembly.books(store, done=6)

    books.check("ingest")
    assert (books.found, books.done, books.rejected, books.skipped) == (9, 6, 1, 2)


def test_an_unchanged_container_is_not_read_again(store: Store, corpus: Path) -> None:
    """Nor are its parts taken for gone."""
    take_in(store, corpus)

    changes = take_in(store, corpus)

    assert changes.settled
    assert changes.unchanged == {"a.txt", "m.eml", "x.zip"}


def test_a_changed_container_keeps_what_did_not_change(store: Store, corpus: Path) -> None:
    """One entry is changed, one goes, one comes: ids and texts of the others stay."""
    take_in(store, corpus)
    before = {
        row["source"]: (row["doc_id"], row["text_sha256"])
        for p in store.partitions("documents")
        for row in store.read("documents", p).to_pylist()
    }
    pack(corpus / "x.zip", {"one.txt": "First words.", "new.txt": "New words."})

    changes = take_in(store, corpus)

    after = {
        row["source"]: (row["doc_id"], row["text_sha256"])
        for p in store.partitions("documents")
        for row in store.read("documents", p).to_pylist()
    }
    assert [source.source for source in changes.unread] == ["x.zip"]
    assert after.keys() - before.keys() == {"x.zip#new.txt"}
    assert before.keys() - after.keys() == {"x.zip#in.zip#deep.txt", "x.zip#rows.jsonl"}
    assert all(after[source] == before[source] for source in after.keys() & before.keys())
    assembly.books(store, done=2).check("ingest")


def test_a_container_that_is_gone_takes_its_parts_along(store: Store, corpus: Path) -> None:
    """No row of any table is left."""
    take_in(store, corpus)
    (corpus / "x.zip").unlink()

    changes = take_in(store, corpus)

    assert changes.gone == {"x.zip"}
    assert not any(source.startswith("x.zip") for source in {**texts(store), **outcomes(store)})


def test_a_file_may_be_called_as_a_part_is(store: Store, corpus: Path) -> None:
    """They are two documents."""
    (corpus / "x.zip#one.txt").write_text("Another text.")

    take_in(store, corpus)

    found = [
        (row["doc_id"], row["text"])
        for p in store.partitions("documents")
        for row in store.read("documents", p).to_pylist()
        if row["source"] == "x.zip#one.txt"
    ]
    assert sorted(text for _, text in found) == ["Another text.", "First words."]
    assert len({doc_id for doc_id, _ in found}) == 2


@pytest.mark.parametrize("changes", ["x.zip", "x.zip#one.txt"])
def test_two_of_one_name_are_read_anew_together(store: Store, corpus: Path, changes: str) -> None:
    """A file that is called as a part, and the container of that part."""
    (corpus / "x.zip#one.txt").write_text("Another text.")
    take_in(store, corpus)
    if changes == "x.zip":
        pack(corpus / "x.zip", {"two.txt": "Second words."})
    else:
        (corpus / "x.zip#one.txt").write_text("A new text.")

    changed = take_in(store, corpus)

    found = sorted(
        row["text"]
        for p in store.partitions("documents")
        for row in store.read("documents", p).to_pylist()
        if row["source"] == "x.zip#one.txt"
    )
    assert {source.source for source in changed.unread} == {"x.zip", "x.zip#one.txt"}
    assert found == (["Another text."] if changes == "x.zip" else ["A new text.", "First words."])
    assert take_in(store, corpus).settled


def test_a_limit_rejects_the_container(store: Store, corpus: Path) -> None:
    """Once, with the limit named."""
    bomb = b"0" * 20_000_000
    pack(corpus / "bomb.zip", {"zeros.txt": bomb})

    take_in(store, corpus)

    rejects = store.read("rejects", 0, stage="ingest").to_pylist()
    (found,) = [row for row in rejects if row["source"].startswith("bomb")]
    assert (found["source"], found["reason"]) == ("bomb.zip", "too_large")
    assert "ingest.max_expansion_ratio" in found["message"]
    assembly.books(store, done=6).check("ingest")


def test_a_container_above_a_limit_leaves_no_part(store: Store, corpus: Path) -> None:
    """What was read before the limit was passed is withdrawn."""
    files = {f"{n}.txt": f"Words of {n}." for n in range(5)}
    pack(corpus / "many.zip", files)

    take_in(store, corpus, CONFIG.model_copy(update={"max_entries": 4}))

    assert outcomes(store)["many.zip"] == ("rejected", "too_large")
    assert not any(source.startswith("many.zip#") for source in {**outcomes(store), **texts(store)})
    assembly.books(store, done=6).check("ingest")


def test_a_bomb_in_a_container_costs_itself(store: Store, corpus: Path) -> None:
    """The archive and the mailbox in which it lies are read."""
    bomb = pack(corpus.parent / "bomb.zip", {"a.txt": "Before.", "zeros.txt": b"0" * 20_000_000})
    mail = EmailMessage()
    mail.set_content("Look at this.")
    mail.add_attachment(
        bomb.read_bytes(), maintype="application", subtype="zip", filename="bomb.zip"
    )
    line = b"From a@b.example Thu Jan  1 10:00:00 2026\n"
    plain = line + b"Subject: Two\n\nThe next mail.\n"
    (corpus / "box.mbox").write_bytes(line + mail.as_bytes() + b"\n" + plain)

    take_in(store, corpus)

    found = {source: how for source, how in outcomes(store).items() if source.startswith("box")}
    assert found == {
        "box.mbox": ("done", ""),
        "box.mbox#1": ("done", ""),
        "box.mbox#1#attachment/1/bomb.zip": ("rejected", "too_large"),
        "box.mbox#2": ("done", ""),
    }
    assert texts(store)["box.mbox#2"] == "The next mail."
    assembly.books(store, done=8).check("ingest")


def test_compressed_files_in_an_archive_count_for_it(store: Store, corpus: Path) -> None:
    """Each may be within its limits, and all together not."""
    rows = gzip.compress(b'{"text": "words", "more": "' + b"0" * 4_000_000 + b'"}\n')
    pack(corpus / "many.zip", {f"{n}.jsonl.gz": rows for n in range(6)} | {"z.txt": "z"})

    take_in(store, corpus)

    assert outcomes(store)["many.zip"] == ("rejected", "too_large")


def test_a_file_that_holds_itself(store: Store, corpus: Path) -> None:
    """Nesting ends it; what stands around it is done."""
    data = b"Words at last."
    for _ in range(9):
        data = gzip.compress(data)
    (corpus / "deep.gz").write_bytes(data)

    take_in(store, corpus)

    found = {s: how for s, how in outcomes(store).items() if s.startswith("deep.gz")}
    assert len(found) == CONFIG.max_nesting + 2
    assert list(found.values()).count(("rejected", "too_large")) == 1
    assembly.books(store, done=6).check("ingest")


def test_a_mail_may_be_all_attachments(store: Store, corpus: Path) -> None:
    """It is no reject that it says nothing itself; one that holds nothing at all is."""
    mail = EmailMessage()
    mail["Subject"] = "Scan"
    mail.add_attachment("Scanned words.", filename="scan.txt")
    (corpus / "scan.eml").write_bytes(mail.as_bytes())
    (corpus / "void.eml").write_bytes(b"Subject: Nothing\n\n")

    take_in(store, corpus)

    assert outcomes(store)["scan.eml"] == ("done", "")
    assert outcomes(store)["scan.eml#attachment/1/scan.txt"] == ("done", "")
    assert outcomes(store)["void.eml"] == ("rejected", "empty")
    assembly.books(store, done=7).check("ingest")


def test_a_damaged_container_is_said_to_be_so_once(store: Store, corpus: Path) -> None:
    """What came before the damage stands."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in ("one.txt", "two.txt"):
            entry = tarfile.TarInfo(name)
            entry.size = 2000
            archive.addfile(entry, io.BytesIO(b"word " * 400))
    (corpus / "cut.tar").write_bytes(packed.getvalue()[:3500])
    (corpus / "cut.eml.gz").write_bytes(gzip.compress((corpus / "m.eml").read_bytes())[:-30])

    take_in(store, corpus)

    rejects = store.read("rejects", 0, stage="ingest").to_pylist()
    assert sorted(row["source"] for row in rejects if row["source"].startswith("cut")) == [
        "cut.eml.gz", "cut.tar",
    ]  # fmt: skip
    assert outcomes(store)["cut.tar#one.txt"] == ("done", "")
    assembly.books(store, done=7).check("ingest")


def test_nesting_has_a_limit(store: Store, corpus: Path) -> None:
    """What lies deeper is rejected, what lies above is read."""
    take_in(store, corpus, CONFIG.model_copy(update={"max_nesting": 1}))

    assert "x.zip#one.txt" in texts(store)
    assert outcomes(store)["x.zip#in.zip#deep.txt"] == ("rejected", "too_large")
    assembly.books(store, done=5).check("ingest")


MEDIA = {
    "photo.txt": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "tool": b"MZ\x90\0\x03\0\0\0",
    "words.db": b"SQLite format 3\0\x10\0",
}


def test_what_has_no_text_is_skipped_wherever_it_is(store: Store, corpus: Path) -> None:
    """In a folder, an archive, a mail, and compressed; what claims to be a document is rejected."""
    for name, data in MEDIA.items():
        (corpus / name).write_bytes(data)
    (corpus / "photo.png.gz").write_bytes(gzip.compress(MEDIA["photo.txt"]))
    (corpus / "odd.docx").write_bytes(bytes(range(256)) * 4)
    pack(corpus / "media.zip", MEDIA)
    mail = EmailMessage()
    mail.set_content("See the tool.")
    mail.add_attachment(MEDIA["tool"], maintype="application", subtype="pdf", filename="tool.pdf")
    (corpus / "tool.eml").write_bytes(mail.as_bytes())

    take_in(store, corpus)

    found = outcomes(store)
    reasons = {"photo.txt": "media", "tool": "program", "words.db": "database"}
    for name, reason in reasons.items():
        assert found[name] == found[f"media.zip#{name}"] == ("skipped", reason)
    assert found["photo.png.gz#photo.png"] == ("skipped", "media")
    assert found["tool.eml#attachment/1/tool.pdf"] == ("skipped", "program")
    assert found["odd.docx"] == ("rejected", "unknown_format")
    assembly.books(store, done=7).check("ingest")


def test_what_was_opened_and_skipped_is_not_read_again(store: Store, corpus: Path) -> None:
    """Until its bytes change: it is told by them, not by its name."""
    (corpus / "photo").write_bytes(MEDIA["photo.txt"])
    small = CONFIG.model_copy(update={"max_bytes": 2000})
    (corpus / "film").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(5000))
    take_in(store, corpus, small)

    again = changed(store, hashed(scan(str(corpus), small), threads=1), RECIPE)
    (corpus / "photo").write_text("A text now.")
    changes = take_in(store, corpus, small)

    assert again.settled
    assert [source.source for source in changes.unread] == ["photo"]
    assert outcomes(store)["film"] == ("skipped", "media")
    assert texts(store)["photo"] == "A text now."
    assembly.books(store, done=1).check("ingest")
