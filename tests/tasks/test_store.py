"""The store: what is read back is what was written, or it is refused."""

import errno
import json
import os
import random
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest import mock

import filelock
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import DamagedPart, ResultsError, ResultsLocked, ResultsVersion
from schemas.receipts import Outcome
from schemas.tables import TABLES
from tasks import metrics
from tasks.footers import Answer, Footer
from tasks.rows import from_rows
from tasks.store import Store, content_digest, of_documents
from tests.results import part_path

DOCS = tuple(f"{n:016x}" for n in range(4))
FOOTER = Footer(
    {"stage": "summaries", "version": 1, "config": {"sentences": 3}},
    {
        DOCS[0]: Answer("0" * 32),
        DOCS[1]: Answer("1" * 32, Outcome.REJECTED),
        DOCS[2]: Answer("2" * 32, Outcome.SKIPPED),
        DOCS[3]: Answer("3" * 32),
    },
    {"content": "abc"},
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENDED = metrics.Ended("/results", "done", NOW, NOW, NOW)


def summaries(*docs: str, summary: str = "Short.") -> pa.Table:
    return from_rows(
        "summaries",
        [
            {
                "doc_id": doc,
                "summary": summary,
                "method": "extractive",
                "spans": [{"start": 0, "end": 6}],
                "coverage": 1.0,
            }
            for doc in docs
        ],
    )


def written(store: Store) -> Path:
    store.write("summaries", 0, summaries(DOCS[0], DOCS[3]), FOOTER)
    return part_path(store, "summaries", 0)


def empty(table: str, store: Store, *, stage: str = "") -> None:
    store.write(table, 0, TABLES[table].empty_table(), Footer({}), stage)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────


def test_rows_come_back(store: Store) -> None:
    """Rows and footer are what was written."""
    rows = summaries(DOCS[0], DOCS[3])

    said = store.write("summaries", 7, rows, FOOTER)

    assert said == "summaries/part-00007.parquet"
    assert store.read("summaries", 7).equals(rows)
    assert store.footer("summaries", 7) == FOOTER
    assert store.partitions("summaries") == [7]


@pytest.mark.parametrize("table", TABLES)
def test_every_table_comes_back_empty(store: Store, table: str) -> None:
    """Each fixed schema survives Parquet, and so do its descriptions."""
    store.write(table, 0, TABLES[table].empty_table(), Footer({}))

    found = store.read(table, 0)

    assert found.schema.equals(TABLES[table])
    for field in TABLES[table]:
        said = found.schema.field(field.name).metadata[b"description"]
        assert said == field.metadata[b"description"]


def test_rows_are_sorted_by_document(store: Store) -> None:
    """Rows come in any order; those of one document keep theirs."""
    rows = pa.concat_tables(
        [summaries(DOCS[3]), summaries(DOCS[0], summary="a"), summaries(DOCS[0], summary="b")]
    )

    store.write("summaries", 0, rows, FOOTER)

    found = store.read("summaries", 0)
    assert found["doc_id"].to_pylist() == [DOCS[0], DOCS[0], DOCS[3]]
    assert found["summary"].to_pylist() == ["a", "b", "Short."]


def test_rows_are_cast_to_the_fixed_schema(store: Store) -> None:
    """Wider numbers, plain labels and columns in another order fit in."""
    rows = summaries(DOCS[0])
    loose = rows.set_column(4, "coverage", pa.array([1.0], pa.float64()))
    loose = loose.set_column(2, "method", rows["method"].cast(pa.string()))

    store.write("summaries", 0, loose.select(loose.column_names[::-1]), FOOTER)

    assert store.read("summaries", 0).equals(rows)


def test_a_null_where_none_may_be_is_refused(store: Store) -> None:
    """A required column with a null never reaches the disk."""
    rows = summaries(DOCS[0]).set_column(1, "summary", pa.array([None], pa.string()))

    with pytest.raises(ValueError, match="summary"):
        store.write("summaries", 0, rows, FOOTER)

    assert store.partitions("summaries") == []


def test_columns_and_documents_can_be_chosen(store: Store) -> None:
    """Only the columns asked for, once each, in any order, and only these documents."""
    written(store)

    found = store.read("summaries", 0, ["summary", "doc_id", "summary"], docs=[DOCS[3], "none"])

    assert found.select(["doc_id", "summary"]).to_pylist() == [
        {"doc_id": DOCS[3], "summary": "Short."}
    ]
    assert found.num_columns == 2


def test_an_absent_part_has_no_rows(store: Store) -> None:
    """It has the columns asked for, and no footer."""
    assert store.read("summaries", 3).schema.equals(TABLES["summaries"])
    assert store.read("summaries", 3, ["summary"]).column_names == ["summary"]
    assert store.footer("summaries", 3) is None


def test_a_table_is_streamed_in_order(store: Store) -> None:
    """One part at a time, by number; rejects of several stages are all there."""
    for number in (2, 0, 1):
        store.write("summaries", number, summaries(DOCS[number]), FOOTER)
    row = {"source": "a", "record": "", "reason": "empty", "message": "", "attempts": 1}
    for stage in ("ingest", "preprocess"):
        store.write("rejects", 0, from_rows("rejects", [row | {"stage": stage}]), Footer({}), stage)

    found = [part["doc_id"].to_pylist() for part in store.stream("summaries", ["doc_id"])]

    assert found == [[DOCS[0]], [DOCS[1]], [DOCS[2]]]
    assert [part["stage"].to_pylist() for part in store.stream("rejects", ["stage"])] == [
        ["ingest"],
        ["preprocess"],
    ]
    assert store.partitions("rejects") == [0]


def test_metadata_of_a_stage_is_kept(store: Store) -> None:
    """What a stage says in its schema's metadata comes back, the old footer does not."""
    rows = TABLES["vocabulary"].empty_table().replace_schema_metadata({b"documents": b"12"})
    store.write("vocabulary", 0, rows, Footer({"version": 1}))

    store.write("vocabulary", 0, store.read("vocabulary", 0), Footer({"version": 2}))

    footer = store.footer("vocabulary", 0)
    assert store.read("vocabulary", 0).schema.metadata[b"documents"] == b"12"
    assert footer is not None
    assert footer.recipe == {"version": 2}


def test_pandas_reads_a_table(store: Store) -> None:
    """A folder is a table to anyone, without an index column."""
    written(store)

    frame = pd.read_parquet(store.root / "summaries")

    assert list(frame.columns) == TABLES["summaries"].names
    assert frame["doc_id"].tolist() == [DOCS[0], DOCS[3]]


# ── damage ──────────────────────────────────────────────────────────────────────────────────────


def test_a_flipped_bit_is_refused(store: Store) -> None:
    """Wherever a bit flips, the part is refused, or it still says exactly the same."""
    path = written(store)
    sound, rows = path.read_bytes(), store.read("summaries", 0)
    refused = 0
    for bit in random.Random(1).sample(range(len(sound) * 8), 400):
        broken = bytearray(sound)
        broken[bit // 8] ^= 1 << bit % 8
        path.write_bytes(broken)

        try:
            same = store.footer("summaries", 0) == FOOTER and store.read("summaries", 0).equals(
                rows
            )
        except DamagedPart:
            refused += 1
        else:
            assert same, f"bit {bit}"

    assert refused > 200


@pytest.mark.parametrize("length", [0, 3, 100, -1])
def test_a_short_file_is_refused(store: Store, length: int) -> None:
    """A part cut off anywhere names itself."""
    path = written(store)
    path.write_bytes(path.read_bytes()[:length])

    with pytest.raises(DamagedPart, match="summaries partition 0 is damaged") as rows:
        store.read("summaries", 0)
    with pytest.raises(DamagedPart) as footer:
        store.footer("summaries", 0)

    name = "summaries/part-00000.parquet"
    assert (rows.value.name, rows.value.table, rows.value.partition) == (name, "summaries", 0)
    assert footer.value.name == name
    assert store.seal(name) == ""


def test_parquet_of_others_is_refused(store: Store) -> None:
    """A file without our footer, or with other columns, is not a part."""
    path = written(store)
    ours = pq.read_table(path)

    pq.write_table(ours.replace_schema_metadata(None), path)
    with pytest.raises(DamagedPart, match="footer"):
        store.footer("summaries", 0)
    names = ["doc_id", "text", "method", "spans", "coverage"]
    renamed = ours.rename_columns(names).replace_schema_metadata(ours.schema.metadata)
    pq.write_table(renamed, path)
    with pytest.raises(DamagedPart, match="columns are not those"):
        store.read("summaries", 0)
    pq.write_table(ours.slice(1), path)
    with pytest.raises(DamagedPart, match="1 rows instead of 2"):
        store.read("summaries", 0)


def test_a_damaged_part_is_set_aside(store: Store) -> None:
    """It is out of the readers' sight, but can be looked at."""
    path = written(store)
    path.write_bytes(b"PAR1")

    with pytest.raises(DamagedPart) as damage:
        store.read("summaries", 0)
    store.set_aside(damage.value)

    assert store.partitions("summaries") == []
    assert (path.parent / ".damaged-part-00000.parquet").read_bytes() == b"PAR1"


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "place", ["pyarrow.parquet.write_table", "os.fsync", "pathlib.Path.replace"]
)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_failed_write_harms_nothing(store: Store, place: str, code: int) -> None:
    """On a full or failing disk the old part stands, and nothing is left beside it."""
    path = written(store)
    before = path.read_bytes()

    with (
        mock.patch(place, side_effect=OSError(code, os.strerror(code))),
        pytest.raises(OSError, match=os.strerror(code)),
    ):
        store.write("summaries", 0, summaries(DOCS[1]), FOOTER)

    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


WRITERS: dict[str, Callable[[Store], object]] = {
    "summaries/part-00000.parquet": written,
    "topic_model/part-00000.parquet": partial(empty, "topic_model"),
    "runs/part-00000.parquet": partial(empty, "runs"),
    "changes/part-00000.tokens-00001.parquet": partial(empty, "changes", stage="tokens-00001"),
    "report.html": lambda store: store.replace("report.html", b"page"),
    ".corpusmill.json": lambda store: store.open(create=True),
    "metrics/a.prom": lambda store: metrics.write(Path(store.root, "metrics/a.prom"), ENDED),
}
"""What writes a file that must outlast a power failure."""


@pytest.mark.parametrize("name", WRITERS)
def test_files_are_synced_before_they_are_renamed(store: Store, name: str) -> None:
    """First the bytes go to the disk, then the name, then the folder, and the folder of a new one.

    These are the calls to the system: what is cached is gone when the power fails between any two.
    """
    path, calls = Path(store.root, name), list[tuple[str, str]]()
    synced, renamed = os.fsync, os.rename
    new = path.parent.exists()

    def fsync(handle: int) -> None:
        calls.append(("fsync", str(Path(f"/proc/self/fd/{handle}").readlink())))
        synced(handle)

    def rename(old: Path, to: Path) -> None:
        calls.append(("rename", f"{old} {to}"))
        renamed(old, to)

    with mock.patch("os.fsync", fsync), mock.patch("os.replace", rename):
        WRITERS[name](store)

    temporary = path.with_name(f".{path.name}.new")
    made = [] if new else [("fsync", str(path.parent.parent))]
    assert calls == [
        *made,
        ("fsync", str(temporary)),
        ("rename", f"{temporary} {path}"),
        ("fsync", str(path.parent)),
    ]


@pytest.mark.parametrize(
    ("table", "partition", "stage"),
    [("keywords", 0, ""), ("summaries", 1, ""), ("rejects", 0, "summaries")],
)
def test_a_part_under_another_name_is_refused(
    store: Store, table: str, partition: int, stage: str
) -> None:
    """Of another table, partition or stage: it says what it is."""
    other = part_path(store, table, partition, stage)
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(written(store).read_bytes())

    with pytest.raises(DamagedPart, match=r"it is summaries/part-00000\.parquet"):
        store.footer(table, partition, stage)
    with pytest.raises(DamagedPart, match=r"it is summaries/part-00000\.parquet"):
        store.read(table, partition, stage=stage)
    assert [part.name for part in store.damaged()] == [store.name(table, partition, stage)]


def test_a_write_that_reads_back_short_is_refused(store: Store) -> None:
    """What cannot be read back whole is never put in place."""
    path = written(store)
    before = path.read_bytes()
    write = pq.write_table

    def lossy(rows: pa.Table, *args: object, **options: object) -> None:
        write(rows.slice(1), *args, **options)

    with mock.patch("pyarrow.parquet.write_table", lossy), pytest.raises(DamagedPart):
        store.write("summaries", 0, summaries(*DOCS), FOOTER)

    assert path.read_bytes() == before


def test_what_a_killed_run_left_is_invisible_and_removed(store: Store) -> None:
    """A half-written part hides from pandas, and goes with the next run."""
    path = written(store)
    half = path.with_name(".part-00001.parquet.new")
    half.write_bytes(b"PAR1 and no more")

    frame = pd.read_parquet(path.parent)
    store.clean()

    assert len(frame) == 2
    assert not half.exists()
    assert path.exists()


def test_a_dropped_part_is_gone(store: Store) -> None:
    """Dropping what is not there is fine."""
    written(store)

    store.drop("summaries", 0)
    store.drop("summaries", 0)

    assert store.partitions("summaries") == []


def test_a_small_file_is_replaced_whole(store: Store) -> None:
    """The old content stands until the new is there."""
    path = Path(store.root, "report.html")
    store.replace("report.html", b"old")

    with (
        mock.patch("os.fsync", side_effect=OSError(errno.ENOSPC, "full")),
        pytest.raises(OSError, match=r"No space left on device: .*/report\.html"),
    ):
        store.replace("report.html", b"new")

    assert path.read_bytes() == b"old"
    assert {p.name for p in path.parent.iterdir()} == {"report.html", ".corpusmill.json"}


# ── the folder ──────────────────────────────────────────────────────────────────────────────────


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    """Opening makes it, with its parents; opening again is fine."""
    made = Store(tmp_path / "some" / "results")

    made.open(create=True)
    made.open(create=True)
    made.open(create=False)

    assert json.loads((made.root / ".corpusmill.json").read_text()) == {"format": 3}


@pytest.mark.parametrize("left", [".lock", "..corpusmill.json.new"])
def test_a_run_killed_at_its_beginning_is_no_hindrance(tmp_path: Path, left: str) -> None:
    """A folder with no more than the beginnings of a run can be used."""
    (tmp_path / left).touch()

    Store(tmp_path).open(create=True)

    assert (tmp_path / ".corpusmill.json").exists()


def test_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    """A folder that holds something else is left alone."""
    (tmp_path / "thesis.docx").touch()

    with pytest.raises(ResultsError, match="was not made by Corpusmill: give another folder"):
        Store(tmp_path).open(create=True)

    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"]


def test_another_format_is_refused(tmp_path: Path) -> None:
    """Results of another version are neither read nor written."""
    (tmp_path / ".corpusmill.json").write_text('{"format": 99}')

    for create in (True, False):
        with pytest.raises(ResultsVersion, match="format 99, this version writes 3"):
            Store(tmp_path).open(create=create)


def test_no_results_yet(tmp_path: Path) -> None:
    """Reading where nothing was written names the command that makes results."""
    with pytest.raises(ResultsError, match="python -m flows run"):
        Store(tmp_path / "none").open(create=False)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_that_cannot_be_written(tmp_path: Path, code: int) -> None:
    """No permission, a read-only disk and a full one are said with the way out."""
    error = OSError(code, os.strerror(code))
    with (
        mock.patch("pathlib.Path.write_bytes", side_effect=error),
        pytest.raises(ResultsError, match=f"cannot be written .{os.strerror(code)}.: mend its"),
    ):
        Store(tmp_path / "results").open(create=True)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_lock_that_cannot_be_taken(tmp_path: Path, code: int) -> None:
    """The same goes for the lock."""
    error = OSError(code, os.strerror(code))
    with (
        mock.patch("pathlib.Path.mkdir", side_effect=error),
        pytest.raises(ResultsError, match=f"cannot be written .{os.strerror(code)}.: mend its"),
        Store(tmp_path / "results").locked(0),
    ):
        pass


def test_one_writer(tmp_path: Path) -> None:
    """A second run is turned away while the first goes on, and let in afterwards."""
    results = Store(tmp_path / "results")
    with (
        results.locked(0),
        pytest.raises(
            ResultsLocked,
            match=rf"another run is writing .*: process {os.getpid()} on {socket.gethostname()}, "
            r"since 2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d.*run\.lock_timeout_s",
        ),
        Store(tmp_path / "results").locked(0.05),
    ):
        pass

    with results.locked(0):
        held = filelock.FileLock(results.root / ".lock", timeout=0)
        with pytest.raises(filelock.Timeout):
            held.acquire()


def test_errors_of_the_work_are_not_taken_for_the_lock(tmp_path: Path) -> None:
    """What goes wrong under the lock is said as it is, and the lock is let go."""
    results = Store(tmp_path / "results")

    with pytest.raises(PermissionError, match="a file of the corpus"), results.locked(0):
        raise PermissionError(errno.EACCES, "a file of the corpus")

    with results.locked(0):
        assert (results.root / ".lock").exists()


# ── helpers ─────────────────────────────────────────────────────────────────────────────────────


def test_rows_of_documents() -> None:
    """Only the rows of these documents, in their order."""
    found = of_documents(summaries(DOCS[2], DOCS[0], DOCS[1]), {DOCS[1], DOCS[2]})

    assert found["doc_id"].to_pylist() == [DOCS[2], DOCS[1]]


def test_content_digests() -> None:
    """Equal rows have equal digests, however they are cut up; metadata counts."""
    rows = summaries(*DOCS)
    cut = pa.concat_tables([rows.slice(0, 1), rows.slice(1)])

    assert content_digest(rows) == content_digest(cut)
    assert content_digest(rows) != content_digest(rows.slice(1))
    assert content_digest(rows) != content_digest(rows.replace_schema_metadata({"n": "1"}))


def test_staging_is_cleared_whole(store: Store) -> None:
    """Also what a killed run staged of files that have changed since."""
    staged = Path(store.root, store.staged("of-an-earlier-run"))
    staged.mkdir(parents=True)

    store.clear_staging()

    assert not staged.parent.exists()


# ── footers that were read before ───────────────────────────────────────────────────────────────


def aged(path: Path, seconds: int) -> None:
    """Let a file be so many seconds old."""
    then = path.stat().st_mtime_ns - seconds * 10**9
    os.utime(path, ns=(then, then))


def test_a_footer_is_read_once(store: Store) -> None:
    """Asked for again, also by another store of the folder, it costs a look at the file."""
    aged(written(store), 60)
    first = store.footer("summaries", 0)

    with mock.patch("pyarrow.parquet.read_metadata") as read:
        again = Store(store.root).footer("summaries", 0)

    assert again is first
    assert first == FOOTER
    assert not read.called


def test_a_footer_that_is_written_anew_is_read_anew(store: Store) -> None:
    """Whatever was read before."""
    aged(written(store), 60)
    store.footer("summaries", 0)
    store.write("summaries", 0, summaries(), Footer({"stage": "summaries", "version": 2}))

    footer = store.footer("summaries", 0)

    assert footer is not None
    assert footer.recipe["version"] == 2


def test_damage_to_a_footer_that_was_read_is_found(store: Store) -> None:
    """A part that is written to after its footer was read is looked at again."""
    part = written(store)
    aged(part, 60)
    store.footer("summaries", 0)
    part.write_bytes(part.read_bytes()[:-9])

    with pytest.raises(DamagedPart):
        store.footer("summaries", 0)
