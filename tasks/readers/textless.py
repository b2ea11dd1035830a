"""What holds no text by its nature: pictures, sounds, films, fonts, programs, databases.

Told by how its bytes begin; the signatures are those of the `file` program's database (libmagic).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_CERTAIN = (
    ("image/png", rb"\x89PNG"),
    ("image/jpeg", rb"\xff\xd8\xff"),
    ("image/jp2", rb"\0\0\0\x0cjP  "),
    ("image/jxl", rb"\0\0\0\x0cJXL "),
    ("image/emf", rb"\x01\0\0\0.{36} EMF"),
    ("image/wmf", rb"\xd7\xcd\xc6\x9a"),
    ("image/dicom", rb"\0{128}DICM"),
    ("audio/mpeg", rb"\xff[\xf2\xf3\xfa\xfb][^\0\x0f\xf0-\xff]"),
    ("video/x-matroska", rb"\x1aE\xdf\xa3"),
    ("video/x-ms-asf", rb"0&\xb2u\x8ef\xcf\x11"),
    ("video/mpeg", rb"\0\0\x01[\xb3\xba]"),
    ("font/ttf", rb"\0\x01\0\0\0[\x04-\x40]"),
    ("font/type1", rb"\x80\x01.{4}%!"),
    ("application/x-executable", rb"\x7fELF|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe"),
    ("application/java-vm", rb"\xca\xfe\xba\xbe"),
    ("application/wasm", rb"\0asm"),
    ("application/x-bytecode.python", rb".[\x0c-\x0f\xf3]\r\n[\0-\x03]\0\0\0"),
    ("application/vnd.ms-access", rb"\0\x01\0\0Standard (?:Jet|ACE) DB"),
    ("application/vnd.sqlite3", rb"SQLite format 3\0"),
    ("application/x-hdf5", rb"\x89HDF\r\n"),
    ("application/x-numpy", rb"\x93NUMPY"),
)
"""Kinds whose beginning no text has."""
_OF_LETTERS = (
    ("image/gif", rb"GIF8[79]a"),
    ("image/bmp", rb"BM.{4}\0{4}.{4}[\x0c\x28\x38\x40\x6c\x7c]\0\0\0"),
    ("image/tiff", rb"II[*+]\0|MM\0[*+]"),
    ("image/webp", rb"RIFF.{4}WEBP"),
    ("image/vnd.microsoft.icon", rb"\0\0\x01\0[^\0]\0.{3}\0[\0\x01]\0"),
    ("image/vnd.adobe.photoshop", rb"8BPS\0[\x01\x02]"),
    ("image/heif", rb".{4}ftyp(?:hei[cx]|hevc|mif1|msf1|avi[fs])"),
    ("image/x-xcf", rb"gimp xcf"),
    ("audio/wav", rb"RIFF.{4}WAVE"),
    ("audio/mpeg", rb"ID3[\x02-\x04]"),
    ("audio/mp4", rb".{4}ftypM4[AB] "),
    ("audio/ogg", rb"OggS"),
    ("audio/flac", rb"fLaC"),
    ("audio/midi", rb"MThd\0"),
    ("audio/aiff", rb"FORM.{4}AIF[FC]"),
    ("audio/basic", rb"\.snd\0"),
    ("audio/amr", rb"#!AMR"),
    ("video/mp4", rb".{4}(?:ftyp|moov|mdat|wide)"),
    ("video/x-msvideo", rb"RIFF.{4}AVI "),
    ("video/x-flv", rb"FLV\x01"),
    ("video/mp2t", rb"G.{187}G.{187}G"),
    ("font/otf", rb"OTTO\0|true\0"),
    ("font/collection", rb"ttcf\0"),
    ("font/woff", rb"wOF[F2]"),
    ("application/x-executable", rb"MZ"),
    ("application/x-archive", rb"!<arch>\n(?!debian)"),
)
"""Kinds that count only where a zero byte follows soon: a text may begin with their letters."""
_SOON = 4096

_KINDS = tuple(
    (kind, re.compile(pattern, re.DOTALL), certain)
    for certain, group in ((True, _CERTAIN), (False, _OF_LETTERS))
    for kind, pattern in group
)
_REASONS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("image", "audio", "video", "font"), "media"),
        "application/x-executable": "program",
        "application/java-vm": "program",
        "application/wasm": "program",
        "application/x-bytecode.python": "program",
        "application/x-archive": "program",
        "application/vnd.ms-access": "database",
        "application/vnd.sqlite3": "database",
        "application/x-hdf5": "database",
        "application/x-numpy": "database",
    }
)


def kind_of(head: bytes) -> str:
    r"""The media type of what has no text, by its first bytes; nothing for all else.

    >>> kind_of(b"MZ\x90\x00\x03"), kind_of(b"MZ is how programs begin.")
    ('application/x-executable', '')
    """
    zero = b"\0" in head[:_SOON]
    return next((k for k, found, certain in _KINDS if (certain or zero) and found.match(head)), "")


def skip_reason(kind: str) -> str:
    """Why things of this media type are not read: a code of `SKIP_REASONS`, or nothing.

    >>> skip_reason("image/png"), skip_reason("application/pdf")
    ('media', '')
    """
    return _REASONS.get(kind, _REASONS.get(kind.partition("/")[0], ""))
