"""Every document gets its place: partitions are sticky, duplicates are found, parts are written.

A document keeps its partition for life; new ones fill the last, then open another. Documents that
repeat another (`tasks/duplicates.py`) name it in `duplicate_of`.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from schemas.errors import DamagedPart
from schemas.fingerprints import Recipe, content_key, fingerprint
from schemas.receipts import Books, Outcome, Receipt
from schemas.tables import TABLES
from tasks import changes, duplicates, source_rows
from tasks.footers import Answer, Footer
from tasks.ingest import Changes
from tasks.machine import peak_bytes
from tasks.staging import Batch, row_group
from tasks.store import Store, content_digest, of_documents

if TYPE_CHECKING:
    import pandas as pd

_INDEX = ("doc_id", "source", "record", "text_sha256", "language", "minhash", *duplicates.COLUMNS)
_NOWHERE = -1


@dataclass(frozen=True)
class Assembly:
    """What is to be put together."""

    changes: Changes
    batches: Sequence[Batch]
    recipe: Recipe
    partition_size: int
    near_duplicate_threshold: float = 1.0
    """Resemblance from which documents are near-duplicates; 1 looks for none."""
    run: int = 0
    """The number of the run, for the table changes."""


def assemble(store: Store, work: Assembly) -> Receipt:
    """Write the parts of documents that change, then rejects, then sources; the books of it.

    Sources come last: until they stand, what was read counts as unread, and staging still has it.
    """
    started = time.perf_counter()
    index, recipes = _index(store, work), _recipes(store)
    written = []
    for partition in _touched(store, index):
        members = index[index["partition"] == partition]
        if members.empty:
            none = TABLES["documents"].empty_table()
            changes.of_documents(store, work.run, partition, none, {})
            store.drop("documents", partition)
            continue
        rows = _rows(store, partition, members, work.batches)
        footer = Footer(work.recipe, _answers(members), others=recipes)
        changes.of_documents(store, work.run, partition, rows, footer.answers)
        written.append(store.write("documents", partition, rows, footer))
    written += _write_rejects(store, work)
    written.append(_write_sources(store, index, work))
    read = index[index["batch"] != _NOWHERE]
    return Receipt(
        "ingest",
        0,
        done=int((read["duplicate_kind"] != duplicates.EXACT).sum()),
        seconds=time.perf_counter() - started,
        peak_bytes=peak_bytes(),
        written=tuple(written),
    )


def books(store: Store, *, done: int) -> Books:
    """The books of ingest, from what stands on disk; `done` of the documents are of this run."""
    sources = store.read("sources", 0, ["records", "outcome"])
    found = sum(sources.column("records").to_pylist())
    skipped = sources.column("outcome").to_pylist().count(Outcome.SKIPPED)
    rejected = store.read("rejects", 0, ["source"], stage="ingest").num_rows
    outcomes = [Outcome.SKIPPED] * skipped + [Outcome.REJECTED] * rejected
    for partition in store.partitions("documents"):
        footer = store.footer("documents", partition)
        outcomes += [answer.outcome for answer in footer.answers.values()] if footer else []
    reused = outcomes.count(Outcome.DONE) - done
    return Books.of(found, outcomes, reused=reused)


def _index(store: Store, work: Assembly) -> "pd.DataFrame":
    """One row a document: who it is, where it stands, where its row is to be had.

    `partition` is its place; `batch` and `group` say where it was read to, -1 where it stands.
    """
    index = _gathered(store, work)
    duplicates.mark(index, work.near_duplicate_threshold)
    placed = index["partition"] != _NOWHERE
    sizes = Counter(index.loc[placed, "partition"].tolist())
    rooms = iter(places(sizes, int((~placed).sum()), work.partition_size))
    index["partition"] = [p if p != _NOWHERE else next(rooms) for p in index["partition"].tolist()]
    return index


def _gathered(store: Store, work: Assembly) -> "pd.DataFrame":
    """The documents that are to stand, in order; one without a place yet is in `_NOWHERE`."""
    import pandas as pd

    standing = _standing(store)
    homes = standing.set_index("doc_id")["partition"]
    kept = standing[standing["source"].isin(_unchanged(store, work))]
    if not work.batches:
        return kept.sort_values(["source", "record"], ignore_index=True)
    staged = pd.concat(_read(batch).assign(batch=n) for n, batch in enumerate(work.batches))
    staged["partition"] = staged["doc_id"].map(homes).fillna(_NOWHERE).astype("int64")
    staged["made_by"] = fingerprint(work.recipe)
    return pd.concat([kept, staged]).sort_values(["source", "record"], ignore_index=True)


def _read(batch: Batch) -> "pd.DataFrame":
    """The documents of a batch; those of a source without a row were withdrawn as it was read."""
    index: pd.DataFrame = batch.index(_INDEX).to_pandas()
    return index[index["source"].isin(batch.sources()["source"].to_pylist())]


def _unchanged(store: Store, work: Assembly) -> set[str]:
    """The sources that stand as they are: the unchanged files and all their parts."""
    try:
        known = store.read("sources", 0, ["source", "container"]).to_pylist()
    except DamagedPart:
        known = []
    files = work.changes.unchanged
    return {*files, *(row["source"] for row in known if row["container"] in files)}


def places(sizes: Mapping[int, int], newcomers: int, partition_size: int) -> list[int]:
    """A partition for each newcomer: the last is filled up, then others are opened.

    >>> places({0: 3, 1: 2}, 4, 3)
    [1, 2, 2, 2]
    """
    last = max(sizes, default=0)
    room = max(partition_size - sizes.get(last, 0), 0)
    return [last if i < room else last + 1 + (i - room) // partition_size for i in range(newcomers)]


def _standing(store: Store) -> "pd.DataFrame":
    """The documents that stand, and their partitions.

    Raises `DamagedPart`: what it held must be read again before anything is put together.
    """
    import pandas as pd

    frames = []
    for partition in store.partitions("documents"):
        rows = store.read("documents", partition, _INDEX).to_pandas()
        footer = store.footer("documents", partition)
        answers = footer.answers if footer else {}
        rows["made_by"] = [answers[doc].made_by if doc in answers else "" for doc in rows["doc_id"]]
        frames.append(rows.assign(partition=partition))
    empty = TABLES["documents"].empty_table().select(_INDEX).to_pandas()
    empty = empty.assign(partition=0, made_by="")
    known: pd.DataFrame = pd.concat(frames) if frames else empty
    for name in ("language", "duplicate_kind"):
        known[name] = known[name].astype(str)
    known["batch"] = known["group"] = _NOWHERE
    return known


def _recipes(store: Store) -> dict[str, Recipe]:
    """The recipes by which documents that stand were read, by fingerprint."""
    footers = (store.footer("documents", partition) for partition in store.partitions("documents"))
    return {name: recipe for f in footers if f for name, recipe in f.recipes.items()}


def _touched(store: Store, index: "pd.DataFrame") -> list[int]:
    """The partitions whose part on disk is not what it must be."""
    touched = {int(p) for p in index.loc[index["batch"] != _NOWHERE, "partition"].unique()}
    touched |= {int(p) for p in index.loc[index["moved"], "partition"].unique()}
    for partition in {*index["partition"].tolist(), *store.partitions("documents")} - touched:
        try:
            footer = store.footer("documents", partition)
        except DamagedPart:
            footer = None
        answers = _answers(index[index["partition"] == partition])
        if footer is None or footer.answers != answers:
            touched.add(partition)
    return sorted(touched)


def _answers(members: "pd.DataFrame") -> dict[str, Answer]:
    return {
        doc_id: Answer(
            content_key(sha256, language),
            Outcome.DUPLICATE if kind == duplicates.EXACT else Outcome.DONE,
            made_by,
        )
        for doc_id, sha256, language, kind, made_by in zip(
            members["doc_id"],
            members["text_sha256"],
            members["language"],
            members["duplicate_kind"],
            members["made_by"],
            strict=True,
        )
    }


def _rows(
    store: Store, partition: int, members: "pd.DataFrame", batches: Sequence[Batch]
) -> pa.Table:
    """The documents of a partition, from where each stands, with duplicates marked."""
    schema = TABLES["documents"]
    stand = members.loc[members["batch"] == _NOWHERE, "doc_id"]
    pieces = [store.read("documents", partition, docs=list(stand))] if len(stand) else []
    read = members[members["batch"] != _NOWHERE]
    for batch, group in sorted({*zip(read["batch"].tolist(), read["group"].tolist(), strict=True)}):
        some = read[(read["batch"] == batch) & (read["group"] == group)]
        pieces.append(of_documents(row_group(batches[batch], group), list(some["doc_id"])))
    rows = pa.concat_tables([piece.select(schema.names).cast(schema) for piece in pieces])
    marks = members.set_index("doc_id").loc[rows["doc_id"].to_pylist()]
    for name in duplicates.COLUMNS:
        place = schema.get_field_index(name)
        values = pa.Array.from_pandas(marks[name]).cast(schema.field(place).type)
        rows = rows.set_column(place, schema.field(place), values)
    return rows


def _write_rejects(store: Store, work: Assembly) -> list[str]:
    """The rejects of ingest: those of unchanged sources as they are, and the new ones."""
    schema = TABLES["rejects"]
    try:
        old = store.read("rejects", 0, stage="ingest").cast(schema)
    except DamagedPart:
        old = schema.empty_table()
    tried = {(row["source"], row["record"]): row["attempts"] for row in old.to_pylist()}
    unchanged = _unchanged(store, work)
    rows = [row for row in old.to_pylist() if row["source"] in unchanged]
    for batch in work.batches:
        for row in batch.rejects().to_pylist():
            before = tried.get((row["source"], row["record"]), 0)
            rows.append(row | {"attempts": before + row["attempts"]})
    if not rows:
        store.drop("rejects", 0, "ingest")
        return []
    rows.sort(key=lambda row: (row["source"], row["record"]))
    table = pa.Table.from_pylist(rows, schema=schema)
    footer = Footer(work.recipe, extra={"content": content_digest(table)})
    return [store.write("rejects", 0, table, footer, "ingest")]


def _write_sources(store: Store, index: "pd.DataFrame", work: Assembly) -> str:
    try:
        old = store.read("sources", 0)
    except DamagedPart:
        old = TABLES["sources"].empty_table()
    exact = index[index["duplicate_kind"] == duplicates.EXACT]
    repeated = Counter(exact["source"].tolist())
    read = (batch.sources() for batch in work.batches)
    table = source_rows.table(old, read, repeated, work.changes)
    footer = Footer(work.changes.kept or work.recipe, extra={"content": content_digest(table)})
    return store.write("sources", 0, table, footer)
