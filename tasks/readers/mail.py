"""E-mail (RFC 5322): the body, who wrote it when, and what is attached."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.policy import EmailPolicy, Policy
from functools import lru_cache
from io import BufferedReader
from typing import BinaryIO, cast

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from schemas.receipts import Refusal
from tasks.readers import dates, html, sniff, textless
from tasks.readers.encodings import decode
from tasks.readers.parts import Budget, Part
from tasks.readers.record import Json, Record, dated, whole
from tasks.readers.text import clean, one_line

ENCRYPTED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
_ARMOUR = "-----BEGIN PGP MESSAGE-----"
_UNSURE = {sniff.TEXT, sniff.BINARY, sniff.EMPTY}
"""Kinds of content of which the mail may know better than their bytes tell."""
_SIGNATURES = {
    "application/pgp-signature", "application/pgp-keys", "application/pgp-encrypted",
    "application/pkcs7-signature", "application/x-pkcs7-signature",
}  # fmt: skip
_DECLARED = {sniff.CSV, sniff.TSV, sniff.MARKDOWN, sniff.JSON, sniff.JSON_LINES}
"""Kinds that neither bytes nor a missing name tell."""
_HEADERS = ("To", "Cc", "Reply-To", "Message-ID", "In-Reply-To", "References", "List-Id")
_CANNOT = Refusal("encrypted", "it is encrypted; provide a decrypted copy")


class _Lenient(EmailPolicy):
    """Reads every header: one that the standard library stumbles over stays as it is written."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return _understood(name, value)


@lru_cache(maxsize=256)
def _understood(name: str, value: str) -> str:
    """A header; its parser is slow, and asked for the same ones many times a mail."""
    try:
        return cast("str", policy.default.header_fetch_parse(name, value))
    except Exception:  # noqa: BLE001  # it raises anything on junk
        return " ".join(str(value).split())


POLICY = cast("Policy[EmailMessage]", _Lenient(refold_source="none"))
"""How mails are read and written: as they stand."""


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: the plain body, or the text of the HTML one; attachments are parts."""
    yield from records(parsed(whole(stream, config)))


def records(message: EmailMessage) -> Iterator[Record]:
    """The record of a mail."""
    text, encoding = _body(message)
    if message.get_content_type() in ENCRYPTED or text.lstrip().startswith(_ARMOUR):
        raise DocumentRejected(*_CANNOT)
    published_at = dates.parse_header(_header(message, "Date"))
    yield Record(
        text,
        title=_header(message, "Subject"),
        author=_header(message, "From"),
        published_at=published_at,
        published_from=dated(published_at, "header"),
        encoding=encoding,
        metadata=_metadata(message),
    )


def attachments(stream: BinaryIO, config: IngestConfig, budget: Budget) -> Iterator[Part]:
    """The files and mails that are attached, as `attachment/2/report.pdf`, numbered from 1."""
    yield from parts(parsed(stream.read(config.max_bytes)), budget)


def parts(message: EmailMessage, budget: Budget) -> Iterator[Part]:
    """What is attached to a mail."""
    if message.get_content_type() in ENCRYPTED:
        return
    for number, part in enumerate(_attached(message), start=1):
        budget.entry()
        name, given, data = _file(part)
        path, content = f"attachment/{number}/{name}", part.get_content_type()
        seen = given or sniff.media_type(data, name)
        said = textless.skip_reason(content) if seen in _UNSURE else ""
        if reason := textless.skip_reason(seen) or said:
            yield Part(path, size=len(data), skipped=reason)
        elif content in _SIGNATURES:
            yield Part(path, size=len(data), skipped="signature")
        elif content in ENCRYPTED or data.lstrip().startswith(_ARMOUR.encode()):
            yield Part(path, size=len(data), refused=_CANNOT)
        else:
            yield Part(path, data, len(data), kind=given)


@lru_cache(maxsize=1)
def parsed(data: bytes) -> EmailMessage:
    """The mail in some bytes: any make one. The last is kept, for its body and attachments."""
    if sniff.wide_encoding(data):
        data = decode(data)[0].encode()
    return message_from_bytes(data, policy=POLICY)


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """What a mail is made of, in order; a mail within is one."""
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        for part in message.iter_parts():
            yield from _leaves(cast("EmailMessage", part))
    else:
        yield message


def _attached(message: EmailMessage) -> Iterator[EmailMessage]:
    """The leaves that are no text of the mail itself."""
    for leaf in _leaves(message):
        if not (_is_body(leaf) if leaf is message else _is_text(leaf)):
            yield leaf


def _is_text(leaf: EmailMessage) -> bool:
    """Whether a mail program would show it in the mail, as words."""
    inline = leaf.get_content_disposition() != "attachment" and not leaf.get_filename()
    return inline and _is_body(leaf)


def _is_body(leaf: EmailMessage) -> bool:
    """Whether it can be all that a mail says; what is called a multipart and is none, too."""
    kind = leaf.get_content_type()
    return kind in {"text/plain", "text/html"} or leaf.get_content_maintype() == "multipart"


def _file(part: EmailMessage) -> tuple[str, str, bytes]:
    """Name, kind (where it is known without its bytes) and bytes of what is attached."""
    payload = part.get_payload()
    if isinstance(payload, list):  # message/rfc822, message/delivery-status, …
        data = b"\n".join(inner.as_bytes() for inner in payload if isinstance(inner, Message))
        is_mail = part.get_content_type() == "message/rfc822"
        return ("message.eml", sniff.MAIL, data) if is_mail else ("message.txt", sniff.TEXT, data)
    data = cast("bytes", part.get_payload(decode=True) or b"")
    name, kind = clean(part.get_filename() or "").replace("/", "_"), part.get_content_type()
    return name or "part", kind if not name and kind in _DECLARED else "", data


def _body(message: EmailMessage) -> tuple[str, str]:
    """The text of the body, and the encoding it was read in; nothing where there is no body."""
    texts, encodings, said = list[str](), list[str](), set[str]()
    for leaf in _shown(message):
        data = cast("bytes", leaf.get_payload(decode=True) or b"")
        text, encoding = decode(data, leaf.get_content_charset())
        if leaf.get_content_type() == "text/html" and text.strip():
            text = html.extract(text).text
        letters = "".join(filter(str.isalnum, text))
        if letters not in said:  # some programs send the same as text and as HTML, one by one
            said.add(letters)
            texts.append(text)
            encodings.append(encoding)
    return "\n\n".join(texts), next(iter(encodings), "")


def _shown(message: EmailMessage) -> list[EmailMessage]:
    """The texts that a mail program shows; of alternatives the plain one, if it says anything."""
    if not message.is_multipart():
        return [message] if _is_body(message) else []
    if message.get_content_maintype() != "multipart":
        return []
    shown = [
        _shown(part) if part.is_multipart() else [part] * _is_text(part)
        for part in (cast("EmailMessage", each) for each in message.iter_parts())
    ]
    if message.get_content_subtype() == "alternative":
        return min(filter(None, shown), key=_richness, default=[])
    return [leaf for leaves in shown for leaf in leaves]


def _richness(leaves: list[EmailMessage]) -> int:
    """Rank of one of several alternatives: plain words, then HTML, then what says nothing."""
    if not any(cast("bytes", leaf.get_payload(decode=True) or b"").strip() for leaf in leaves):
        return 2
    return int(any(leaf.get_content_type() == "text/html" for leaf in leaves))


def _metadata(message: EmailMessage) -> dict[str, Json]:
    """Other headers that are there, and the names of the attachments."""
    values = {name.lower().replace("-", "_"): one_line(_header(message, name)) for name in _HEADERS}
    names: list[Json] = [clean(part.get_filename() or "") for part in _attached(message)]
    found: dict[str, Json] = {name: value for name, value in values.items() if value}
    return found | ({"attachments": names} if names else {})


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name, ""))
