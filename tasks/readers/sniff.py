"""Kind of content of a file, told by its bytes.

Containers and binary formats show by their first bytes, whatever the file is called. Kinds of
text (csv, Markdown, mail …) look alike: there the extension decides, and without one the content.
"""

import codecs
import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

from tasks.readers import textless

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
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
EPUB = "application/epub+zip"
RTF = "application/rtf"
RST = "text/x-rst"
NOTEBOOK = "application/x-ipynb+json"
PARQUET = "application/vnd.apache.parquet"
GZIP = "application/gzip"
BZIP2 = "application/x-bzip2"
XZ = "application/x-xz"
ZSTD = "application/zstd"
ZIP = "application/zip"
TAR = "application/x-tar"
MAILBOX = "application/mbox"
POSTSCRIPT = "application/postscript"
SVG = "image/svg+xml"
OLE = "application/x-ole-storage"
OUTLOOK = "application/vnd.ms-outlook"
ENCRYPTED_OFFICE = "application/x-encrypted-office"
BINARY = "application/octet-stream"

HEAD_BYTES = 65_536
"""How much of a file is looked at; a directory of a zip file lies at its end and is read there."""
MIMETYPE_BYTES = 128  # RFC 4288, 4.2: neither part of a type is longer than 127 characters
PDF_HEAD_BYTES = 1024  # ISO 32000-1, Annex H: readers accept the header within the first 1024
MAX_CONTROL_SHARE = 0.05
"""Share of control bytes above which bytes are no text; random bytes have 0.10."""

FOREIGN_ARCHIVES: Mapping[str, bytes] = MappingProxyType(
    {
        "application/x-7z-compressed": b"7z\xbc\xaf\x27\x1c",
        "application/vnd.rar": b"Rar!\x1a\x07",
        "application/vnd.ms-cab-compressed": b"MSCF\0\0\0\0",
        "application/x-lz4": b"\x04\x22\x4d\x18",
        "application/x-lzip": b"LZIP\x01",
        "application/x-compress": b"\x1f\x9d",
        "application/vnd.debian.binary-package": b"!<arch>\ndebian-binary",
    }
)
"""Archives that nothing here opens."""

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", GZIP),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"{\\rtf", RTF),
    (b"\xfd7zXZ\x00", XZ),
    (b"\x28\xb5\x2f\xfd", ZSTD),
    (b"%!PS-Adobe-", POSTSCRIPT),
    (b"\xc5\xd0\xd3\xc6", POSTSCRIPT),
    *((signature, kind) for kind, signature in FOREIGN_ARCHIVES.items()),
)

ZIP_MEMBERS: tuple[tuple[str, str], ...] = (
    ("word/document.xml", DOCX),
    ("ppt/presentation.xml", PPTX),
    ("xl/workbook.xml", XLSX),
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
        ".ipynb": NOTEBOOK,
        ".docx": DOCX,
        ".pptx": PPTX,
        ".xlsx": XLSX,
        ".odt": ODT,
        ".odp": ODP,
        ".ods": ODS,
        ".epub": EPUB,
        ".rst": RST,
        ".rss": XML,
        ".atom": XML,
        ".rdf": XML,
    }
)

FROM_LINE = re.compile(
    rb"From \S.*? (?:mon|tue|wed|thu|fri|sat|sun) +[a-z]{3} +\d{1,2} +\d\d?:\d\d.*\d{4}",
    re.IGNORECASE,
)
"""The line before each mail of a mailbox (RFC 4155): who sent it, and when."""
MAILBOX_EXTENSIONS = frozenset({".mbox", ".mbx"})
"""Mailboxes need no date in their `From ` lines if they are called so."""
_TAR_MAGIC = slice(257, 262)  # POSIX.1-1988: "ustar"; older ones have none

_OUTLOOK_PROPERTIES = "__properties_version1.0".encode("utf-16-le")
"""A stream that every Outlook message has (MS-OXMSG 2.4)."""

_TEXT_CONTROLS = b"\t\n\r\f\v\x08\x1b"  # \x1b and \x08: ISO-2022 escapes, overstruck terminals
_CONTROLS = bytes(set(range(32)) - set(_TEXT_CONTROLS)) + b"\x7f"
_HTML = re.compile(
    rb"(?:\s|<\?xml[^>]*>|<!--.*?-->)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_XML = re.compile(rb"\s*<\?xml\s", re.IGNORECASE)
_MAIL = re.compile(
    rb"(?:received|return-path|message-id|mime-version|delivered-to):.*(?:\r?\n[ \t].*)*"
    rb"\r?\n[\w-]+:",
    re.IGNORECASE,
)
"""A header that only mails have, and another: prose may begin with the first alone."""
_JSON_KEY = re.compile(rb'\s*\{\s*"[^"\\\n]*"\s*:\s*["\[{\dtfn-]')
_JSON_LINE = re.compile(rb'\s*\{\s*"')
_SVG = re.compile(
    rb"(?:\s|<\?xml[^>]*>|<!--.*?-->|<!doctype\s+svg[^>]*>)*<svg\b", re.IGNORECASE | re.DOTALL
)
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)")
"""A first block, or none: its magic is the digits of pi, or of its square root."""
_PDF_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*%PDF-")
_PDF_HOLDS = re.compile(rb"\b\d+\s+\d+\s+obj\b|\bstartxref\b")
_PDF_TAIL_BYTES = 1024  # ISO 32000-1, Annex H: readers accept %%EOF within the last 1024


def media_type(data: bytes, name: str) -> str:
    """Media type of the bytes `data` of a file called `name`."""
    if not data:
        return EMPTY
    extension = PurePath(name).suffix.lower()
    if data[_TAR_MAGIC] == b"ustar":  # before what its first file may be called
        return TAR
    for signature, kind in SIGNATURES:
        if data.startswith(signature):
            return _container(data, kind, extension)
    head = data[:HEAD_BYTES]
    narrow = _narrow(head)
    if kind := _lettered(data, extension, plain=narrow is not None) or textless.kind_of(head):
        return kind
    if extension == ".tar" and b"\0" in head:
        return TAR
    return _text_kind(narrow, extension) if narrow is not None else BINARY


def _lettered(data: bytes, extension: str, *, plain: bool) -> str:
    """A kind whose signature is of letters, which a text may hold too; or nothing.

    It takes more than that to be one: zero and control bytes, what else such a file has, its name.
    """
    if _BZIP2.match(data):
        return BZIP2
    if data.startswith(b"PAR1"):
        sure = not plain or data.endswith(b"PAR1") or extension == ".parquet"
        return PARQUET if sure else ""
    at = data.find(b"%PDF-", 0, PDF_HEAD_BYTES)
    if at < 0 or extension == ".pdf":
        return PDF if at >= 0 else ""
    holds = _PDF_HOLDS.search(data, at, at + HEAD_BYTES) is not None
    if _PDF_BEGINS.match(data):
        return PDF if holds or not plain else ""
    ends = data[-_PDF_TAIL_BYTES:].rstrip().endswith(b"%%EOF")
    return PDF if holds and (ends or not plain) else ""


def _container(data: bytes, kind: str, extension: str) -> str:
    """What lies in a zip or OLE container; other kinds stay as they are."""
    if kind == OLE and "EncryptedPackage".encode("utf-16-le") in data:
        return ENCRYPTED_OFFICE
    if kind == OLE and _OUTLOOK_PROPERTIES in data:
        return OUTLOOK
    return _zip_kind(data, extension) if kind == ZIP else kind


def _zip_kind(data: bytes, extension: str) -> str:
    """Kind of a zip file, by what it holds; a damaged one is what it is called."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = set(archive.namelist())
            if "mimetype" in members:  # OpenDocument and EPUB say what they are
                with archive.open("mimetype") as part:
                    mimetype = re.match(rb"[\w.+/-]+", part.read(MIMETYPE_BYTES).strip())
                return mimetype[0].decode("ascii") if mimetype else ZIP
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError):
        return EXTENSIONS.get(extension, ZIP)
    return next((kind for member, kind in ZIP_MEMBERS if member in members), ZIP)


def _narrow(head: bytes) -> bytes | None:
    """The head of a text with one byte a basic character, or None where the bytes are no text."""
    if wide := wide_encoding(head):
        head = head.decode(wide, "ignore").encode()
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


def _is_mailbox(head: bytes, extension: str) -> bool:
    if extension in MAILBOX_EXTENSIONS:
        return head.startswith(b"From ")
    return EXTENSIONS.get(extension) != MAIL and FROM_LINE.match(head) is not None


def _text_kind(head: bytes, extension: str) -> str:
    """Kind of a text, by what it surely is, then by its extension, then by how it begins."""
    for sure, kind in ((_HTML, HTML), (_SVG, SVG)):
        if sure.match(head):
            return kind
    if _is_mailbox(head, extension):
        return MAILBOX
    if extension in EXTENSIONS:
        return EXTENSIONS[extension]
    if _XML.match(head):
        return XML
    if _MAIL.match(head):
        return MAIL
    return _braced(head) if _JSON_LINE.match(head) else TEXT


def _braced(head: bytes) -> str:
    """Kind of a text that begins as an object of JSON does."""
    line, end, _ = head.strip().partition(b"\n")
    if not end and len(head) >= HEAD_BYTES:  # it goes on beyond
        return JSON_LINES
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return JSON if _JSON_KEY.match(head) else TEXT
    return JSON_LINES
