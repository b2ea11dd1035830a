"""Containers: archives, mailboxes and mails with attachments give their parts, within limits."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage

import pytest

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from schemas.tables import SKIP_REASONS
from tasks.readers import media_type, read, sniff, walk
from tasks.readers.parts import Budget, Part, unique
from tasks.readers.record import Record, Rejected

CONFIG = IngestConfig()
FILES = {"a.txt": b"one", "folder/b.md": b"# two"}


def zipped(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def parts(data: bytes, name: str, config: IngestConfig = CONFIG) -> list[Part]:
    """The parts of a file that must be a container."""
    found, _ = walk(
        io.BytesIO(data), media_type(data, name), name, config, Budget(len(data), config)
    )
    assert found is not None
    return list(found)


def zstd(data: bytes) -> bytes:
    from zstandard import ZstdCompressor

    return ZstdCompressor().compress(data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (zipped(FILES), "x.zip"),
        (zipped(FILES), "x.bin"),
        (tarred(FILES), "x.tar"),
        (gzip.compress(tarred(FILES)), "x.tar.gz"),
        (gzip.compress(tarred(FILES)), "x.tgz"),
        (bz2.compress(tarred(FILES)), "x.tar.bz2"),
        (lzma.compress(tarred(FILES)), "x.tar.xz"),
        (zstd(tarred(FILES)), "x.tar.zst"),
    ],
)
def test_an_archive_gives_its_files(data: bytes, name: str) -> None:
    """With their paths, in its order."""
    assert {part.name: part.data for part in parts(data, name)} == FILES


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_a_compressed_text_is_no_container(pack: object) -> None:
    """It is read as what is in it."""
    assert callable(pack)
    data = pack(b"some words")

    found, alone = walk(
        io.BytesIO(data), media_type(data, "a.txt.x"), "a.txt.x", CONFIG, Budget(9, CONFIG)
    )
    (record,) = read(data, "a.txt.x", CONFIG)

    assert (found, alone) == (None, True)
    assert isinstance(record, Record)
    assert record.text == "some words"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../etc/passwd", "outside"),
        ("/etc/passwd", "outside"),
        ("__MACOSX/._a.txt", "hidden"),
        (".DS_Store", "hidden"),
        ("docs/~$report.docx", "temporary"),
        ("Thumbs.db", "temporary"),
    ],
)
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_what_is_not_to_be_read_is_skipped(pack: object, name: str, reason: str) -> None:
    """With its reason; nothing is ever written to disk."""
    assert callable(pack)

    (part,) = parts(pack({name: b"x"}), "x")

    assert part.skipped == reason
    assert part.data == b""
    assert reason in SKIP_REASONS


def test_links_and_devices_are_skipped() -> None:
    """Whatever they lead to."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            entry = tarfile.TarInfo(f"entry{kind!r}")
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as other:
        other.writestr(link, "/etc/passwd")

    found = parts(buffer.getvalue(), "x.tar") + parts(packed.getvalue(), "x.zip")

    assert [part.skipped for part in found] == ["not_regular"] * 5


@pytest.mark.parametrize(
    ("data", "limits", "limit"),
    [
        (zipped({"a": b"0" * 20_000_000}), {}, "ingest.max_expansion_ratio"),
        (zipped({"a": b"0" * 2000}), {"max_expanded_bytes": 1000}, "ingest.max_expanded_bytes"),
        (zipped({str(i): b"" for i in range(9)}), {"max_entries": 8}, "ingest.max_entries"),
        (tarred({str(i): b"" for i in range(9)}), {"max_entries": 8}, "ingest.max_entries"),
        (gzip.compress(tarred({"a": b"0" * 20_000_000})), {}, "ingest.max_expansion_ratio"),
    ],
)
def test_a_limit_ends_it(data: bytes, limits: dict[str, int], limit: str) -> None:
    """The message names which."""
    with pytest.raises(DocumentRejected, match=limit) as refused:
        parts(data, "x", CONFIG.model_copy(update=limits))

    assert refused.value.reason == "too_large"


def test_a_size_that_lies_is_not_believed() -> None:
    """The directory says 10 bytes; what comes out is counted."""
    data = zipped({"a.txt": b"0" * 20_000_000})
    lying = data.replace((20_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    (part,) = parts(lying, "x.zip")

    assert part.refused is not None or len(part.data) <= 10


def test_a_large_file_costs_no_other() -> None:
    """It is refused by itself."""
    data = zipped({"big.txt": bytes(range(256)) * 8, "small.txt": b"x"})

    big, small = parts(data, "x.zip", CONFIG.model_copy(update={"max_bytes": 1000}))

    assert big.refused is not None
    assert big.refused.reason == "too_large"
    assert small.data == b"x"


def test_an_entry_behind_a_password_is_named() -> None:
    """Others of its archive are read."""
    data = bytearray(zipped({"a.txt": b"secret"}, method=zipfile.ZIP_STORED))
    for place in (6, data.index(b"PK\x01\x02") + 8):
        data[place] |= 1

    (part,) = parts(bytes(data), "x.zip")

    assert part.refused is not None
    assert part.refused.reason == "encrypted"


@pytest.mark.parametrize("cut", [40, 700])
def test_a_damaged_archive_is_refused(cut: int) -> None:
    """What came before the damage was given."""
    with pytest.raises(DocumentRejected, match="damaged"):
        parts(tarred({"a.txt": b"one" * 500})[: 512 + cut], "x.tar")


def test_names_in_other_encodings() -> None:
    """UTF-8 that is not marked as such, and what is no text at all."""
    data = zipped({"naïve.txt": b"x"})
    unmarked = data.replace(b"\x00\x08\x00\x00", b"\x00\x00\x00\x00")
    (tar,) = parts(tarred({"caf\udce9.txt": b"x"}), "x.tar")

    assert [part.name for part in parts(unmarked, "x.zip")] == ["naïve.txt"]
    assert tar.name == "caf\\xe9.txt"


def test_a_name_that_is_not_the_utf8_it_says() -> None:
    """Costs no other entry: the names are read as Windows wrote them once."""
    data = zipped({"naïve.txt": b"x", "b.txt": b"y"}).replace("ï".encode(), b"\xff\xfe")

    found = parts(data, "x.zip")

    assert [(part.name, part.data) for part in found] == [("na\xa0■ve.txt", b"x"), ("b.txt", b"y")]


def test_entries_that_overlap_are_counted_each_time() -> None:
    """The same compressed bytes, listed a thousand times (Fifield 2019)."""
    once = zipped({"a": b"0" * 200_000})
    start = once.index(b"PK\x01\x02")
    end = once.index(b"PK\x05\x06")
    directory, count = once[start:end], 1000
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(directory) * count,
                       start, 0)  # fmt: skip

    with pytest.raises(DocumentRejected, match=r"ingest\.max_expansion_ratio"):
        parts(once[:start] + directory * count + tail, "x.zip")


def test_a_hole_in_a_sparse_file_is_counted() -> None:
    """A tar archive of a kilobyte may hold a file of gigabytes that is not there."""
    entry = tarfile.TarInfo("hole.txt")
    entry.pax_headers = {
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,1",
        "GNU.sparse.numblocks": "1", "GNU.sparse.size": str(2**33),
    }  # fmt: skip
    entry.size = 1
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(entry, io.BytesIO(b"x"))

    with pytest.raises(DocumentRejected, match=r"ingest\.max_expansion_ratio"):
        parts(packed.getvalue(), "x.tar")


def test_an_archive_that_is_larger_than_the_limit_may_be_unpacked() -> None:
    """Nothing expands where nothing is compressed."""
    data = tarred({"a.txt": bytes(3000), "b.txt": bytes(3000)})

    found = parts(data, "x.tar", CONFIG.model_copy(update={"max_expanded_bytes": 1000}))

    assert [len(part.data) for part in found] == [3000, 3000]


def test_a_method_that_is_not_known() -> None:
    """Costs that entry."""
    data = bytearray(zipped({"a.txt": b"one"}))
    for place in (8, data.index(b"PK\x01\x02") + 10):
        data[place] = 9  # deflate64, of Windows

    (part,) = parts(bytes(data), "x.zip")

    assert part.refused is not None
    assert part.refused.reason == "unknown_format"


@pytest.mark.parametrize(
    ("data", "name", "inner"),
    [
        (gzip.compress(zipped(FILES)), "x.zip.gz", "x.zip"),
        (gzip.compress(gzip.compress(b"words")), "a.txt.gz.gz", "a.txt.gz"),
        (bz2.compress(gzip.compress(b"words")), "folder/a.bz2", "a"),
    ],
)
def test_a_compressed_container_has_one_part(data: bytes, name: str, inner: str) -> None:
    """What was compressed; so its nesting is counted."""
    (part,) = parts(data, name)

    assert part.name == inner


def test_a_compressed_mail_gives_what_is_attached() -> None:
    """And is read itself."""
    mail = EmailMessage()
    mail.set_content("Words")
    mail.add_attachment(b"a,b", maintype="text", subtype="csv", filename="t.csv")
    data = gzip.compress(mail.as_bytes())

    found, alone = walk(io.BytesIO(data), sniff.GZIP, "m.eml.gz", CONFIG, Budget(9, CONFIG))

    assert alone
    assert [part.name for part in found or ()] == ["attachment/1/t.csv"]


@pytest.mark.parametrize("signature", sniff.FOREIGN_ARCHIVES.values())
def test_archives_that_nothing_opens(signature: bytes) -> None:
    """The message says what to do."""
    (item,) = read(signature + b"xyz", "x.bin", CONFIG)

    assert isinstance(item, Rejected)
    assert (item.reason, "unpack it" in item.message) == ("unknown_format", True)


def test_an_archive_without_a_signature() -> None:
    """As tar wrote it before 1988: its name tells."""
    data = bytearray(tarred({"a.txt": b"one"}))
    data[257:265] = bytes(8)
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])

    (part,) = parts(bytes(data), "x.tar")

    assert part.data == b"one"


def test_names_that_come_again_are_told_apart() -> None:
    """Each has a path of its own."""
    found = unique(iter([Part("a"), Part("b"), Part("a"), Part("a")]))

    assert [name for name, _ in found] == ["a", "b", "a@2", "a@3"]


def test_a_mailbox_gives_its_mails() -> None:
    """Numbered from 1; a quoted From line belongs to its mail."""
    data = (
        b"From a@b.example Thu Jan  1 10:00:00 2026\nSubject: One\n\nFirst\n>From here\n\n"
        b"From c@d.example Fri Jan  2 10:00:00 2026\nSubject: Two\n\nSecond\nFrom the start\n"
    )

    one, two = parts(data, "box")

    assert media_type(data, "box") == sniff.MAILBOX
    assert (one.name, one.kind, two.name) == ("1", sniff.MAIL, "2")
    assert one.data == b"Subject: One\n\nFirst\nFrom here\n\n"
    assert two.data.endswith(b"Second\nFrom the start\n")


@pytest.mark.parametrize(
    ("data", "bodies"),
    [
        (b"From a@b Thu Jan  1 10:00:00 2026\n\nx\nFrom c@d Fri Jan  2 10:00:00 2026\n\ny\n", "xy"),
        (b"From - Thu Jan 01 10:00:00 2026\n\nx\n\nFrom here to there\n", "xF"),
        (b"From a@b\n\nx\nFrom here\n\nFrom c@d\n\ny\n", "xy"),
        (b"From 12@xxx Thu Jan 01 10:00:00 +0000 2026\r\n\r\nx\r\n", "x"),
    ],
)
def test_where_a_mail_begins(data: bytes, bodies: str) -> None:
    """At a line with a date, or, where the first has none, at one after an empty line."""
    found = parts(data, "old.mbox")

    texts = [part.data.split() for part in found]
    assert "".join(text[0].decode()[0] for text in texts) == bodies[: len(texts)]
    assert len(texts) == (1 if bodies == "xF" else len(bodies))


def test_a_mail_above_the_limit_costs_no_other() -> None:
    """Nor is it kept in memory."""
    line = b"From a@b Thu Jan  1 10:00:00 2026\n"

    large, small = parts(
        line + b"\n" + b"words\n" * 500 + line + b"\nx\n", "box",
        CONFIG.model_copy(update={"max_bytes": 1000}),
    )  # fmt: skip

    assert large.refused is not None
    assert (large.size, large.data, large.refused.reason) == (3001, b"", "too_large")
    assert small.data == b"\nx\n"


def test_a_mail_may_begin_with_a_from_line() -> None:
    """One that is called a mail is one, as it was cut out of a mailbox."""
    data = b"From a@b.example Thu Jan  1 10:00:00 2026\nSubject: One\n\nWords\n"

    (record,) = read(data, "one.eml", CONFIG)

    assert media_type(data, "one.eml") == sniff.MAIL
    assert isinstance(record, Record)
    assert (record.title, record.text) == ("One", "Words")


def test_a_mail_gives_what_is_attached() -> None:
    """Files with their names, a mail as a mail; pictures are skipped."""
    inner = EmailMessage()
    inner["Subject"] = "Inner"
    inner.set_content("Words inside")
    mail = EmailMessage()
    mail["Subject"] = "Outer"
    mail.set_content("Words outside")
    mail.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="x/../t.csv")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    mail.add_attachment(inner)
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf")

    table, logo, forwarded, unnamed = parts(mail.as_bytes(), "m.eml")

    assert (table.name, table.data) == ("attachment/1/x_.._t.csv", b"a,b\n")
    assert (logo.name, logo.skipped) == ("attachment/2/logo.png", "media")
    assert (forwarded.name, forwarded.kind) == ("attachment/3/message.eml", sniff.MAIL)
    assert b"Words inside" in forwarded.data
    assert unnamed.name == "attachment/4/part"
