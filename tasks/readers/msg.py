"""Outlook's messages (MS-OXMSG): written as a mail anew, and read as one."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, BinaryIO

from schemas.config import IngestConfig
from tasks.readers import mail
from tasks.readers.encodings import decode
from tasks.readers.parts import Budget, Part
from tasks.readers.record import Record, whole

if TYPE_CHECKING:
    from olefile import OleFileIO

_SUBJECT, _BODY, _HTML, _TRANSPORT_HEADERS = 0x0037, 0x1000, 0x1013, 0x007D
_SENDER, _SENDER_ADDRESSES = (0x0C1A, 0x0042), (0x5D01, 0x5D02, 0x0C1F)
_SENT, _ID, _REFERENCES, _REPLY_TO = (0x0039, 0x0E06), 0x1035, 0x1039, 0x1042
_NAME, _ADDRESSES, _RECEIVES_AS = 0x3001, (0x39FE, 0x3003), 0x0C15
_FILE, _FILE_NAMES, _FILE_TYPE = 0x3701, (0x3707, 0x3704, 0x3001), 0x370E
_CODEPAGES = (0x3FDE, 0x3FFD)
"""Identifiers of properties (MS-OXPROPS)."""
_FIXED, _FIXED_HEADERS = "__properties_version1.0", {"top": 32, "embedded": 24, "other": 8}
"""The stream of the properties of fixed length, and the bytes before them (MS-OXMSG 2.4.1)."""
_RECIPIENT, _ATTACHMENT = "__recip_version1.0_#", "__attach_version1.0_#"
_TICKS_FROM = datetime(1601, 1, 1, tzinfo=UTC)
"""Times count tenths of a microsecond from here (MS-DTYP 2.3.3)."""
_LISTS = {1: "To", 2: "Cc"}
_HEADERS = (
    "Date", "From", "To", "Cc", "Reply-To", "Message-ID", "In-Reply-To", "References", "List-Id",
)  # fmt: skip


def read(stream: io.BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: the body; attachments are parts."""
    yield from mail.records(_mail(whole(stream, config)))


def attachments(stream: BinaryIO, config: IngestConfig, budget: Budget) -> Iterator[Part]:
    """The attached files and messages, as `attachment/2/report.pdf`, numbered from 1."""
    yield from mail.parts(_mail(stream.read(config.max_bytes)), budget)


@dataclass(frozen=True)
class _Storage:
    """A folder in the file: a message, a recipient or an attachment."""

    file: "OleFileIO"
    path: tuple[str, ...] = ()
    kind: str = "top"

    def within(self, prefix: str, kind: str = "other") -> list["_Storage"]:
        """The folders in it whose names begin so."""
        depth = len(self.path)
        names = {
            path[depth]
            for path in self.file.listdir(streams=True, storages=False)
            if len(path) > depth + 1 and tuple(path[:depth]) == self.path
        }
        return [
            _Storage(self.file, (*self.path, name), kind)
            for name in sorted(names)
            if name.startswith(prefix)
        ]

    def data(self, *properties: int) -> bytes:
        """Bytes of the first of these properties that is there."""
        return next(filter(None, (self._stream(f"{each:04X}0102") for each in properties)), b"")

    def text(self, *properties: int) -> str:
        """The first of these properties that says something."""
        for each in properties:
            if data := self._stream(f"{each:04X}001F"):
                return data.decode("utf-16-le", "replace").rstrip("\0")
            if data := self._stream(f"{each:04X}001E"):
                return decode(data, f"cp{self.number(*_CODEPAGES)}")[0].rstrip("\0")
        return ""

    def number(self, *properties: int) -> int:
        """The first of these numbers that is there and not 0, or 0."""
        data = self._read((*self.path, _FIXED))[_FIXED_HEADERS[self.kind] :]
        found = {
            int.from_bytes(data[at + 2 : at + 4], "little"): data[at + 8 : at + 16]
            for at in range(0, len(data) - 15, 16)
        }
        return next(
            filter(None, (int.from_bytes(found.get(p, b""), "little") for p in properties)), 0
        )

    def _stream(self, name: str) -> bytes:
        return self._read((*self.path, f"__substg1.0_{name}"))

    def _read(self, path: tuple[str, ...]) -> bytes:
        if self.file.get_type(list(path)) != _STREAM:
            return b""
        with self.file.openstream(list(path)) as stream:
            return bytes(stream.read())


_STREAM = 2
"""Type of a stream in a compound file (MS-CFB 2.6.1)."""


def _mail(data: bytes) -> EmailMessage:
    from olefile import OleFileIO

    with OleFileIO(io.BytesIO(data)) as file:
        return _written(_Storage(file))


def _written(message: _Storage) -> EmailMessage:
    """A message as a mail: its headers where it kept them, else what Outlook says."""
    given = mail.parsed(message.text(_TRANSPORT_HEADERS).strip().encode("utf-8", "replace"))
    said = _said(message)
    made = EmailMessage(mail.POLICY)
    made["Subject"] = _line(message.text(_SUBJECT))
    for name in _HEADERS:
        if value := _line(str(given.get(name, ""))) or _line(said.get(name, "")):
            made[name] = value
    text, markup = message.text(_BODY), message.data(_HTML)
    if text.strip() or not markup:
        made.set_content(text.encode("utf-8", "replace").decode(), charset="utf-8")
    else:
        page = decode(markup, f"cp{message.number(*_CODEPAGES)}")[0]
        made.set_content(page, subtype="html", charset="utf-8")
    for attachment in message.within(_ATTACHMENT):
        _attach(made, attachment)
    return made


def _said(message: _Storage) -> dict[str, str]:
    """Headers made of what Outlook says."""
    said = {
        "From": _person(message.text(*_SENDER), message.text(*_SENDER_ADDRESSES)),
        "Message-ID": message.text(_ID),
        "References": message.text(_REFERENCES),
        "In-Reply-To": message.text(_REPLY_TO),
    }
    if ticks := message.number(*_SENT):
        said["Date"] = (_TICKS_FROM + timedelta(microseconds=ticks // 10)).isoformat()
    for header in _LISTS.values():
        said[header] = ", ".join(
            _person(each.text(_NAME), each.text(*_ADDRESSES))
            for each in message.within(_RECIPIENT)
            if _LISTS.get(each.number(_RECEIVES_AS) & 3) == header
        )
    return said


def _attach(made: EmailMessage, attachment: _Storage) -> None:
    for inner in attachment.within(f"__substg1.0_{_FILE:04X}000D", "embedded"):
        made.add_attachment(_written(inner))
        return
    main, _, sub = attachment.text(_FILE_TYPE).partition("/")
    known = main.isalnum() and sub.replace("-", "").replace(".", "").replace("+", "").isalnum()
    made.add_attachment(
        attachment.data(_FILE),
        maintype=main if known and main not in {"multipart", "message"} else "application",
        subtype=sub if known and main not in {"multipart", "message"} else "octet-stream",
        filename=_line(attachment.text(*_FILE_NAMES)) or None,
    )


def _person(name: str, address: str) -> str:
    return f"{name} <{address}>" if name and address and name != address else name or address


def _line(text: str) -> str:
    return " ".join(text.encode("utf-8", "replace").decode().split())
