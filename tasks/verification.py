"""Every part read in full and held against what it says of itself, and against the documents.

Nothing is written, and no lock is taken: a part that a run replaces meanwhile is read again.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import BooksDoNotBalance, DamagedPart
from schemas.receipts import Books, Outcome
from schemas.stages import PRODUCER, STAGES, Kind
from schemas.tables import KEYS, TABLES
from tasks import inventory
from tasks.footers import Footer
from tasks.store import Store, part_of

_TRIES = 3
"""Times that a part is read before it counts as damaged: a run may be replacing it."""
_RUN = "run again with --set run.verify=true: it is set aside and computed anew"
_COMPACT = "a compaction was interrupted: run again, which ends it"
_AGAIN = "run again; while a run is at work, wait for its end"
_OF_DOCUMENTS = frozenset(
    table for stage in STAGES.values() if stage.kind is Kind.DOCUMENT for table in stage.writes
)


@dataclass(frozen=True)
class Fault:
    """Something in the results folder that is not as it must be."""

    file: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class TableCheck:
    """One table, read in full."""

    table: str
    parts: int
    rows: int
    size: int
    """Bytes."""
    faults: tuple[Fault, ...]


def verify(store: Store) -> Iterator[TableCheck]:
    """Check one table after the other; memory holds a part at a time."""
    for table in TABLES:
        parts = store.parts(table)
        faults = [*_foreign(store, table)]
        rows = size = 0
        for part in parts:
            try:
                found = _part(store, table, part)
            except DamagedPart as damaged:
                faults.append(Fault(part, damaged.why, _RUN))
                continue
            if found is None:  # removed while the table was read
                continue
            size += store.folder.size(part) if store.folder.exists(part) else 0
            rows += found[0].num_rows
            faults += [Fault(part, problem, _RUN) for problem in _problems(store, part, *found)]
        if table == "documents":
            faults += _twice(store, parts)
        faults += _silent(store, table)
        if parts or faults:
            yield TableCheck(table, len(parts), rows, size, tuple(faults))


def _part(store: Store, table: str, part: str) -> tuple[pa.Table, Footer] | None:
    """The rows and the footer of a part, of one moment; None where it is gone."""
    number, called = part_of(part)
    for tried in range(1, _TRIES + 1):
        before = store.seal(part)
        try:
            footer = store.footer(table, number, called)
            rows = store.read(table, number, stage=called)
        except DamagedPart:
            if tried == _TRIES or store.seal(part) == before:
                raise
            continue
        if footer is None:
            return None
        if store.seal(part) == before:
            return rows, footer
    raise DamagedPart(part, table, number, "it changes faster than it can be read")


def _problems(store: Store, part: str, rows: pa.Table, footer: Footer) -> Iterator[str]:
    table, number = part.partition("/")[0], part_of(part)[0]
    if table == "runs":
        yield from _unbalanced(rows)
    key = list(KEYS.get(table, ()))
    if key and rows.group_by(key).aggregate([]).num_rows != rows.num_rows:
        yield f"rows with the same {', '.join(key)}"
    if table != "documents" and table not in _OF_DOCUMENTS:
        return
    docs = rows["doc_id"]
    if docs.null_count or pc.any(pc.less(docs[1:], docs[:-1])).as_py():
        yield "rows are not in order of doc_id"
    strangers = {*pc.unique(docs).to_pylist()} - footer.answers.keys()
    if strangers:
        yield f"rows of {len(strangers)} documents that it does not answer for"
    if table == "documents":
        if docs.length() != len(footer.answers) or len(pc.unique(docs)) != docs.length():
            yield f"{docs.length()} rows for {len(footer.answers)} documents"
        return
    documents = store.footer("documents", number)
    gone = footer.answers.keys() - (documents.answers.keys() if documents else set())
    if gone:
        yield f"answers for {len(gone)} documents that are gone"


def _twice(store: Store, parts: Sequence[str]) -> Iterator[Fault]:
    """Documents that stand in two parts; footers only."""
    seen: set[str] = set()
    for part in parts:
        with suppress(DamagedPart):
            footer = store.footer("documents", part_of(part)[0])
            answers = footer.answers.keys() if footer else set()
            if again := answers & seen:
                yield Fault(part, f"{len(again)} of its documents stand in another part", _COMPACT)
            seen |= answers


def _silent(store: Store, table: str) -> Iterator[Fault]:
    """Partitions whose documents the last whole run has computed, and a table says nothing of."""
    last = inventory.last_run(store, whole=True)
    if table not in _OF_DOCUMENTS or last is None or last["outcome"] == "failed":
        return
    stages = last["stages"]
    if not isinstance(stages, list) or PRODUCER[table].name not in {s["stage"] for s in stages}:
        return
    for partition in store.partitions("documents"):
        with suppress(DamagedPart):
            documents, footer = (store.footer(name, partition) for name in ("documents", table))
            every = documents.answers.items() if documents else ()
            due = {doc for doc, answer in every if answer.outcome is Outcome.DONE}
            missing = due - (footer.answers.keys() if footer else set())
            if missing:
                said = f"nothing is said of {len(missing)} documents"
                yield Fault(store.name(table, partition), said, _AGAIN)


def _unbalanced(rows: pa.Table) -> Iterator[str]:
    for row in rows.to_pylist():
        for stage in row["stages"]:
            books = Books(**{field.name: stage[field.name] for field in fields(Books)})
            try:
                books.check(stage["stage"])
            except BooksDoNotBalance as error:
                if row["outcome"] != "failed":
                    yield f"run {row['run_id']}: {error}"


def _foreign(store: Store, table: str) -> Iterator[Fault]:
    """Files among the parts that are none: readers of the folder may stumble over them."""
    known = {part.rpartition("/")[2] for part in store.parts(table)}
    for name in store.folder.names(table):
        if name in known or name.startswith("."):
            continue
        yield Fault(f"{table}/{name}", "it is no part of the table", "move it out of the folder")


def set_aside(store: Store) -> list[str]:
    """Damaged parts that runs have set aside, for a look."""
    return [
        f"{table}/{name}"
        for table in TABLES
        for name in store.folder.names(table)
        if name.startswith(".damaged-")
    ]
