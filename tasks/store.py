"""The store: the only reader and writer of Parquet, and so the keeper of every promise about files.

    results/<table>/part-NNNNN.parquet          what the analyst reads
    results/rejects/part-NNNNN.<stage>.parquet  one file a stage and partition, only where needed
    results/changes/part-NNNNN.<table>-NNNNN.parquet  one a run, table and partition
    results/report.html
    results/.corpusmill.json                    format of the folder
    results/.lock  .staging/                    the run's own

That is a folder of this machine, or a prefix of an object store (`tasks/folders`).

A part is the checkpoint. Its footer says which stage wrote it, by which recipe, and for which
documents it answers: `doc_id`, content key, outcome and recipe of each, those without rows too.
Documents of one part may be of different recipes: a changed model need not reach all at once. A
part is written under a name beginning with `.`, read back with its page checksums, synced, and then
renamed over the old one (to an object store: put by one request), so that a reader sees the old
rows or the new, never a half.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from cachetools import LRUCache

from schemas.errors import DamagedPart, ResultsError, ResultsVersion
from schemas.tables import TABLES
from tasks import footers
from tasks.folders import MARKER, Held, Results, folder
from tasks.footers import Footer

_STAGING = ".staging"
_OWN = {".lock", f".{MARKER}.new"}
"""What a run that was killed at its very beginning leaves in a new folder."""
_SEVERAL = frozenset({"rejects", "changes"})
"""Tables that have several parts a partition, each with a name of its own."""
_ANSWERS_KEPT = 300_000
"""In memory, of the footers read last: 20,000 documents at every stage; some 60 MB."""


class _Sealed(NamedTuple):
    """A footer, and the check that it carries."""

    footer: Footer
    seal: str


_read: LRUCache[tuple[str, str, str], _Sealed] = LRUCache(
    _ANSWERS_KEPT, getsizeof=lambda sealed: len(sealed.footer.answers) + 1
)
"""The footers read last, by folder, name and stamp."""
_reading = Lock()


class Store:
    """A results folder."""

    def __init__(self, root: Results) -> None:
        self.root = root
        self.folder = folder(root)
        self._held: Held = _not_locked

    # ── the folder ──────────────────────────────────────────────────────────────────────────────

    def open(self, *, create: bool) -> None:
        """Check that the folder is one of ours and of this format; make it where `create`.

        Raises `ResultsVersion` on another format, `ResultsError` on a folder that holds something
        else, does not exist, or cannot be written.
        """
        if self.folder.exists(MARKER):
            found = json.loads(self.folder.read(MARKER)).get("format")
            if found != footers.FORMAT:
                raise ResultsVersion(
                    f"{self.root} has results of format {found}, this version writes "
                    f"{footers.FORMAT}: give another folder with --results, or move that one away"
                )
        elif not create:
            raise ResultsError(
                f"{self.root} holds no results yet: `python -m flows run` makes them"
            )
        elif not _OWN.issuperset(self.folder.names("")):
            raise ResultsError(
                f"{self.root} is not empty and was not made by Corpusmill: give another folder "
                "with --results"
            )
        if create:
            try:
                self.replace(MARKER, json.dumps({"format": footers.FORMAT}).encode())
            except OSError as error:
                raise ResultsError(
                    f"{self.root} cannot be written ({error.strerror}): mend its permissions or "
                    "free space, or give another folder with --results"
                ) from error

    @contextmanager
    def locked(self, timeout_s: float) -> Iterator[None]:
        """Hold the folder as its one writer.

        Raises `ResultsLocked` if another run still holds it after `timeout_s` seconds, or took it
        meanwhile.
        """
        with self.folder.locked(timeout_s) as self._held:
            yield
        self._held = _not_locked

    def check_held(self) -> None:
        """Raise `ResultsLocked` where the folder was locked, and another has taken it."""
        self._held()

    def clean(self) -> None:
        """Remove what a killed run left half-written; call it under the lock only."""
        for below in ("", *TABLES):
            self.folder.clean(below)

    def staged(self, name: str) -> str:
        """A name for what is not yet in a table; invisible to readers."""
        return f"{_STAGING}/{name}"

    def clear_staging(self) -> None:
        """Remove what was staged, once its documents stand in the tables."""
        self.folder.remove_all(_STAGING)

    def replace(self, name: str, data: bytes) -> None:
        """Write a small file that is no part, whole or not at all."""
        with self.folder.replacing(name) as temporary:
            temporary.write_bytes(data)

    # ── parts ───────────────────────────────────────────────────────────────────────────────────

    def name(self, table: str, partition: int, stage: str = "") -> str:
        """The name of a part; `stage` is named where a partition has several parts."""
        suffix = f".{stage}" if table in _SEVERAL else ""
        return f"{table}/part-{partition:05d}{suffix}.parquet"

    def parts(self, table: str) -> list[str]:
        """The names of the parts of a table that stand, in order."""
        names = self.folder.names(table)
        return [
            f"{table}/{name}"
            for name in names
            if name.startswith("part-") and name.endswith(".parquet")
        ]

    def partitions(self, table: str) -> list[int]:
        """The numbers of the parts of a table, in order."""
        return sorted({number for number, _ in map(part_of, self.parts(table))})

    def names(self, table: str, partition: int) -> list[str]:
        """What the parts of a partition are called, of a table that has several; in order."""
        parts = map(part_of, self.parts(table))
        return [called for number, called in parts if number == partition]

    def footer(self, table: str, partition: int, stage: str = "") -> Footer | None:
        """The footer of a part, or None where there is none.

        Raises `DamagedPart` where it cannot be read or fails its check.
        """
        try:
            return self._sealed(self.name(table, partition, stage)).footer
        except FileNotFoundError:
            return None

    def _sealed(self, name: str) -> _Sealed:
        """The footer of a part: read anew unless the file is the one that was read before."""
        known = (str(self.root), name, self.folder.stamp(name))
        with _reading:
            if known in _read:
                return _read[known]
        end = self.folder.end(name)  # a network that fails is no damage
        try:
            kept = pq.read_metadata(end).metadata
            sealed = _Sealed(footers.parsed(kept, name), json.loads(kept[footers.HEAD])["check"])
        except FileNotFoundError:
            raise
        except (OSError, pa.ArrowException, KeyError, ValueError, TypeError) as error:
            table, (partition, _) = name.partition("/")[0], part_of(name)
            why = f"footer: {_first_line(error)}"
            raise DamagedPart(name, table, partition, why) from error
        if known[-1]:
            with _reading, suppress(ValueError):  # a footer larger than all that is kept
                _read[known] = sealed
        return sealed

    def rows(self, part: str) -> int:
        """How many rows a part has, by its footer."""
        return int(pq.read_metadata(self.folder.end(part)).num_rows)

    def seal(self, part: str) -> str:
        """The check that a part's footer carries; empty where it cannot be read."""
        try:
            return self._sealed(part).seal
        except (OSError, DamagedPart):
            return ""

    def read(
        self,
        table: str,
        partition: int,
        columns: Sequence[str] | None = None,
        *,
        docs: Collection[str] | None = None,
        stage: str = "",
    ) -> pa.Table:
        """The rows of a part, of these documents only where `docs` is given; checksums verified.

        An absent part has no rows. Raises `DamagedPart` where it fails a check.
        """
        name = self.name(table, partition, stage)
        wanted = None if columns is None else [*dict.fromkeys(columns)]
        schema = TABLES[table]
        nothing = schema if wanted is None else pa.schema(map(schema.field, wanted))
        try:
            source = self.folder.source(name)  # a network that fails is no damage
        except FileNotFoundError:
            return nothing.empty_table()
        try:
            with pq.ParquetFile(source, page_checksum_verification=True) as file:
                rows = file.read(columns=wanted)
                _check(rows, schema, wanted, json.loads(file.metadata.metadata[footers.HEAD]), name)
        except FileNotFoundError:
            return nothing.empty_table()
        except (OSError, pa.ArrowException, KeyError, ValueError, TypeError) as error:
            raise DamagedPart(name, table, partition, _first_line(error)) from error
        return rows if docs is None else of_documents(rows, docs)

    def stream(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """The rows of a table, one part at a time; the shape `tasks.rows.Stream`."""
        for number, stage in map(part_of, self.parts(table)):
            yield self.read(table, number, columns, stage=stage)

    def write(
        self, table: str, partition: int, rows: pa.Table, footer: Footer, stage: str = ""
    ) -> str:
        """Write a part so that it is either there whole or not at all; its name.

        Rows are cast to the table's fixed schema and sorted by `doc_id` (stable).
        """
        name, schema = self.name(table, partition, stage), TABLES[table]
        kept = {k: v for k, v in (rows.schema.metadata or {}).items() if k not in footers.KEYS}
        rows = rows.select(schema.names).cast(schema)
        if "doc_id" in schema.names and table != "rejects":
            rows = rows.take(pc.sort_indices(rows, [("doc_id", "ascending")]))
        rows = rows.replace_schema_metadata(kept | footers.metadata(footer, rows.num_rows, name))
        with self.folder.replacing(name) as temporary:
            pq.write_table(rows, temporary, compression="zstd", write_page_checksum=True)
            with pq.ParquetFile(temporary, page_checksum_verification=True) as back:
                if back.read().num_rows != rows.num_rows:
                    raise DamagedPart(name, table, partition, "read back short")
        return name

    def damaged(self) -> Iterator[DamagedPart]:
        """Every part that fails a check; reads all that stands."""
        for part in [part for table in TABLES for part in self.parts(table)]:
            table = part.partition("/")[0]
            number, stage = part_of(part)
            try:
                self.footer(table, number, stage)
                self.read(table, number, stage=stage)
            except DamagedPart as found:
                yield found

    def drop(self, table: str, partition: int, stage: str = "") -> None:
        """Remove a part that answers for nothing any more."""
        self.folder.remove(self.name(table, partition, stage))

    def set_aside(self, part: DamagedPart) -> None:
        """Take a damaged part, if it is there, out of the readers' sight; keep it for a look."""
        table, _, file = part.name.rpartition("/")
        if self.folder.exists(part.name):
            self.folder.move(part.name, f"{table}/.damaged-{file}")


def _not_locked() -> None:
    pass


# ── helpers with a meaning of their own ─────────────────────────────────────────────────────────


def of_documents(rows: pa.Table, docs: Collection[str]) -> pa.Table:
    """The rows of these documents."""
    return rows.filter(pc.is_in(rows.column("doc_id"), pa.array(list(docs), pa.string())))


def part_of(name: str) -> tuple[int, str]:
    """The partition of a part's name, and the stage, where it has one.

    >>> part_of("tokens/part-00003.parquet"), part_of("rejects/part-00000.ingest.parquet")
    ((3, ''), (0, 'ingest'))
    """
    file = name.rpartition("/")[2].removeprefix("part-").removesuffix(".parquet")
    number, _, stage = file.partition(".")
    return int(number), stage


def content_digest(rows: pa.Table) -> str:
    """SHA-256 of a table's rows and metadata, for tables small enough to hold in memory."""
    sink = pa.BufferOutputStream()
    for key, value in sorted((rows.schema.metadata or {}).items()):
        sink.write(b"%d %d %b%b" % (len(key), len(value), key, value))
    with pa.ipc.new_stream(sink, rows.schema.remove_metadata()) as writer:
        for batch in rows.combine_chunks().to_batches():
            writer.write_batch(batch.replace_schema_metadata(None))
    return hashlib.sha256(sink.getvalue()).hexdigest()


def _check(
    rows: pa.Table,
    schema: pa.Schema,
    wanted: Sequence[str] | None,
    head: Mapping[str, object],
    name: str,
) -> None:
    """Raise `ValueError` unless rows that were read are whole.

    Parquet has checksums for its pages, but for neither their headers nor its own footer: a bit
    that flips there changes names, types or counts.
    """
    footers.check_name(head, name)
    names = schema.names if wanted is None else wanted
    if sorted(rows.column_names) != sorted(names) or not all(
        rows.schema.field(name).equals(schema.field(name)) for name in names
    ):
        raise ValueError("columns are not those of the table")
    if rows.num_rows != head["rows"]:
        raise ValueError(f"{rows.num_rows} rows instead of {head['rows']}")
    rows.validate(full=True)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
