"""Messages of Outlook: read as the mails that they are."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.config import IngestConfig
from tasks.readers import Rejected, media_type, msg, read, sniff
from tasks.readers.parts import Budget, Part
from tasks.readers.record import Record
from tests.outlook_files import Attachment, Outlook, compound

CONFIG = IngestConfig()
REAL = Path(__file__).parents[4] / "shared" / "corpora" / "files" / "uns-fake-email.msg"
SUBJECT, BODY, HTML, HEADERS = 0x0037, 0x1000, 0x1013, 0x007D
SENT = (datetime(2026, 3, 4, 5, 6, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()
LETTER = Outlook(
    texts={SUBJECT: "Papers", BODY: "See the papers.", 0x0C1A: "Ann", 0x5D01: "ann@a.example"},
    times={0x0039: int(SENT) * 10**7},
    recipients=[("Bob", "bob@b.example", 1), ("Cid", "cid@c.example", 2)],
)


def record_of(message: Outlook) -> Record:
    """The record of a message."""
    (record,) = read(compound(message.tree()), "m.msg", CONFIG)
    assert isinstance(record, Record), record
    return record


def parts_of(message: Outlook) -> list[Part]:
    data = compound(message.tree())
    return list(msg.attachments(io.BytesIO(data), CONFIG, Budget(len(data), CONFIG)))


def test_a_message_is_told_by_its_content() -> None:
    """Other compound files are not taken for one."""
    assert media_type(compound(LETTER.tree()), "x") == sniff.OUTLOOK
    assert media_type(compound({"Workbook": b"x"}), "x.msg") == sniff.OLE


def test_a_message_is_read_as_a_mail() -> None:
    """Subject, sender, date, receivers and body."""
    record = record_of(LETTER)

    assert (record.title, record.author, record.text) == (
        "Papers", "Ann <ann@a.example>", "See the papers.",
    )  # fmt: skip
    assert record.published_at == datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    assert record.metadata == {"to": "Bob <bob@b.example>", "cc": "Cid <cid@c.example>"}


def test_headers_that_were_kept_count_first() -> None:
    """They are what was sent."""
    headers = "Date: Mon, 02 Mar 2026 10:00:00 +0100\nFrom: =?utf-8?q?=C3=88ve?= <eve@e.example>\n"

    record = record_of(Outlook({**LETTER.texts, HEADERS: headers}))

    assert record.author == "Ève <eve@e.example>"
    assert record.published_at == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_body_of_html_is_read() -> None:
    """Where there is no plain one."""
    page = b"<html><body><p>Only markup.</p></body></html>"

    record = record_of(Outlook({SUBJECT: "Page"}, binaries={HTML: page}))

    assert record.text == "Only markup."


def test_a_long_body_and_letters_beyond_the_first_plane() -> None:
    """Long properties are stored in another way than short ones."""
    words = "Ein längerer Satz über 𝔘nicode. " * 500

    record = record_of(Outlook({BODY: words}))

    assert record.text == words.strip()


def test_attachments_are_parts() -> None:
    """Files with their names and bytes, a message as a mail; no type is believed."""
    inner = Outlook({SUBJECT: "Inner", BODY: "Words inside."}).tree(header=24)
    outer = Outlook(
        LETTER.texts,
        attachments=[
            Attachment("a,b.csv", b"a,b", "text/csv"),
            Attachment(message=inner),
            Attachment("x.bin", b"\0" * 9000, "no type"),
            Attachment("logo.png", b"\x89PNG\r\n", "image/png"),
            Attachment("void.txt"),
        ],
    )

    table, mail, large, logo, void = parts_of(outer)
    (record,) = read(mail.data, "message.eml", CONFIG)

    assert (table.name, table.data) == ("attachment/1/a,b.csv", b"a,b")
    assert (mail.name, mail.kind) == ("attachment/2/message.eml", sniff.MAIL)
    assert isinstance(record, Record)
    assert (record.title, record.text) == ("Inner", "Words inside.")
    assert large.data == b"\0" * 9000
    assert logo.skipped == "media"
    assert (void.name, void.data) == ("attachment/5/void.txt", b"")


@pytest.mark.parametrize("cut", [600, 1500, 2500])
def test_a_damaged_message_is_refused(cut: int) -> None:
    """Once, as broken or as one without text."""
    (item,) = read(compound(LETTER.tree())[:cut], "m.msg", CONFIG, sniff.OUTLOOK)

    assert isinstance(item, Rejected)
    assert item.reason in {"broken", "empty"}


@pytest.mark.skipif(not REAL.exists(), reason="the corpora are not here")
def test_a_real_message() -> None:
    """Of Outlook itself."""
    data = REAL.read_bytes()

    (record,) = read(data, "mail.msg", CONFIG)

    assert media_type(data, "mail.msg") == sniff.OUTLOOK
    assert isinstance(record, Record)
    assert record.title == "Test Email"
