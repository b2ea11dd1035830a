"""Rows of labelled data: every kind of file reads the same, and a broken one is named."""

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.errors import CorpusError
from tasks.labelled_rows import Faults, rows

NEEDS = [("text", "label")]
ROWS = [(1, {"text": "NA", "label": "1"}), (2, {"text": 'He said:\n"yes, é"', "label": "2020"})]
JSONL = '{"text": "NA", "label": "1"}\n{"text": "He said:\\n\\"yes, é\\"", "label": "2020"}\n'
CSV = 'text,label\r\nNA,1\r\n"He said:\n""yes, é""",2020\r\n'


def read(path: Path) -> list[tuple[int, dict[str, object]]]:
    """The rows of one file; its faults as an error."""
    faults = Faults()
    found = [(number, dict(row)) for _, number, row in rows([path], faults, needs=NEEDS, fix="")]
    faults.end()
    return found


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", JSONL.encode()),
        ("a.NDJSON", JSONL.encode("utf-8-sig")),
        ("a.jsonl.gz", gzip.compress(JSONL.encode())),
        ("a.jsonl.bz2", bz2.compress(JSONL.encode())),
        ("a.jsonl.zst", pa.compress(JSONL.encode(), "zstd", asbytes=True)),
        ("a.csv", CSV.encode()),
        ("a.csv.gz", gzip.compress(CSV.encode("utf-8-sig"))),
        ("a.tsv", CSV.replace(",", "\t").replace("yes\t", "yes,").encode()),
    ],
)
def test_every_kind_reads_the_same(name: str, data: bytes, tmp_path: Path) -> None:
    """Nothing is taken for a number, a date or a missing value."""
    path = tmp_path / name
    path.write_bytes(data)

    found = read(path)

    assert found == ROWS


def test_parquet_reads_the_same(tmp_path: Path) -> None:
    """Dictionaries count as what they stand for; what is missing is None."""
    table = pa.table(
        {
            "text": [*(row["text"] for _, row in ROWS), None],
            "label": pa.array([*(row["label"] for _, row in ROWS), None]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")

    found = read(tmp_path / "a.parquet")

    assert found == [*ROWS, (3, {"text": None, "label": None})]


def test_a_column_without_a_name_is_one(tmp_path: Path) -> None:
    """As pandas writes its index."""
    path = tmp_path / "a.csv"
    path.write_text(",text,label\n0,Fine.,up\n", encoding="utf-8")

    found = read(path)

    assert found == [(1, {"": "0", "text": "Fine.", "label": "up"})]


def broken_lines(path: Path) -> None:
    path.write_text('\n{"text": "a", "label": "b"}\n{oops\n[1]\n', encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "write", "fault"),
    [
        ("a.jsonl", broken_lines, r"a\.jsonl, row 3: it is no JSON: .*\na\.jsonl, row 4: it is no"),
        ("a.csv", lambda p: p.write_text("text,label\na,b\na,b,c\n"), "row 2: it has more fields"),
        (
            "a.tsv",
            lambda p: p.write_text('text\tlabel\n"a" b\tc\n'),
            r"a\.tsv, after line 1: .* expected",
        ),
        ("a.csv", lambda p: p.write_text("text,label\n"), r"a\.csv holds no row"),
        ("a.jsonl", lambda p: p.write_bytes(b""), r"a\.jsonl holds no row"),
        ("a.jsonl", lambda _: None, r"a\.jsonl is missing"),
        (
            "a.csv",
            lambda p: p.write_bytes(b"text,label\n\xe9,b\n"),
            "cannot be read as .csv: 'utf-8",
        ),
        ("a.jsonl.gz", lambda p: p.write_bytes(b"no"), "cannot be read as .jsonl: "),
        (
            "a.jsonl.gz",
            lambda p: p.write_bytes(gzip.compress(JSONL.encode())[:-20]),
            "cannot be read as .jsonl: ",
        ),
        ("a.parquet", lambda p: p.write_bytes(b"no"), "cannot be read as .parquet: "),
        ("a.txt", lambda p: p.write_text("a"), "is none of jsonl, csv, tsv or Parquet"),
        ("gz", lambda p: p.write_text("a"), "is none of jsonl, csv, tsv or Parquet"),
    ],
)
def test_what_is_broken_is_named(
    name: str, write: Callable[[Path], object], fault: str, tmp_path: Path
) -> None:
    """Where it stands, and why."""
    write(tmp_path / name)

    with pytest.raises(CorpusError, match=fault):
        read(tmp_path / name)


def test_faults_of_all_files_are_said_together(tmp_path: Path) -> None:
    """One file that is broken does not hide the other."""
    faults = Faults()
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]

    found = list(rows(paths, faults, needs=NEEDS, fix=""))

    assert found == []
    with pytest.raises(CorpusError, match=r"a\.jsonl is missing\n.*b\.jsonl is missing"):
        faults.end()
