"""What office formats share: a zip file of XML parts, and what it says about itself."""

import io
import posixpath
import re
import zipfile
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import dates
from tasks.readers.encodings import decode
from tasks.readers.record import whole

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_PART_BYTES = 16 * 2**20
"""Largest XML part, expanded. Its tree takes up to 36 times as much: 1.1 GB of memory for 31 MiB of
empty elements."""
ENCRYPTED_FLAG = 0x1  # APPNOTE.TXT 4.4.4: general purpose bit 0
DECLARATION_BYTES = 1024
"""How far the XML declaration, which names the encoding, is looked for."""
_ENCODING = re.compile(rb"""\A[^<]{0,4}\s*<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)""")
_ENTITY = re.compile(r"<!\s*(?:ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>", re.IGNORECASE)
_CORE = "docProps/core.xml"
_CP = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_DCTERMS = "{http://purl.org/dc/terms/}"


class Package:
    """A zip file whose parts are read by counted bytes."""

    def __init__(self, stream: io.BufferedReader, config: IngestConfig) -> None:
        """Open it; one behind a password, or with too many parts, is refused."""
        self._data = whole(stream, config)
        self._config = config
        self._left = config.max_expanded_bytes
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(self._data))
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise DocumentRejected("broken", f"the zip file is damaged: {error}") from error
        members = self._archive.infolist()
        if len(members) > config.max_entries:
            message = f"{len(members)} parts; the limit is ingest.max_entries"
            raise DocumentRejected("too_large", message)
        if any(member.flag_bits & ENCRYPTED_FLAG for member in members):
            raise DocumentRejected("encrypted", "it needs a password; provide a copy without")
        self._names = frozenset(self._archive.namelist())

    def __contains__(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return name in self._names

    def bytes_of(self, name: str) -> bytes:
        """The bytes of a part, at most `MAX_PART_BYTES`, and all together what config allows."""
        if name not in self._names:
            raise DocumentRejected("broken", f"the part {name!r} is missing")
        limits = {
            "ingest.max_bytes": self._config.max_bytes,
            "ingest.max_expanded_bytes, of all parts": self._left,
            "that of an XML part": MAX_PART_BYTES,
        }
        limit = min(limits, key=lambda limit: limits[limit])
        with self._archive.open(name) as part:
            data = part.read(limits[limit] + 1)
        if len(data) > limits[limit]:
            message = f"{name!r} expands to more than {limits[limit]} bytes; the limit is {limit}"
            raise DocumentRejected("too_large", message)
        self._left -= len(data)
        return data

    def tree(self, name: str) -> "_Element":
        """The root element of a part."""
        return tree(self.bytes_of(name))

    def checked(self) -> io.BytesIO:
        """The file for a library that opens it by itself, once all of its XML is known to be safe.

        The parts that are no XML (pictures) are held to the sizes that zipfile keeps them to.
        """
        for member in self._archive.infolist():
            if member.filename.endswith((".xml", ".rels")):
                _refuse_entities(decoded(self.bytes_of(member.filename))[0])
            else:
                self._left -= member.file_size
        if self._left < 0:
            message = "it expands to too many bytes; the limit is ingest.max_expanded_bytes"
            raise DocumentRejected("too_large", message)
        return io.BytesIO(self._data)

    def targets(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to inside the package: kind and name, by identifier.

        The package itself, which says what its main part is, is the part without a name.
        """
        folder, name = posixpath.split(part)
        listed = posixpath.join(folder, "_rels", f"{name}.rels")
        if listed not in self:
            return {}
        return {
            each.get("Id", ""): (
                each.get("Type", ""),
                posixpath.normpath(posixpath.join("/", folder, each.get("Target", ""))).lstrip("/"),
            )
            for each in self.tree(listed)
            if each.get("TargetMode") != "External"
        }

    def target(self, part: str, kind: str, default: str) -> str:
        """The name of the first part of a kind that a part refers to; else the usual name."""
        found = self.targets(part).values()
        return next((name for what, name in found if what.endswith(f"/{kind}")), default)

    def about(self) -> tuple[str, str, datetime | None]:
        """Title, author and time of creation by the core properties (ECMA-376-2, 11)."""
        title, author = self._said(f"{_DC}title"), self._said(f"{_DC}creator")
        return title, author, dates.parse(self._said(f"{_DCTERMS}created"))

    def more_about(self) -> dict[str, str]:
        """What else the core properties say, by our names."""
        tags = {
            "subject": f"{_DC}subject",
            "keywords": f"{_CP}keywords",
            "category": f"{_CP}category",
            "last_modified_by": f"{_CP}lastModifiedBy",
        }
        return {name: text for name, tag in tags.items() if (text := self._said(tag))}

    def _said(self, tag: str) -> str:
        """The text of a core property; empty where there is none."""
        return "" if self._core is None else self._core.findtext(tag, "")

    @cached_property
    def _core(self) -> "_Element | None":
        return self.tree(_CORE) if _CORE in self else None


def tree(data: bytes | str) -> "_Element":
    """The root element of an XML text: no DTD is loaded, no entity declared, nothing fetched.

    Nesting beyond 256 levels is refused by libxml2.
    """
    from lxml import etree

    text = without_declaration(decoded(data)[0] if isinstance(data, bytes) else data)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise DocumentRejected("broken", f"no sound XML: {error}") from error
    if root is None:
        raise DocumentRejected("broken", "no sound XML: there is no element in it")
    return root


def decoded(data: bytes) -> tuple[str, str]:
    """The text of an XML part in the encoding that it declares, and that encoding."""
    declared = _ENCODING.search(data[:DECLARATION_BYTES])
    text, encoding = decode(data, declared[1].decode("ascii") if declared else None)
    return text.lstrip("\ufeff"), encoding


def without_declaration(text: str) -> str:
    """The XML itself, without the line that says its encoding; one with a DTD is refused."""
    _refuse_entities(text)
    return _DECLARATION.sub("", text, count=1).strip()


def _refuse_entities(text: str) -> None:
    """Refuse declarations of a DTD: with them, a few bytes can stand for gigabytes."""
    if _ENTITY.search(text):
        raise DocumentRejected("broken", "the XML declares entities; resolve them beforehand")
