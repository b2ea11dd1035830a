"""Mailboxes: mails one after another in one file (RFC 4155), each a part of its own."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from schemas.config import IngestConfig
from schemas.receipts import Refusal
from tasks.readers import sniff
from tasks.readers.parts import Budget, Part

_QUOTED = re.compile(rb">+From ")
"""A line of a mail that would begin the next, as mboxrd writes it: with one > more."""


def messages(stream: BinaryIO, config: IngestConfig, budget: Budget) -> Iterator[Part]:
    """The mails, numbered from 1; the file is read line by line, so it may be of any size.

    A mail begins at a line `From ` with a date. In a mailbox whose first such line has none, it
    begins at any `From ` after an empty line.
    """
    lines: list[bytes] = []
    number = size = 0
    dated = True
    for line in iter(lambda: stream.readline(config.max_bytes + 1), b""):
        if line.startswith(b"From ") and (not number or _begins(line, lines, dated=dated)):
            if number:
                yield _part(number, lines, size, config)
            else:
                dated = sniff.FROM_LINE.match(line) is not None
            budget.entry()
            number, size = number + 1, 0
            lines.clear()
            continue
        size += len(line)
        if size <= config.max_bytes:
            lines.append(line[1:] if line[:1] == b">" and _QUOTED.match(line) else line)
    if number:
        yield _part(number, lines, size, config)


def _begins(line: bytes, before: list[bytes], *, dated: bool) -> bool:
    """Whether a line `From ` begins the next mail."""
    if dated:
        return sniff.FROM_LINE.match(line) is not None
    return not before or not before[-1].strip()


def _part(number: int, lines: list[bytes], size: int, config: IngestConfig) -> Part:
    if size > config.max_bytes:
        refused = Refusal("too_large", f"{size} bytes; the limit is ingest.max_bytes")
        return Part(str(number), size=size, kind=sniff.MAIL, refused=refused)
    data = b"".join(lines)
    return Part(str(number), data, len(data), kind=sniff.MAIL)
