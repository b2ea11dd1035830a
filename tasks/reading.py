"""One source read: a row for it and for each of its parts, its documents, and what was refused."""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import BinaryIO, cast

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from schemas.fingerprints import document_id
from schemas.receipts import Outcome, Refusal
from tasks import heartbeat
from tasks.near_duplicates import signature
from tasks.places.source import Source, reason_of
from tasks.readers import MESSAGE_CHARS, Record, Rejected, dates, read, walk
from tasks.readers.parts import Budget, Part, unique
from tasks.readers.record import dated
from tasks.readers.sniff import HEAD_BYTES, media_type
from tasks.readers.textless import skip_reason
from tasks.staging import Row

SEPARATOR = "#"
"""Stands between the path of a container and that of a part within it."""


_NONE: Mapping[int, Refusal] = MappingProxyType({})


def part_number(*path: str) -> int:
    """64 bits that name a part of a file to those who watch its reading; never `heartbeat.WHOLE`.

    `path` is that of a `Thing`; with an empty name at its end it means that thing's own text.

    >>> part_number("mails.mbox", "2") != part_number("mails.mbox", "2", "")
    True
    """
    return int(document_id(*path), 16) or 1


@dataclass(frozen=True)
class Thing:
    """A file of the corpus, or a part of one, with its bytes at hand."""

    path: tuple[str, ...]
    """The file's path, then that of the part in it, that of the part in that, and so on."""
    stream: BinaryIO
    size: int
    kind: str = ""
    """Its media type, where that is known already."""

    @property
    def source(self) -> str:
        """What it is called in the tables."""
        return SEPARATOR.join(self.path)

    @property
    def number(self) -> int:
        """What names it to those who watch its reading."""
        return part_number(*self.path) if len(self.path) > 1 else heartbeat.WHOLE


@dataclass
class Reading:
    """Reads sources; their rows of the tables sources and rejects gather on the way."""

    config: IngestConfig
    tried: int = 0
    """Times that the sources were tried before this."""
    sources: list[Row] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)
    _refused: Mapping[int, Refusal] = field(default_factory=dict)

    def documents(
        self,
        source: Source,
        refusal: tuple[str, str] | None = None,
        parts: Mapping[int, Refusal] = _NONE,
    ) -> Iterator[Row]:
        """The documents of a file of the corpus, those of its parts among them, one by one.

        `refusal` is why the file is rejected without being opened, `parts` why some of its parts
        are, by their `part_number`.
        """
        self._refused = parts
        row = self._row((source.source,), source.size, source.modified)
        row.update(source_sha256=source.sha256, version=source.version)
        if source.skipped:
            _skip(row, source.skipped)
            return
        refusal = refusal or source.refused
        if refusal is not None:
            self._refuse(row, *refusal)
            return
        try:
            with source.open(self.config.max_bytes) as file:
                thing = Thing((source.source,), file, source.size)
                yield from self._read(thing, row, Budget(source.size, self.config))
        except DocumentRejected as rejected:
            self._refuse(row, rejected.reason, rejected.message)
        except OSError as error:
            if isinstance(error, ConnectionError) and not source.has_own_host:
                # of the storage: no source is to blame
                raise type(error)(error.errno, error.strerror, source.place) from error
            row.update(source_sha256="", version="")
            self._refuse(row, "unreadable", reason_of(error))

    def _read(self, thing: Thing, row: Row, budget: Budget) -> Iterator[Row]:
        """The documents of one thing, then those of its parts."""
        head = thing.stream.read(HEAD_BYTES)
        name = thing.path[-1]
        data = None
        if thing.size <= self.config.max_bytes:
            data = head + thing.stream.read(self.config.max_bytes + 1 - len(head))
            row["source_sha256"] = hashlib.sha256(data).hexdigest()
        thing.stream.seek(0)
        kind = thing.kind or media_type(head if data is None else data, name)
        row["media_type"] = kind
        if reason := skip_reason(kind):
            _skip(row, reason)
            return
        stream = thing.stream if data is None else io.BytesIO(data)
        parts, alone = walk(stream, kind, name, self.config, budget)
        if alone and data is None:
            self._refuse(row, "too_large", f"{thing.size} bytes: raise ingest.max_bytes to read it")
            return
        if alone and data is not None:
            own = part_number(*thing.path, "") if parts is not None else thing.number
            if own in self._refused:
                self._refuse(row, *self._refused[own])
            else:
                heartbeat.within(own)
                yield from self._records(thing, data, row, budget)
        if parts is not None:
            yield from self._parts(thing, parts, row, budget)

    def _records(self, thing: Thing, data: bytes, row: Row, budget: Budget) -> Iterator[Row]:
        documents = rejected = 0
        for item in read(data, thing.path[-1], self.config, str(row["media_type"]), budget):
            heartbeat.still()
            if isinstance(item, Rejected):
                rejected += 1
                self._note(row, item.record, item.reason, item.message)
                row["reason"] = row["reason"] or item.reason
                continue
            documents += 1
            yield _document(item, thing, self.config)
        row.update(records=documents + rejected, documents=documents, rejected=rejected)
        row["outcome"] = Outcome.DONE if documents else Outcome.REJECTED
        if documents:
            row["reason"] = ""

    def _parts(
        self, thing: Thing, parts: Iterator[Part], row: Row, budget: Budget
    ) -> Iterator[Row]:
        """The documents of a container's parts."""
        found, modified = False, cast("datetime", row["modified"])
        for name, part in self._given(thing, parts, row):
            found = True
            yield from self._part((*thing.path, name), part, modified, budget)
        if found and (row["rejected"], row["reason"]) == (1, "empty"):
            self._excuse(row)
        elif not found and not row["records"]:
            self._refuse(row, "empty", "nothing is in it")

    def _given(self, thing: Thing, parts: Iterator[Part], row: Row) -> Iterator[tuple[str, Part]]:
        """The parts of a container, with their paths.

        One that passes a limit is refused as a whole: what was read of it is withdrawn. Of one that
        proves damaged, what came before stands.
        """
        sources, rejects = len(self.sources), len(self.rejects)
        try:
            heartbeat.within(thing.number)
            for each in unique(parts):
                yield each
                heartbeat.within(thing.number)
        except DocumentRejected as rejected:
            if rejected.reason == "too_large":
                del self.sources[sources:], self.rejects[rejects:]
            self._refuse(row, rejected.reason, rejected.message)
        except (ImportError, MemoryError):  # of the installation; of the worker, which is watched
            raise
        except Exception as error:  # noqa: BLE001  # parsers raise anything on damaged input
            if row["documents"] or not row["rejected"]:  # else `read` has said so
                self._refuse(row, "broken", f"{type(error).__name__}: {error}"[:MESSAGE_CHARS])

    def _part(
        self, path: tuple[str, ...], part: Part, modified: datetime, budget: Budget
    ) -> Iterator[Row]:
        row = self._row(path, part.size, part.modified or modified)
        refused = part.refused or self._refused.get(part_number(*path))
        if part.skipped:
            _skip(row, part.skipped)
        elif refused:
            self._refuse(row, *refused)
        elif len(path) > self.config.max_nesting + 1:
            self._refuse(row, "too_large", "too many containers in one another: the limit is "
                         "ingest.max_nesting")  # fmt: skip
        else:
            size = len(part.data)
            thing = Thing(path, io.BytesIO(part.data), size, part.kind)
            heartbeat.within(thing.number)
            yield from self._read(thing, row, Budget(size, self.config, budget))

    def _row(self, path: tuple[str, ...], size: int, modified: datetime) -> Row:
        """A new row of the table sources."""
        row: Row = {
            "source": SEPARATOR.join(path),
            "size": size,
            "modified": modified,
            "source_sha256": "",
            "version": "",
            "container": path[0],
            "media_type": "",
            "outcome": Outcome.DONE,
            "reason": "",
            "records": 0,
            "documents": 0,
            "duplicates": 0,
            "rejected": 0,
        }
        self.sources.append(row)
        return row

    def _refuse(self, row: Row, reason: str, message: str) -> None:
        """The source as a whole is rejected; documents that it gave before stand."""
        self._note(row, "", reason, message)
        before = int(str(row["rejected"]))
        row.update(records=int(str(row["records"])) + 1, rejected=before + 1)
        if not row["documents"]:
            row.update(outcome=Outcome.REJECTED, reason=reason)

    def _excuse(self, row: Row) -> None:
        """A container without a text of its own is no reject: a mail may be all attachments."""
        self.rejects[:] = [
            each for each in self.rejects if (each["source"], each["record"]) != (row["source"], "")
        ]
        row.update(outcome=Outcome.DONE, reason="", records=0, rejected=0)

    def _note(self, row: Row, record: str, reason: str, message: str) -> None:
        self.rejects.append(
            {"doc_id": None, "source": row["source"], "record": record, "stage": "ingest"}
            | {"reason": reason, "message": message, "attempts": self.tried + 1}
        )


def _skip(row: Row, reason: str) -> None:
    """It is not read, and that is no fault."""
    row.update(outcome=Outcome.SKIPPED, reason=reason, records=1)


def _document(item: Record, thing: Thing, config: IngestConfig) -> Row:
    """A row of the table documents."""
    from tasks.language import detect

    published_at = item.published_at or dates.in_path(thing.source, config.date_pattern)
    language, confidence = detect(item.text, min_confidence=config.min_language_confidence)
    return {
        "doc_id": document_id(*thing.path, item.record),
        "source": thing.source,
        "record": item.record,
        "title": item.title,
        "text": item.text,
        "language": language,
        "language_confidence": confidence,
        "published_at": published_at,
        "published_from": item.published_from or dated(published_at, "path"),
        "author": item.author,
        "media_type": item.media_type,
        "encoding": item.encoding,
        "text_sha256": hashlib.sha256(item.text.encode()).hexdigest(),
        "duplicate_of": None,
        "duplicate_kind": "",
        "duplicate_similarity": 0.0,
        "n_chars": len(item.text),
        "pages": item.pages,
        "page_starts": item.page_starts,
        "metadata": _json(item.metadata),
        "minhash": signature(item.text, config),
    }


def _json(values: Mapping[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
