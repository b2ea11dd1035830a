"""What holds no text by its nature."""

import io
import sqlite3
import struct
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from schemas.tables import SKIP_REASONS
from tasks.readers import media_type
from tasks.readers.textless import kind_of, skip_reason


def picture(kind: str) -> bytes:
    """A picture of four black points."""
    made = io.BytesIO()
    Image.new("RGB", (16, 16)).save(made, kind)
    return made.getvalue()


def sound() -> bytes:
    """A thousandth of a second of silence."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16))
    return made.getvalue()


def database() -> bytes:
    """An SQLite database of one table."""
    with sqlite3.connect(":memory:") as made:
        made.execute("create table words (word text)")
        return made.serialize()


def numbers() -> bytes:
    """An array as NumPy saves it."""
    made = io.BytesIO()
    np.save(made, np.arange(3))
    return made.getvalue()


def program() -> bytes:
    """The beginning of the Python that runs this."""
    with Path(sys.executable).open("rb") as file:
        return file.read(4096)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "ICO", "JPEG2000"])
def test_pictures(kind: str) -> None:
    """As a library writes them, whatever they are called."""
    assert skip_reason(media_type(picture(kind), "a.txt")) == "media"


@pytest.mark.parametrize(
    ("made", "reason"),
    [(sound, "media"), (database, "database"), (numbers, "database"), (program, "program")],
)
def test_made_by_their_libraries(made: Callable[[], bytes], reason: str) -> None:
    """Sounds, databases, arrays, programs."""
    assert skip_reason(media_type(made(), "a")) == reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"ID3\x03\0\0\0\0\0\x0fTIT2", "media"),
        (b"\xff\xfb\x90d\0\x0f\xf0", "media"),
        (b"OggS\0\x02", "media"),
        (b"fLaC\0\0\0\x22", "media"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "media"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "media"),
        (b"\x1aE\xdf\xa3\x01\0", "media"),
        (b"\0\x01\0\0\0\x0c\0\x80", "media"),
        (b"OTTO\0\x0b\0\x80", "media"),
        (b"wOF2\0\x01\0\0", "media"),
        (b"MZ\x90\0\x03\0\0\0", "program"),
        (struct.pack(">II", 0xCAFEBABE, 61), "program"),
        (b"\xcf\xfa\xed\xfe\x07\0\0\x01", "program"),
        (b"\0asm\x01\0\0\0", "program"),
        (b"\xa7\r\r\n\0\0\0\0abcd", "program"),
        (b"!<arch>\n/               0\0", "program"),
        (b"\0\x01\0\0Standard Jet DB\0", "database"),
    ],
)
def test_signatures(data: bytes, reason: str) -> None:
    """Each has a reason that is explained."""
    assert skip_reason(media_type(data, "a.bin")) == reason
    assert reason in SKIP_REASONS


@pytest.mark.parametrize(
    "text",
    [
        "MZ",
        "BMW cars",
        "ID3 tags",
        "GIF89a is a format",
        "RIFFS AND WAVES",
        "OTTO",
        "fLaC",
        "G" * 400,
    ],
)
def test_a_text_may_begin_so(text: str) -> None:
    """A signature of letters is not enough."""
    assert kind_of(text.encode()) == ""
    assert media_type(text.encode(), "a.txt") == "text/plain"


@pytest.mark.parametrize("kind", ["application/pdf", "text/plain", "application/zip", "", "x"])
def test_what_may_have_text_is_read(kind: str) -> None:
    """It is a document, or claims to be one."""
    assert skip_reason(kind) == ""
