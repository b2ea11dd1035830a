"""E-mail (RFC 5322): the body, and who wrote it when."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BufferedReader

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import dates, html
from tasks.readers.record import Json, Record, dated, whole
from tasks.readers.sniff import wide_encoding
from tasks.readers.text import clean, decode, one_line

ENCRYPTED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
_HEADERS = ("To", "Cc", "Reply-To", "Message-ID", "In-Reply-To", "List-Id")


def read(stream: BufferedReader, config: IngestConfig) -> Iterator[Record]:
    """One record: the plain body, or the text of the HTML one; attachments by name only."""
    data = whole(stream, config)
    if wide_encoding(data):
        data = decode(data)[0].encode()
    message = message_from_bytes(data, policy=policy.default)
    if message.get_content_type() in ENCRYPTED:
        raise DocumentRejected("encrypted", "the mail is encrypted; provide a decrypted copy")
    text, encoding = _body(message)
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


def _body(message: EmailMessage) -> tuple[str, str]:
    """The text of the body, and the encoding it was read in; nothing where there is no body."""
    part = message.get_body(preferencelist=("plain", "html"))
    data = part.get_payload(decode=True) if part else None
    if part is None or not isinstance(data, bytes):
        return "", ""
    text, encoding = decode(data, part.get_content_charset())
    is_html = part.get_content_type() == "text/html"
    return (html.extract(text).text if is_html and text.strip() else text), encoding


def _metadata(message: EmailMessage) -> dict[str, Json]:
    """Other headers that are there, and the names of the attachments."""
    values = {name.lower().replace("-", "_"): one_line(_header(message, name)) for name in _HEADERS}
    names: list[Json] = [clean(part.get_filename() or "") for part in message.iter_attachments()]
    found: dict[str, Json] = {name: value for name, value in values.items() if value}
    return found | ({"attachments": names} if names else {})


def _header(message: EmailMessage, name: str) -> str:
    """A header, decoded; as it was written where it cannot be."""
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError):  # CPython's header parser on junk
        return next(
            (str(raw) for key, raw in message.raw_items() if key.lower() == name.lower()), ""
        )
