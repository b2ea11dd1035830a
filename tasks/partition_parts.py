"""The parts that a document stage writes: new rows beside those that stand, and its rejects."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from schemas.errors import DamagedPart
from schemas.fingerprints import Recipe
from schemas.receipts import Outcome
from schemas.stages import Stage
from schemas.tables import TABLES
from tasks import changes
from tasks.footers import Answer, Footer
from tasks.rows import from_rows
from tasks.store import Store

Refusals = Mapping[str, tuple[str, str]]
"""Reason and message of each document that is rejected."""


@dataclass(frozen=True)
class Part:
    """What a stage writes of a partition."""

    stage: Stage
    partition: int
    recipe: Recipe
    recipes: Mapping[str, Recipe]
    """Every recipe that an answer names, by fingerprint."""
    tried: int = 0
    """Times that the documents were tried before this."""
    run: int = 0
    """The number of the run, for the table changes."""


def names(store: Store, stage: Stage, partition: int) -> list[str]:
    """Where the parts of a stage stand, if they do; the first table's last."""
    return [
        store.name("rejects", partition, stage.name),
        *(store.name(table, partition) for table in reversed(stage.writes)),
    ]


def write(
    store: Store,
    part: Part,
    answers: Mapping[str, Answer],
    kept: Mapping[str, Answer],
    outputs: Mapping[str, pa.Table],
    refused: Refusals,
) -> tuple[str, ...]:
    """Write the rejects, then each table; until the last stands, the new rows count as missing."""
    footer = Footer(part.recipe, answers, others=part.recipes)
    written = [*_write_rejects(store, part, answers, kept, refused)]
    stood = _answered(store, part)
    for table in part.stage.writes:
        new = outputs.get(table, TABLES[table].empty_table())
        if kept:
            old = store.read(table, part.partition, docs=kept.keys())
            new = pa.concat_tables(
                [rows.select(TABLES[table].names).cast(TABLES[table]) for rows in (old, new)]
            )
        again = (answers.keys() - kept.keys()) & stood
        changes.of_rows(store, part.run, table, part.partition, new, again)
        written.append(store.write(table, part.partition, new, footer))
    return tuple(written)


def _answered(store: Store, part: Part) -> frozenset[str]:
    """The documents that the part has stood for so far."""
    try:
        footer = store.footer(part.stage.writes[0], part.partition)
    except DamagedPart:
        return frozenset()
    return frozenset(footer.answers if footer else ())


def _write_rejects(
    store: Store,
    part: Part,
    answers: Mapping[str, Answer],
    kept: Mapping[str, Answer],
    refused: Refusals,
) -> list[str]:
    rejected = {doc: a for doc, a in answers.items() if a.outcome is Outcome.REJECTED}
    if not rejected:
        store.drop("rejects", part.partition, part.stage.name)
        return []
    try:
        old = store.read("rejects", part.partition, stage=part.stage.name).to_pylist()
    except DamagedPart:
        old = []
    tried = {row["doc_id"]: row["attempts"] for row in old}
    where = store.read("documents", part.partition, ["doc_id", "source", "record"], docs=refused)
    new = [
        row
        | {"stage": part.stage.name, "reason": refused[row["doc_id"]][0]}
        | {"message": refused[row["doc_id"]][1]}
        | {"attempts": tried.get(row["doc_id"], 0) + part.tried + 1}
        for row in where.to_pylist()
    ]
    rows = from_rows("rejects", [row for row in old if row["doc_id"] in kept] + new)
    footer = Footer(part.recipe, rejected, others=part.recipes)
    return [store.write("rejects", part.partition, rows, footer, part.stage.name)]


def drop(store: Store, stage: Stage, partition: int) -> tuple[str, ...]:
    """Remove the parts of a partition that holds no document any more.

    The first table's goes last: as long as it stands, the next run finds what is left to remove.
    """
    for name in names(store, stage, partition):
        store.folder.remove(name)
    return (f"{stage.name}: partition {partition} removed",)
