"""Tables written out: what a cell of each form holds."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from schemas.errors import ConfigError
from tasks import exporting
from tasks.folders.disk import replacing
from tasks.footers import Footer
from tasks.rows import from_rows
from tasks.store import Store
from tests.results import document, recipe_of

ROW = {
    "doc_id": "d1",
    "start": 0,
    "end": 3,
    "label": "ORG",
    "text": "Acme",
    "canonical": "acme",
}


def cell(value: object, kind: pa.DataType) -> object:
    return exporting.cells(pa.table({"a": pa.array([value], kind)}))["a"][0].as_py()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", "＝1"])
def test_what_a_spreadsheet_takes_for_a_formula_is_text(text: str) -> None:
    assert cell(text, pa.string()) == f"'{text}"


@pytest.mark.parametrize("text", ["a=1", "'=1", "", "x\n=1", "1-2", "🙂"])
def test_other_text_stays(text: str) -> None:
    assert cell(text, pa.string()) == text


def test_numbers_stay_numbers() -> None:
    assert cell(-1.5, pa.float64()) == -1.5


def test_labels_times_and_lists() -> None:
    """A label is its word, a time is ISO 8601, a list is JSON."""
    label = pa.dictionary(pa.int32(), pa.string())
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)

    assert cell("=x", label) == "'=x"
    assert str(cell(at, pa.timestamp("us", tz="UTC"))).startswith("2026-03-01T12:00:00")
    assert json.loads(str(cell([1.0, 2.5], pa.list_(pa.float32())))) == [1.0, 2.5]
    assert cell(None, pa.list_(pa.float32())) is None


@pytest.fixture
def rejected(store: Store) -> Store:
    """A table of one row with all that is awkward."""
    row = {
        "doc_id": None,
        "source": '=cmd|"x"\nb, c',
        "record": "",
        "stage": "ingest",
        "reason": "empty",
        "message": "no text",
        "attempts": 1,
    }
    store.write("rejects", 0, from_rows("rejects", [row]), Footer({"stage": "ingest"}), "ingest")
    return store


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_form_reads_back(rejected: Store, tmp_path: Path, form: str) -> None:
    (path,) = exporting.export(rejected, tmp_path / "out", ["rejects", "entities"], form)

    read = {
        "csv": pd.read_csv,
        "jsonl": lambda path: pd.read_json(path, lines=True),
        "parquet": pd.read_parquet,
    }[form](path)
    source = '=cmd|"x"\nb, c'
    assert read.source.tolist() == [f"'{source}" if form == "csv" else source]
    assert read.attempts.tolist() == [1]
    assert read.doc_id.isna().all()


def test_a_failed_export_leaves_the_old_file(rejected: Store, tmp_path: Path) -> None:
    (path,) = exporting.export(rejected, tmp_path, ["rejects"], "csv")
    before = path.read_bytes()
    part = Path(str(rejected.root)) / rejected.parts("rejects")[0]
    part.write_bytes(part.read_bytes()[:-9])

    with pytest.raises(Exception, match="damaged"):
        exporting.export(rejected, tmp_path, ["rejects"], "csv")

    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_form_that_there_is_not(rejected: Store, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no pdf"):
        exporting.export(rejected, tmp_path, ["rejects"], "pdf")


def test_bytes_are_hexadecimal(store: Store, tmp_path: Path) -> None:
    """Signatures of documents are no text: CSV and JSON have none of their bytes."""
    row = document("a", "A text.", minhash=b"\xff\x00=")
    store.write("documents", 0, from_rows("documents", [row]), Footer(recipe_of("ingest")))

    for form in ("csv", "jsonl"):
        exporting.export(store, tmp_path, ["documents"], form)

    assert pd.read_csv(tmp_path / "documents.csv", dtype=str)["minhash"].tolist() == ["ff003d"]
    assert json.loads((tmp_path / "documents.jsonl").read_text("utf-8"))["minhash"] == "ff003d"


def test_a_database_that_a_kill_left_half_made(store: Store, tmp_path: Path) -> None:
    """It is thrown away: what is asked for again begins anew."""
    store.write("entities", 0, from_rows("entities", []), Footer(recipe_of("entities")))
    target = tmp_path / "all.duckdb"
    exporting.export(store, target, ["entities"], "duckdb")
    with replacing(tmp_path / "other") as half:
        shutil.copy(target, tmp_path / half.name.replace("other", target.name))
        half.touch()

    assert exporting.export(store, target, ["entities"], "duckdb") == [target]
