"""Kind of content of a file, told by its bytes.

Containers and binary formats show by their first bytes, whatever the file is called. Kinds of
text (csv, Markdown, mail …) look alike: there the extension decides, and without one the content.
"""

import codecs
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

EMPTY = "application/x-empty"
TEXT = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
XML = "application/xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
JSON = "application/json"
JSON_LINES = "application/x-ndjson"
MAIL = "message/rfc822"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PARQUET = "application/vnd.apache.parquet"
GZIP = "application/gzip"
ZIP = "application/zip"
OLE = "application/x-ole-storage"
ENCRYPTED_OFFICE = "application/x-encrypted-office"
BINARY = "application/octet-stream"

HEAD_BYTES = 65_536
"""How much of a file is looked at; a directory of a zip file lies at its end and is read there."""
PDF_HEAD_BYTES = 1024  # ISO 32000-1, Annex H: readers accept the header within the first 1024
MAX_CONTROL_SHARE = 0.05
"""Share of control bytes above which bytes are no text; random bytes have 0.10."""

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", PARQUET),
    (b"\x1f\x8b", GZIP),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"{\\rtf", "application/rtf"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"\x7fELF", "application/x-executable"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
)

ZIP_MEMBERS: tuple[tuple[str, str], ...] = (
    ("word/document.xml", DOCX),
    ("ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml"),
    ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml"),
)

EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {
        ".txt": TEXT,
        ".text": TEXT,
        ".xml": XML,
        ".md": MARKDOWN,
        ".markdown": MARKDOWN,
        ".html": HTML,
        ".htm": HTML,
        ".xhtml": HTML,
        ".csv": CSV,
        ".tsv": TSV,
        ".tab": TSV,
        ".json": JSON,
        ".jsonl": JSON_LINES,
        ".ndjson": JSON_LINES,
        ".eml": MAIL,
        ".ipynb": "application/x-ipynb+json",
        ".docx": DOCX,
    }
)

_TEXT_CONTROLS = b"\t\n\r\f\v\x08\x1b"  # \x1b and \x08: ISO-2022 escapes, overstruck terminals
_CONTROLS = bytes(set(range(32)) - set(_TEXT_CONTROLS)) + b"\x7f"
_HTML = re.compile(
    rb"(?:\s|<\?xml[^>]*>|<!--.*?-->)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_XML = re.compile(rb"\s*<\?xml\s", re.IGNORECASE)
_MAIL = re.compile(
    rb"(?:received|return-path|message-id|mime-version|delivered-to):", re.IGNORECASE
)
_JSON_LINE = re.compile(rb'\s*\{\s*"')


def media_type(data: bytes, name: str) -> str:
    """Media type of the bytes `data` of a file called `name`."""
    if not data:
        return EMPTY
    extension = PurePath(name).suffix.lower()
    if b"%PDF-" in data[:PDF_HEAD_BYTES]:
        return PDF
    for signature, kind in SIGNATURES:
        if data.startswith(signature):
            return _container(data, kind, extension)
    head = _narrow(data[:HEAD_BYTES])
    return _text_kind(head, extension) if head is not None else BINARY


def _container(data: bytes, kind: str, extension: str) -> str:
    """What lies in a zip or OLE container; other kinds stay as they are."""
    if kind == OLE and "EncryptedPackage".encode("utf-16-le") in data:
        return ENCRYPTED_OFFICE
    return _zip_kind(data, extension) if kind == ZIP else kind


def _zip_kind(data: bytes, extension: str) -> str:
    """Kind of a zip file, by what it holds; a damaged one is what it is called."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return EXTENSIONS.get(extension, ZIP)
    if "mimetype" in members:  # OpenDocument and EPUB: first, stored, so its bytes can be seen
        mimetype = re.match(rb".{30}mimetype([\w.+/-]+?)(?=PK|$)", data[:200], re.DOTALL)
        return mimetype[1].decode("ascii") if mimetype else ZIP
    return next((kind for member, kind in ZIP_MEMBERS if member in members), ZIP)


def _narrow(head: bytes) -> bytes | None:
    """The head of a text with one byte a basic character, or None where the bytes are no text."""
    if wide := wide_encoding(head):
        return head.decode(wide, "ignore").encode()
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return head.removeprefix(codecs.BOM_UTF8) if controls <= MAX_CONTROL_SHARE * len(head) else None


def wide_encoding(data: bytes) -> str:
    """UTF-16 or UTF-32, where a byte order mark or the place of zero bytes says so; or nothing."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:1000]
    zeros_even, zeros_odd = head[::2].count(0), head[1::2].count(0)
    if max(zeros_even, zeros_odd) * 4 < len(head) or min(zeros_even, zeros_odd) * 20 > len(head):
        return ""
    return "utf-16-be" if zeros_even > zeros_odd else "utf-16-le"


def _text_kind(head: bytes, extension: str) -> str:
    """Kind of a text, by what it surely is, then by its extension, then by how it begins."""
    if _HTML.match(head):
        return HTML
    if extension in EXTENSIONS:
        return EXTENSIONS[extension]
    if _XML.match(head):
        return XML
    if _MAIL.match(head):
        return MAIL
    return JSON_LINES if _JSON_LINE.match(head) else TEXT
