"""What a run changed, as facts in the table `changes`: documents, entities, labels and so on.

Old rows are not kept: what differs is written down as a part is written anew, before it takes the
old one's place. Of a document that is new or gone only that is said, none of its facts.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import pyarrow as pa

from schemas.errors import DamagedPart
from schemas.tables import TABLES
from tasks.footers import Answer, Footer
from tasks.rows import from_rows
from tasks.store import Store

TABLE = "changes"
ADDED, REMOVED, CHANGED = "added", "removed", "changed"
Row = Mapping[str, object]
Facts = dict[str, dict[str, str]]
"""By document (empty for the corpus): what is said, and the value of it where it has one."""


class Compared(NamedTuple):
    """What is compared of a table."""

    columns: tuple[str, ...]
    fact: Callable[[Row], tuple[str, str]]
    """What a row says, and the value of it where a document has one at a time."""


COMPARED: Mapping[str, Compared] = MappingProxyType(
    {
        "entities": Compared(
            ("doc_id", "label", "canonical"), lambda row: (f"{row['label']} {row['canonical']}", "")
        ),
        "keywords": Compared(("doc_id", "keyword"), lambda row: (str(row["keyword"]), "")),
        "sentiment": Compared(("doc_id", "label"), lambda row: ("label", str(row["label"]))),
        "summaries": Compared(("doc_id", "summary"), lambda row: ("summary", str(row["summary"]))),
        "document_topics": Compared(
            ("doc_id", "topic_uid", "weight"), lambda row: ("topic", str(row["topic_uid"]))
        ),
        "topics": Compared(
            ("topic_uid", "label"), lambda row: (str(row["topic_uid"]), str(row["label"]))
        ),
    }
)
"""The tables that are compared. A document's topic is that of greatest weight."""


def of_rows(
    store: Store, run: int, table: str, partition: int, new: pa.Table, docs: Collection[str] = ()
) -> str:
    """Write down how `new` differs from the rows that stand of these documents, if it does.

    A table without documents is compared whole. The path of what was written, or nothing.
    """
    if table not in COMPARED:
        return ""
    compared, of_documents = COMPARED[table], "doc_id" in TABLES[table].names
    if of_documents and not docs:
        return ""
    try:
        if store.footer(table, partition) is None:
            return ""
        old = store.read(table, partition, compared.columns, docs=docs if of_documents else None)
    except DamagedPart:
        return ""
    wanted = new.select(compared.columns).to_pylist()
    rows = [row for row in wanted if not of_documents or row["doc_id"] in docs]
    found = _differences(_facts(table, old.to_pylist()), _facts(table, rows))
    return write(store, run, f"{table}-{partition:05d}", (one | {"table": table} for one in found))


def of_documents(
    store: Store, run: int, partition: int, new: pa.Table, answers: Mapping[str, Answer]
) -> str:
    """Write down which documents of a partition come, go, or have another text or language."""
    try:
        footer = store.footer("documents", partition)
        before = footer.answers if footer else {}
        gone = before.keys() - answers.keys()
        left = store.read("documents", partition, ["doc_id", "source"], docs=gone).to_pylist()
    except DamagedPart:
        return ""
    sources = new.select(["doc_id", "source"]).to_pylist()
    rows = [(row, REMOVED) for row in left]
    for row in sources:
        doc_id = row["doc_id"]
        if doc_id not in before:
            rows.append((row, ADDED))
        elif before[doc_id].key != answers[doc_id].key:
            rows.append((row, CHANGED))
    found = (
        {"doc_id": row["doc_id"], "table": "documents", "kind": kind, "fact": row["source"]}
        | {"before": "", "after": ""}
        for row, kind in rows
    )
    return write(store, run, f"documents-{partition:05d}", found)


def write(store: Store, run: int, name: str, rows: Iterator[Row]) -> str:
    """Add rows to what the run has written down under a name; the path, or nothing."""
    found = from_rows(TABLE, [{"run_id": f"{run:05d}", **row} for row in rows])
    if not found.num_rows:
        return ""
    try:
        before = store.read(TABLE, run, stage=name).cast(TABLES[TABLE])
    except DamagedPart:
        before = TABLES[TABLE].empty_table()
    known = {tuple(row.values()) for row in before.to_pylist()}
    new = [row for row in found.to_pylist() if tuple(row.values()) not in known]
    if not new:
        return ""
    every = pa.concat_tables([before, from_rows(TABLE, new)])
    return store.write(TABLE, run, every, Footer({"stage": TABLE, "version": 1}), name)


def kind_of(*, was: bool, now: bool) -> str:
    """What became of a fact that was said before, or is said now, or both."""
    return CHANGED if was and now else REMOVED if was else ADDED


def _facts(table: str, rows: list[Row]) -> Facts:
    found: Facts = {}
    if table == "document_topics":
        rows = sorted(rows, key=lambda row: (float(str(row["weight"])), str(row["topic_uid"])))
    for row in rows:
        fact, value = COMPARED[table].fact(row)
        found.setdefault(str(row.get("doc_id", "")), {})[fact] = value
    return found


def _differences(old: Facts, new: Facts) -> Iterator[dict[str, object]]:
    """A row for each fact that is said before and not after, or the other way round, or changed."""
    for doc_id in sorted(old.keys() | new.keys()):
        before, after = old.get(doc_id, {}), new.get(doc_id, {})
        for fact in sorted(before.keys() | after.keys()):
            if before.get(fact) == after.get(fact):
                continue
            kind = (
                CHANGED if fact in before and fact in after else ADDED if fact in after else REMOVED
            )
            yield {
                "doc_id": doc_id or None,
                "kind": kind,
                "fact": fact,
                "before": before.get(fact, ""),
                "after": after.get(fact, ""),
            }
