"""Files to records: dispatch, limits, and what bad input gets."""

import bz2
import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Iterator

import pytest

from schemas.config import IngestConfig
from schemas.tables import REJECT_REASONS
from tasks.readers import READERS, Record, Rejected, media_type, read, sniff

CONFIG = IngestConfig()
PAGE = b"<!DOCTYPE html><html><body><p>Some words.</p></body></html>"
MAIL = b"From: a@b.example\nSubject: Hi\n\nBody\n"


def outcomes(data: bytes, name: str, config: IngestConfig = CONFIG) -> list[str]:
    """`done` or the reason, for each record of a file."""
    items = read(data, name, config)
    return ["done" if isinstance(item, Record) else item.reason for item in items]


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"", "a.txt", sniff.EMPTY),
        (b"words", "a.txt", sniff.TEXT),
        (b"words", "a", sniff.TEXT),
        ("слова".encode("cp1251"), "a.txt", sniff.TEXT),
        ("words".encode("utf-16"), "a.txt", sniff.TEXT),
        (b"# Title", "README.MD", sniff.MARKDOWN),
        (PAGE, "a.txt", sniff.HTML),
        (b"\xef\xbb\xbf\n<!-- x --><HTML>", "a", sniff.HTML),
        (PAGE.decode().encode("utf-16"), "a", sniff.HTML),
        (b"<p>part</p>", "a.html", sniff.HTML),
        (b"<p>part</p>", "a.md", sniff.MARKDOWN),
        (b"a,b", "a.csv", sniff.CSV),
        (b"a\tb", "a.tsv", sniff.TSV),
        (b'{"a": 1}', "a.jsonl", sniff.JSON_LINES),
        (b'{"a": 1}', "a.json", sniff.JSON),
        (b'{"a": 1}', "a", sniff.JSON_LINES),
        (MAIL, "a.eml", sniff.MAIL),
        (b"Received: from x\nSubject: y\n\nz", "a", sniff.MAIL),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", "a.txt", sniff.PDF),
        (b"junk\n%PDF-1.7\n", "a.pdf", sniff.PDF),
        (b"PAR1....PAR1", "a.bin", sniff.PARQUET),
        (gzip.compress(b"x", mtime=0), "a.txt", sniff.GZIP),
        (b"{\\rtf1 x}", "a.txt", "application/rtf"),
        (b"<?xml version='1.0'?><rss/>", "a", sniff.XML),
        (archive(**{"word/document.xml": b"x"}), "a.bin", sniff.DOCX),
        (archive(**{"a.txt": b"x"}), "a.docx", sniff.ZIP),
        (b"PK\x03\x04 cut off", "a.docx", sniff.DOCX),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "a.doc", sniff.OLE),
        (bytes(range(256)) * 4, "a.txt", sniff.BINARY),
    ],
)
def test_media_type(data: bytes, name: str, expected: str) -> None:
    """Bytes count first; the extension tells kinds of text apart."""
    assert media_type(data, name) == expected


def tarred(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        file.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def stored(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, data)
    return buffer.getvalue()


SMALL_PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\nstartxref\n9\n%%EOF\n"


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (SMALL_PDF, "a", sniff.PDF),
        (b"\xef\xbb\xbf \n" + SMALL_PDF, "a", sniff.PDF),
        (b"\x1b%-12345X@PJL\n" + SMALL_PDF, "a", sniff.PDF),
        (b"\0\1\2\3\4\5\6\7" * 8 + b"%PDF-1.4\n1 0 obj\n", "a", sniff.PDF),
        (b"%PDF-1.7\n" + bytes(range(256)), "a", sniff.PDF),
        (b"%PDF-1.7 torn", "a.pdf", sniff.PDF),
        (b"A PDF begins with %PDF-1.7, says the norm.", "README.md", sniff.MARKDOWN),
        (b"%PDF-1.7 is how a PDF begins.", "a.txt", sniff.TEXT),
        (b"A small one:\n```\n" + SMALL_PDF + b"```\n", "README.md", sniff.MARKDOWN),
        (tarred("a.pdf", SMALL_PDF), "a", sniff.TAR),
        (stored("a.pdf", SMALL_PDF), "a", sniff.ZIP),
        (tarred("BMW.txt", b"x"), "a", sniff.TAR),
        (b"PAR1 is the magic of Parquet.", "a.txt", sniff.TEXT),
        (b"BZh is how bzip2 begins.", "a.txt", sniff.TEXT),
        (bz2.compress(b"x"), "a.txt", sniff.BZIP2),
        (bz2.compress(b""), "a.txt", sniff.BZIP2),
        (b"Received: three boxes of herring.\nAll was well.", "a", sniff.TEXT),
        (b"Received: from a\n\tby b; today\nFrom: c\n\nd", "a", sniff.MAIL),
        (b'{"a": 1,\n "b": 2}', "a", sniff.JSON),
        (b'{\n  "a": [\n1]}', "a", sniff.JSON),
        (b'{"Well", he said} and went.', "a", sniff.TEXT),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a.txt", sniff.POSTSCRIPT),
        (b"<?xml version='1.0'?>\n<svg xmlns='x'/>", "a.xml", sniff.SVG),
        (struct.pack("<200H", *range(200)), "a.dat", sniff.BINARY),
    ],
)
def test_letters_are_not_believed_alone(data: bytes, name: str, expected: str) -> None:
    """A text may begin as another format does, and a container hold it near its beginning."""
    assert media_type(data, name) == expected


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.txt", "empty"),
        (b" \n\t \r\n", "a.txt", "empty"),
        (b"\xef\xbb\xbf", "a.txt", "empty"),
        (b"<html><body></body></html>", "a.html", "empty"),
        (b"text\n", "a.csv", "empty"),
        (b"\n\n", "a.jsonl", "empty"),
        (b"[]", "a.json", "empty"),
        (bytes(range(256)) * 4, "a.txt", "unknown_format"),
        (archive(**{"a.txt": b"x"}), "a.zip", "unknown_format"),
        (b"%PDF-1.7\n% cut off", "a.pdf", "broken"),
        (b"PK\x03\x04 cut off", "a.docx", "broken"),
        (archive(**{"word/document.xml": b"<w:document/>"}), "a.docx", "broken"),
        (b"PAR1 cut off", "a.parquet", "broken"),
        (b"[1, 2", "a.json", "broken"),
        (b"[" * 100_000, "a.json", "broken"),
        (gzip.compress(b"words " * 100, mtime=0)[:-9], "a.txt.gz", "broken"),
        ("EncryptedPackage".encode("utf-16-le"), "a.docx", "encrypted"),
        (MAIL.replace(b"\n\n", b"\nContent-Type: multipart/encrypted\n\n"), "a.eml", "encrypted"),
        (b'{"a": 1}\n{"a": 2}\n', "a.jsonl", "empty"),
        (b'{"a": {"b": [1, null, true]}}', "a.json", "empty"),
    ],
)
def test_bad_input_is_rejected_once(data: bytes, name: str, reason: str) -> None:
    """What cannot be read is one row for the whole file, with a documented reason."""
    if reason == "encrypted" and name.endswith("docx"):
        data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + data

    (item,) = read(data, name, CONFIG)

    assert isinstance(item, Rejected)
    assert (item.record, item.reason) == ("", reason)
    assert item.message
    assert reason in REJECT_REASONS


@pytest.mark.parametrize(
    ("data", "name", "limits", "limit"),
    [
        (b"x" * 11, "a.txt", {"max_chars": 10}, "ingest.max_chars"),
        (b"x" * 11, "a.txt", {"max_bytes": 10}, "ingest.max_bytes"),
        (gzip.compress(b"x" * 300, mtime=0), "a.txt.gz", {"max_bytes": 200}, "ingest.max_bytes"),
        (
            gzip.compress(b"words " * 100_000, mtime=0),
            "a.txt.gz",
            {"max_expanded_bytes": 50_000},
            "ingest.max_expanded_bytes",
        ),
        (
            gzip.compress(b'{"text": "' + b"x" * 10**6, mtime=0),
            "a.jsonl.gz",
            {"max_bytes": 10_000},
            "ingest.max_bytes",
        ),
        (
            archive(**{"word/document.xml": b" " * 10**6}),
            "a.docx",
            {"max_expanded_bytes": 10**5},
            "ingest.max_expanded_bytes",
        ),
        (
            archive(**{"word/document.xml": b" " * 10**6}),
            "a.docx",
            {"max_bytes": 10**5},
            "ingest.max_bytes",
        ),
    ],
)
def test_limits_are_named(data: bytes, name: str, limits: dict[str, int], limit: str) -> None:
    """Above a limit the file is refused, and the message names the limit."""
    (item,) = read(data, name, CONFIG.model_copy(update=limits))

    assert isinstance(item, Rejected)
    assert item.reason == "too_large"
    assert limit in item.message


def test_compressed_rows_before_a_broken_end() -> None:
    """The rows of a damaged gzip file are kept up to the damage, which is one reject more."""
    lines = b"".join(json.dumps({"text": f"row {n} {n**9}"}).encode() + b"\n" for n in range(9000))
    data = gzip.compress(lines)

    found = outcomes(data[: len(data) // 2], "rows.jsonl.gz")

    assert found[0] == "done"
    assert found.index("broken") == len(found) - 1


def test_compressed_kind_is_that_of_the_content() -> None:
    """A compressed file is what it was before; without .gz in its name too."""
    data = gzip.compress(b"text\nhello\n")

    for name in ("a.csv.gz", "a.CSV.GZ", "a.csv"):
        (item,) = read(data, name, CONFIG)
        assert isinstance(item, Record)
        assert (item.text, item.media_type) == ("hello", sniff.CSV)


def test_lone_surrogates_do_not_survive() -> None:
    """JSON can write half a character; no text, title or metadata holds one."""
    line = b'{"text": "half \\ud83d", "title": "\\udc00", "more": ["\\ud83d"]}'

    (item,) = read(line, "a.jsonl", CONFIG)

    assert isinstance(item, Record)
    assert (item.text, item.title) == ("half \ufffd", "\ufffd")
    assert dict(item.metadata) == {"more": ["\ufffd"]}


def test_missing_library_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that is not installed ends the run instead of rejecting every file."""

    def reader(_stream: io.BufferedReader, _config: IngestConfig) -> Iterator[Record]:
        raise ModuleNotFoundError("no module named 'pypdfium2'")

    monkeypatch.setattr("tasks.readers.READERS", {**READERS, sniff.TEXT: reader})

    with pytest.raises(ModuleNotFoundError):
        list(read(b"words", "a.txt", CONFIG))
