"""Mails: what they say, who wrote it when, and what is attached, however they are made."""

import io

import pytest

from schemas.config import IngestConfig
from schemas.tables import SKIP_REASONS
from tasks.readers import Record, Rejected, mail, read
from tasks.readers.parts import Budget, Part

CONFIG = IngestConfig()
HEAD = "From: Ann <ann@a.example>\nSubject: Papers\nMIME-Version: 1.0\n"
PLAIN = "Content-Type: text/plain; charset=utf-8\n\n{}\n"
PAGE = "Content-Type: text/html; charset=utf-8\n\n<html><body><p>{}</p></body></html>\n"
FILE = "Content-Type: application/pdf; name={0}\nContent-Disposition: attachment\n\nBytes of {0}\n"


def several(kind: str, *parts: str, boundary: str = "b") -> str:
    """Parts in a multipart of this kind."""
    inner = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n\n{inner}--{boundary}--\n"


def record_of(mail_text: str | bytes) -> Record:
    data = mail_text if isinstance(mail_text, bytes) else mail_text.encode()
    (record,) = read(data, "m.eml", CONFIG)
    assert isinstance(record, Record), record
    return record


def attached(mail_text: str) -> list[Part]:
    data = mail_text.encode()
    return list(mail.attachments(io.BytesIO(data), CONFIG, Budget(len(data), CONFIG)))


@pytest.mark.parametrize(
    ("content", "text", "names"),
    [
        (PLAIN.format("Words."), "Words.", []),
        (PAGE.format("Words."), "Words.", []),
        (several("alternative", PLAIN.format("Plain."), PAGE.format("Page.")), "Plain.", []),
        (several("alternative", PAGE.format("Page."), PLAIN.format("Plain.")), "Plain.", []),
        (several("alternative", PLAIN.format(" "), PAGE.format("Page.")), "Page.", []),
        (several("mixed", PLAIN.format("Words."), FILE.format("a")), "Words.", ["1/a"]),
        (
            several("mixed", PLAIN.format("One."), FILE.format("a"), PLAIN.format("Two.")),
            "One.\n\nTwo.",
            ["1/a"],
        ),
        (several("mixed", PLAIN.format("Same."), PAGE.format("Same.")), "Same.", []),
        (
            several(
                "alternative",
                PLAIN.format("Plain."),
                several("mixed", PAGE.format("P"), FILE.format("a"), boundary="c"),
            ),
            "Plain.",
            ["1/a"],
        ),
        (
            several(
                "signed",
                several("mixed", PLAIN.format("Words."), FILE.format("a"), boundary="c"),
                "Content-Type: application/pgp-signature\n\nxyz\n",
            ),
            "Words.",
            ["1/a", "2/part"],
        ),
        (
            several("digest", f"\n{HEAD}\nOne.\n", f"\n{HEAD}\nTwo.\n"),
            None,
            ["1/message.eml", "2/message.eml"],
        ),
        (FILE.format("scan"), None, ["1/scan"]),
        (
            "Content-Type: multipart/mixed\n\nNo boundary, but words.\n",
            "No boundary, but words.",
            [],
        ),
    ],
)
def test_the_body_and_what_is_attached(content: str, text: str | None, names: list[str]) -> None:
    """What a mail program shows is the body; all else is attached, however deep it lies."""
    (item,) = read((HEAD + content).encode(), "m.eml", CONFIG)

    found = [part.name.removeprefix("attachment/") for part in attached(HEAD + content)]

    assert (item.text if isinstance(item, Record) else None) == text
    assert found == names


def test_headers_become_columns_and_metadata() -> None:
    """Subject, author and date are columns; the others are kept, folded lines joined."""
    head = (
        "To: Bob <bob@b.example>,\n Cid <cid@c.example>\nCc: d@d.example\nMessage-ID: <1@a>\n"
        "References: <0@a>\n <2@b>\nList-Id: Harbour <list.example>\n"
        "Date: Thu, 5 Mar 2026 10:00:00 +0100\n"
    )

    record = record_of(HEAD + head + PLAIN.format("Words."))

    assert (record.title, record.author) == ("Papers", "Ann <ann@a.example>")
    assert str(record.published_at) == "2026-03-05 09:00:00+00:00"
    assert record.metadata == {
        "to": "Bob <bob@b.example>, Cid <cid@c.example>",
        "cc": "d@d.example",
        "message_id": "<1@a>",
        "references": "<0@a> <2@b>",
        "list_id": "Harbour <list.example>",
    }


@pytest.mark.parametrize(
    "header",
    [
        b"Subject: =?no-such-charset?q?=FF?=",
        b"Subject: =?utf-8?b?!!!?=",
        b"Subject: caf\xe9",
        b'From: <<<@@,;:"',
        b"To: undisclosed-recipients:;;;, =?",
        b"Date: =?utf-8?q?never?=",
        b"Content-Type: ;;;",
        b'Content-Type: text/plain; charset="no such"',
        b"Content-Type: text/plain; charset*=x'y",
        b"Content-Disposition: ;=;filename*0*=%%%",
        b"Content-Transfer-Encoding: no-such",
        b"Message-ID: [[[",
        b"Content-Type:",
    ],
)
def test_bad_headers_cost_no_mail(header: bytes) -> None:
    """They are kept as they are written, or left out."""
    record = record_of(header + b"\nX-Other: 1\n\nThe words of it.\n")

    assert record.text == "The words of it."


@pytest.mark.parametrize(
    ("part", "skipped", "refused"),
    [
        ("Content-Type: application/octet-stream; name=a.png\n\n\x89PNG\r\n\n", "media", ""),
        ("Content-Type: video/mp4\n\nxxxx\n", "media", ""),
        ("Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx\n", "signature", ""),
        ("Content-Type: application/pkcs7-mime; name=smime.p7m\n\nx\n", "", "encrypted"),
        (
            "Content-Type: text/x-other; name=m.asc\n\n-----BEGIN PGP MESSAGE-----\nx\n",
            "",
            "encrypted",
        ),
        ("Content-Type: text/plain; name=void.txt\n\n", "", ""),
    ],
)
def test_attachments_that_are_not_read(part: str, skipped: str, refused: str) -> None:
    """Each has its reason; an empty one is left to be found so."""
    content = several("mixed", PLAIN.format("Words."), part).encode("latin-1")

    (found,) = mail.attachments(
        io.BytesIO(HEAD.encode() + content), CONFIG, Budget(len(content), CONFIG)
    )

    assert found.skipped == skipped
    assert (found.refused.reason if found.refused else "") == refused
    assert skipped in {"", *SKIP_REASONS}


@pytest.mark.parametrize(
    "content",
    [
        "Content-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--\n",
        PLAIN.format("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----"),
    ],
)
def test_an_encrypted_mail_is_named(content: str) -> None:
    """Rather than read as the letters of its cipher."""
    (item,) = read((HEAD + content).encode(), "m.eml", CONFIG)

    assert isinstance(item, Rejected)
    assert item.reason == "encrypted"


def test_a_mail_in_a_mail_is_given_as_it_stands() -> None:
    """Its bytes and broken headers too."""
    inner = b"Subject: caf\xe9 =?x?\nFrom: b@b.example\n\nW\xf6rter.\n"
    outer = HEAD.encode() + b"Content-Type: message/rfc822\n\n" + inner

    (found,) = mail.attachments(io.BytesIO(outer), CONFIG, Budget(len(outer), CONFIG))

    assert found.data == inner
