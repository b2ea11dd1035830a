"""The data dictionary, and questions in SQL."""

import json
from pathlib import Path

import pandas as pd
import pytest

from flows import dictionary
from schemas.errors import ConfigError
from schemas.tables import ROWS, TABLES
from tasks import queries
from tasks.footers import Footer
from tasks.rows import from_rows
from tasks.store import Store
from tests.command_line import ROOT, call
from tests.object_server import Bucket

REJECT = {
    "doc_id": None,
    "source": "=1+1.txt",
    "record": "",
    "stage": "ingest",
    "reason": "empty",
    "message": "no text",
    "attempts": 2,
}


def put(store: Store) -> None:
    """A table of two parts, one row each."""
    for stage in ("ingest", "preprocess"):
        rows = from_rows("rejects", [REJECT | {"stage": stage}])
        store.write("rejects", 0, rows, Footer({"stage": stage}), stage)


def test_the_page_is_that_of_the_schemas() -> None:
    """Renewed by `python -m flows tables --markdown > data/tables.md`."""
    assert (ROOT / "data" / "tables.md").read_text(encoding="utf-8") == dictionary.page()


def test_every_table_is_described() -> None:
    assert ROWS.keys() == TABLES.keys()
    assert all(column["description"] for column in dictionary.columns())


def test_one_table_is_told() -> None:
    found = call("tables", "entities", "--json")

    said = json.loads(found.stdout)
    assert [column["column"] for column in said] == TABLES["entities"].names
    assert said[1]["description"] == "First code point in documents.text."


def test_a_table_that_there_is_not() -> None:
    found = call("tables", "facts")

    assert found.returncode == 2
    assert "there is no table facts" in found.stderr


def test_all_parts_of_a_table_are_one_view(store: Store) -> None:
    put(store)

    rows = queries.ask(store, "SELECT stage, sum(attempts) AS n FROM rejects GROUP BY 1 ORDER BY 1")

    assert rows.to_pydict() == {"stage": ["ingest", "preprocess"], "n": [2, 2]}


def test_tables_in_object_storage_are_views(bucket: Bucket) -> None:
    store = Store("s3://corpus/results")
    store.open(create=True)
    put(store)

    assert queries.ask(store, "FROM rejects SELECT count(*) AS n").to_pydict() == {"n": [2]}


@pytest.mark.parametrize(
    "query",
    [
        "DROP VIEW rejects",
        "COPY (SELECT 1) TO 'out.csv'",
        "CREATE TABLE x AS SELECT 1",
        "SELECT 1; ATTACH 'x.db'",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELEC 1",
        "",
    ],
)
def test_what_does_more_than_read_is_refused(store: Store, query: str) -> None:
    """And so are files beside the results, and what is no SQL."""
    put(store)

    with pytest.raises(ConfigError):
        queries.ask(store, query)

    assert len(pd.read_parquet(Path(str(store.root)) / "rejects")) == 2


def test_the_command_prints_rows(store: Store) -> None:
    """As a table of so many rows, as CSV without formulas, as JSON."""
    put(store)
    asked = ("sql", "SELECT source FROM rejects", "--results", str(store.root))

    shown = call(*asked, "--limit", "1").stdout

    assert shown.count("=1+1.txt") == 1
    assert "More than 1 rows" in shown
    assert call(*asked, "--csv").stdout.splitlines() == ['"source"', '"\'=1+1.txt"', '"\'=1+1.txt"']
    assert json.loads(call(*asked, "--json").stdout) == [{"source": "=1+1.txt"}] * 2
