"""Rows of csv, json, jsonl and Parquet to records."""

import io
import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.config import IngestConfig
from tasks.readers import Record, Rejected, read
from tasks.readers.delimited import delimiter

CONFIG = IngestConfig()
ROW_BY_ROW = IngestConfig(text_column="text")
ROWS = [
    {"text": "first", "title": "One", "author": "Ann", "date": "2025-03-14", "stars": 5},
    {"text": "second", "title": None, "author": None, "date": "soon", "stars": None},
]


def parquet(rows: dict[str, pa.Array | list[object]], **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(rows), buffer, **options)
    return buffer.getvalue()


def columns(rows: list[dict[str, object]]) -> dict[str, list[object]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", "\n".join(map(json.dumps, ROWS)).encode()),
        ("a.json", json.dumps(ROWS).encode()),
        ("lines.json", "\n".join(map(json.dumps, ROWS)).encode()),
        ("a.parquet", parquet(columns(ROWS))),
    ],
)
def test_rows_become_records(name: str, data: bytes) -> None:
    """Known columns are read, the others kept; a date that is none is kept as it was."""
    first, second = read(data, name, CONFIG)

    assert isinstance(first, Record)
    assert (first.record, first.text, first.title, first.author) == ("0", "first", "One", "Ann")
    assert (first.published_at, first.published_from) == (
        datetime(2025, 3, 14, tzinfo=UTC),
        "column",
    )
    assert dict(first.metadata) == {"stars": 5}
    assert isinstance(second, Record)
    assert (second.record, second.title, second.author) == ("1", "", "")
    assert (second.published_at, second.published_from) == (None, "")
    assert dict(second.metadata) == {"date": "soon", "stars": None}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'id,text\n7,"a, b\nc"\n8,d\n', "a.csv"),
        (b'id;text\n7;"a, b\nc"\n8;d\n', "a.csv"),
        (b'id\ttext\r\n7\t"a, b\r\nc"\r\n8\td\r\n', "a.tsv"),
        (b'\xef\xbb\xbfid|text\n7|"a, b\nc"\n\n8|d', "a.csv"),
        ('id,text\n7,"a, b\nc"\n8,d\n'.encode("utf-16"), "a.csv"),
    ],
)
def test_delimited(data: bytes, name: str) -> None:
    """Delimiters, quoted line ends, blank lines and encodings of text tables."""
    items = list(read(data, name, CONFIG.model_copy(update={"id_column": "id"})))

    assert [(item.record, item.text) for item in items] == [("7", "a, b\nc"), ("8", "d")]


def test_csv_cut_off_in_the_middle_of_a_character() -> None:
    """Half a character at the end of a UTF-16 table does not cost its rows."""
    data = "text\nfirst\nsecond\n".encode("utf-16")[:-1]

    first, second = read(data, "a.csv", CONFIG)

    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.text, second.text) == ("first", "second\ufffd")


def test_delimiter_prefers_the_text_column() -> None:
    """A comma in a name does not make it the delimiter."""
    assert delimiter("id;text;price, in $, net", "text") == ";"


def test_csv_bytes_of_another_encoding() -> None:
    """A foreign byte far down in the file is read in its own encoding, and not lost."""
    row = b'"' + "déjà vu à la carte".encode() + b'"\n'
    data = b"text\n" + row * 4000 + "le café était fermé\n".encode("cp1252")

    *_, last = read(data, "a.csv", CONFIG)

    assert isinstance(last, Record)
    assert last.text == "le café était fermé"


@pytest.mark.parametrize(
    ("data", "name", "bad"),
    [
        (b'text,n\na,1\nb\nc,3,4\n"d"x,5\ne,6\n', "a.csv", ["1", "2", "3"]),
        (b'{"text": "a"}\nnope\n[1]\n{"x": 1}\n{"text": "e"}\n', "a.jsonl", ["1", "2", "3"]),
        (b'[{"text": "a"}, 1, {"text": {"b": 1}}, null, {"text": "e"}]', "a.json", ["1", "2", "3"]),
        (b'nope\n{"text": "a"}\n{"text": ""}\n{"text": "e"}\n', "a.jsonl", ["0", "2"]),
    ],
)
def test_bad_rows_cost_themselves(data: bytes, name: str, bad: list[str]) -> None:
    """A row that cannot be read is one reject, with its number; the others go on."""
    items = list(read(data, name, CONFIG))

    assert [item.record for item in items if isinstance(item, Rejected)] == bad
    assert [item.text for item in items if isinstance(item, Record)] == ["a", "e"]


def test_parquet_cell_that_is_no_text() -> None:
    """A string column may hold bytes that are no UTF-8; only its row is lost."""
    binary = pa.array([b"good", b"\xff\xfe\x00bad"], pa.binary())
    text = pa.Array.from_buffers(pa.string(), 2, binary.buffers())

    good, bad = read(parquet({"text": text}), "a.parquet", CONFIG)

    assert isinstance(good, Record)
    assert isinstance(bad, Rejected)
    assert (bad.record, bad.reason) == ("1", "broken")


def test_parquet_that_expands_too_far() -> None:
    """A small file of one long text many times over stops at the limit."""
    data = parquet({"text": ["x" * 1000] * 5000})
    config = CONFIG.model_copy(update={"max_expanded_bytes": 2_000_000})

    items = list(read(data, "a.parquet", config))

    assert len(data) < 20_000
    assert isinstance(items[-1], Rejected)
    assert items[-1].reason == "too_large"


def test_ids_are_unique() -> None:
    """An id that comes again is numbered, without taking the place of another."""
    lines = [{"id": i, "text": "x"} for i in ("a", "a", "a#2", "a", None, "4")]
    data = "\n".join(map(json.dumps, lines)).encode()

    items = read(data, "a.jsonl", CONFIG.model_copy(update={"id_column": "id"}))

    assert [item.record for item in items] == ["a", "a#2", "a#2#2", "a#3", "4", "4#2"]


def test_missing_text_column_names_the_columns() -> None:
    """The message lists what is there, and what may be meant."""
    (item,) = read(b"id,Texts,date\n1,a,b\n", "a.csv", ROW_BY_ROW)

    assert isinstance(item, Rejected)
    assert item.reason == "missing_column"
    assert "'id', 'Texts', 'date'" in item.message
    assert "did you mean 'Texts'?" in item.message
    assert "ingest.text_column" in item.message


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"a,b\n1,2\n", "a.csv"),
        (b'{"a": "1"}\n{"a": "2"}\n', "a.jsonl"),
        (b'[{"a": "1"}]', "a.json"),
        (parquet({"a": ["1"]}), "a.parquet"),
    ],
)
@pytest.mark.parametrize("settings", [{"text_column": "text"}, {"id_column": "a"}])
def test_who_names_a_column_means_rows(data: bytes, name: str, settings: dict[str, str]) -> None:
    """A table without the text column is then refused as one, with the remedy."""
    (item,) = read(data, name, CONFIG.model_copy(update=settings))

    assert isinstance(item, Rejected)
    assert (item.record, item.reason) == ("", "missing_column")
    assert "ingest.text_column" in item.message


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        (
            b'boat,tons\nThe Ann,7\n\n"The\nBen",,x\n',
            "a.csv",
            "boat\ttons\nThe Ann\t7\nThe Ben\t\tx",
        ),
        (b"a\tb\r\n1\t2\r\n", "a.tsv", "a\tb\n1\t2"),
        (
            parquet({"n": [1.0, 2.5], "day": [date(2025, 1, 2), None], "in": [["x", "y"], []]}),
            "a.parquet",
            "n\tday\tin\n1\t2025-01-02\tx y\n2.5",
        ),
        (b'{"name": "A", "tons": 7, "log": [{"a": "One."}, "Two."]}', "a.json", "A\nOne.\nTwo."),
        (b'[{"a": "One.", "n": 1}, {"n": 2}, "Two.", ["3."]]', "a.json", "One.\n\nTwo.\n\n3."),
        (b'"A text."', "a.json", "A text."),
        (b'{"a": "One.", "b": "Two."}\n\n{"c": "Three."}\n', "a.jsonl", "One.\nTwo.\n\nThree."),
    ],
)
def test_a_table_without_the_text_column_is_one_document(data: bytes, name: str, text: str) -> None:
    """Its cells in reading order; of JSON the texts, without keys and numbers."""
    (item,) = read(data, name, CONFIG)

    assert isinstance(item, Record)
    assert (item.record, item.text, item.title) == ("", text, "")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"a,b\n" + b"boat,net\n" * 100, "a.csv"),
        (b'{"a": "boat net"}\n' * 100, "a.jsonl"),
        (b'{"a": ["boat", "net"]}' + b" " * 9, "a.json"),
        (parquet({"a": ["boat net"] * 100}), "a.parquet"),
    ],
)
def test_a_table_too_long_for_one_document(data: bytes, name: str) -> None:
    """The message names both remedies."""
    (item,) = read(data, name, CONFIG.model_copy(update={"max_chars": 5}))

    assert isinstance(item, Rejected)
    assert item.reason == "too_large"
    assert "ingest.max_chars" in item.message
    assert "ingest.text_column" in item.message


def test_lines_that_are_none_cost_themselves_in_one_document_too() -> None:
    """They are rejected by their number, beside the document of the others."""
    record, bad = read(b'{"a": "One."}\nnope\n{"b": "Two."}\n', "a.jsonl", CONFIG)

    assert isinstance(record, Record)
    assert isinstance(bad, Rejected)
    assert (record.text, bad.record, bad.reason) == ("One.\n\nTwo.", "1", "broken")


def test_rows_before_the_first_text_are_rows() -> None:
    """A table with the column in some rows is read row by row."""
    items = list(read(b'{"a": "One."}\nnope\n{"text": "Two."}\n', "a.jsonl", CONFIG))

    assert [(item.record, getattr(item, "reason", "done")) for item in items] == [
        ("0", "missing_column"), ("1", "broken"), ("2", "done"),
    ]  # fmt: skip


def test_json_as_deep_as_it_can_be_read() -> None:
    """The texts in it are found without end of the stack."""
    data = b"[" * 900 + b'"Deep."' + b"]" * 900

    (item,) = read(data, "a.json", CONFIG)

    assert isinstance(item, Record)
    assert item.text == "Deep."


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"text\na\n", "a.csv"), (parquet({"text": ["a"]}), "a.parquet")],
)
def test_missing_id_column(data: bytes, name: str) -> None:
    """An id column that is asked for must be there."""
    (item,) = read(data, name, CONFIG.model_copy(update={"id_column": "key"}))

    assert isinstance(item, Rejected)
    assert item.reason == "missing_column"
    assert "ingest.id_column" in item.message


def test_metadata_can_be_written_as_json() -> None:
    """Whatever a table holds, its metadata is JSON."""
    data = parquet(
        {
            "text": ["a"],
            "day": [date(2025, 1, 2)],
            "at": [datetime(2025, 1, 2, 3, 4, tzinfo=UTC)],
            "raw": [b"bytes"],
            "nan": [float("nan")],
            "nested": [{"list": [1, 2.5, None]}],
        }
    )

    (item,) = read(data, "a.parquet", CONFIG)

    assert isinstance(item, Record)
    assert json.loads(json.dumps(dict(item.metadata), allow_nan=False)) == {
        "day": "2025-01-02",
        "at": "2025-01-02T03:04:00+00:00",
        "raw": "bytes",
        "nan": None,
        "nested": {"list": [1, 2.5, None]},
    }
