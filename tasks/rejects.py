"""What was rejected: grouped with the remedy, and called back to be tried again.

What is called back counts as missing from then on, so that the next run does it, and no more: of a
document its answer is taken out of the footer of its rejects, of a source its hash is forgotten.
The rows stay, and with them how often each was tried.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from schemas.errors import DamagedPart
from schemas.stages import STAGES, Kind
from schemas.tables import REJECT_REASONS
from tasks.store import Store, content_digest

EXAMPLES = 3
"""Rejects named of each group."""
Row = dict[str, object]
_INGEST = next(stage.name for stage in STAGES.values() if stage.kind is Kind.SOURCE)


@dataclass(frozen=True)
class Choice:
    """Which rejects are meant; empty means all."""

    stages: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    def takes(self, row: Row) -> bool:
        """Whether a row of the table rejects is meant."""
        return (not self.stages or row["stage"] in self.stages) and (
            not self.reasons or row["reason"] in self.reasons
        )


@dataclass(frozen=True)
class Example:
    """One reject: where it stands, what was said of it, how often it was tried."""

    source: str
    record: str
    message: str
    attempts: int


@dataclass(frozen=True)
class Group:
    """The rejects of one stage for one reason."""

    stage: str
    reason: str
    explanation: str
    """What the reason means, and what mends it."""
    count: int
    sources: int
    """Sources that they come from."""
    examples: tuple[Example, ...]


def groups(store: Store, choice: Choice) -> list[Group]:
    """The rejects by stage and reason, in the order of the stages, the most frequent first."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in _rows(store):
        if choice.takes(row):
            found.setdefault((str(row["stage"]), str(row["reason"])), []).append(row)
    order = list(STAGES)
    return [
        Group(
            stage,
            reason,
            REJECT_REASONS.get(reason, ""),
            len(rows),
            len({row["source"] for row in rows}),
            tuple(map(_example, rows[:EXAMPLES])),
        )
        for (stage, reason), rows in sorted(
            found.items(), key=lambda group: (order.index(group[0][0]), -len(group[1]), group[0])
        )
    ]


def call_back(store: Store, choice: Choice) -> int:
    """Let the next run try these rejects again; how many they are. Call it under the lock."""
    called = 0
    for partition in store.partitions("rejects"):
        for name in STAGES:
            rows = store.read("rejects", partition, stage=name)
            meant = [row for row in rows.to_pylist() if choice.takes(row)]
            if not meant:
                continue
            called += len(meant)
            if name == _INGEST:
                _forget_sources(store, {str(row["source"]) for row in meant})
            else:
                _forget_answers(store, partition, name, rows, {str(row["doc_id"]) for row in meant})
    return called


def _forget_answers(
    store: Store, partition: int, stage: str, rows: pa.Table, docs: set[str]
) -> None:
    footer = store.footer("rejects", partition, stage)
    if footer is None:
        return
    answers = {doc: answer for doc, answer in footer.answers.items() if doc not in docs}
    kept = replace(footer, answers=answers)
    store.write("rejects", partition, rows, kept, stage)


def _forget_sources(store: Store, sources: set[str]) -> None:
    footer = store.footer("sources", 0)
    if footer is None:
        return
    rows = store.read("sources", 0)
    files = {row["container"] for row in rows.to_pylist() if row["source"] in sources}
    forgotten = rows
    for name in ("source_sha256", "version"):
        kept = [
            "" if source in files else value
            for source, value in zip(
                rows["source"].to_pylist(), rows[name].to_pylist(), strict=True
            )
        ]
        place = rows.schema.get_field_index(name)
        field = rows.schema.field(place)
        forgotten = forgotten.set_column(place, field, pa.array(kept, pa.string()))
    digest = content_digest(forgotten.replace_schema_metadata(None))
    store.write("sources", 0, forgotten, replace(footer, extra={"content": digest}))


def _rows(store: Store) -> Iterator[Row]:
    """All rejects; what cannot be read is left out, and is computed again by the next run."""
    for partition in store.partitions("rejects"):
        for name in STAGES:
            try:
                yield from store.read("rejects", partition, stage=name).to_pylist()
            except DamagedPart:
                continue


def _example(row: Row) -> Example:
    return Example(
        str(row["source"]), str(row["record"]), str(row["message"]), int(str(row["attempts"]))
    )
