"""Small parts made into full ones, without computing anything.

Documents keep their partition for life, so a partition that many documents have left stays small,
and one that was made for smaller parts, too. Partitions of which two or more fit together become
one: their rows and answers are put together in staging, and then take their place in one table
after the other. A journal says what is under way: whoever holds the folder next ends it.

The changes of a run, a part a table and partition, become one part.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from schemas.errors import DamagedPart
from schemas.stages import STAGES, Kind
from schemas.tables import TABLES
from tasks import changes, page
from tasks.footers import Footer
from tasks.store import Store, part_of

JOURNAL = ".compacting.json"
_STAGING = "compaction"
_MERGED = "merged"
_PARTITIONED = (
    "documents",
    *(t for s in STAGES.values() if s.kind in (Kind.DOCUMENT, Kind.NEIGHBOUR) for t in s.writes),
    "rejects",
)
_SMALL = 0.5
"""Share of a full partition up to which one is small: a fuller one is not worth the writing."""


@dataclass(frozen=True)
class Merge:
    """Parts of a table that become one."""

    table: str
    name: str
    """Of the part that they become."""
    parts: tuple[str, ...]
    """Those that there are, in order."""


def groups(sizes: Mapping[int, int], partition_size: int) -> list[tuple[int, ...]]:
    """Partitions that fit together, by the documents in each; each small, in order.

    >>> groups({0: 5, 1: 1, 2: 2, 3: 4, 4: 2, 5: 0}, 5)
    [(1, 2, 4)]
    """
    found: list[tuple[int, ...]] = []
    group: tuple[int, ...] = ()
    held = 0
    for partition, size in sorted(sizes.items()):
        if not 0 < size <= _SMALL * partition_size:
            continue
        if held + size > partition_size:
            found.append(group)
            group, held = (), 0
        group, held = (*group, partition), held + size
    return [group for group in (*found, group) if len(group) > 1]


def plan(store: Store, partition_size: int) -> list[Merge]:
    """What `compact` would put together; reads footers only. Raises `DamagedPart`."""
    footers = {
        number: store.footer("documents", number) for number in store.partitions("documents")
    }
    sizes = {number: len(footer.answers) for number, footer in footers.items() if footer}
    merges = [
        merge
        for group in groups(sizes, partition_size)
        for table in _PARTITIONED
        for merge in _of_group(store, table, group)
    ]
    ended = store.partitions("runs")
    for run in store.partitions(changes.TABLE):
        parts = [store.name(changes.TABLE, run, n) for n in store.names(changes.TABLE, run)]
        if len(parts) > 1 and run in ended:
            merges.append(
                Merge(changes.TABLE, store.name(changes.TABLE, run, _MERGED), tuple(parts))
            )
    return merges


def compact(store: Store, merges: Sequence[Merge]) -> None:
    """Put parts together as planned; call it under the lock only.

    A reader sees a table with its old parts or its new ones. Raises `DamagedPart`, and changes
    nothing then.
    """
    if not merges:
        return
    shown = page.made_of(store)
    staged = Store(store.folder.below(store.staged(_STAGING)))
    for merge in merges:
        rows, footer = _merged(store, merge)
        staged.write(merge.table, part_of(merge.name)[0], rows, footer, part_of(merge.name)[1])
    journal: dict[str, dict[str, list[str]]] = {}
    for merge in merges:
        moves = journal.setdefault(merge.table, {"new": [], "gone": []})
        moves["new"].append(merge.name)
        moves["gone"] += [part for part in merge.parts if part != merge.name]
    store.replace(JOURNAL, json.dumps(journal).encode())
    finish(store)
    page.keep(store, shown)


def finish(store: Store) -> None:
    """End what `compact` began, if it was killed; call it under the lock only, before all else."""
    if not store.folder.exists(JOURNAL):
        return
    staging = store.staged(_STAGING)
    for table, moves in json.loads(store.folder.read(JOURNAL)).items():
        new = {name: f"{staging}/{name}" for name in moves["new"]}
        store.folder.exchange(table, new, moves["gone"], staging)
    store.folder.remove(JOURNAL)
    store.folder.remove_all(staging)


def _of_group(store: Store, table: str, group: Iterable[int]) -> Iterator[Merge]:
    """The merges of some partitions in a table: one, or one a stage that has rejects."""
    standing = [part for part in store.parts(table) if part_of(part)[0] in {*group}]
    for stage in sorted({part_of(part)[1] for part in standing} - {"ingest"}):
        parts = tuple(part for part in standing if part_of(part)[1] == stage)
        name = store.name(table, min(group), stage)
        if parts != (name,):
            yield Merge(table, name, parts)


def _merged(store: Store, merge: Merge) -> tuple[pa.Table, Footer]:
    """The rows of the parts, and a footer that answers for all of their documents."""
    schema = TABLES[merge.table]
    pieces, footers = [], []
    for part in merge.parts:
        number, stage = part_of(part)
        footer = store.footer(merge.table, number, stage)
        if footer is None:
            raise DamagedPart(part, merge.table, number, "it is gone")
        pieces.append(store.read(merge.table, number, stage=stage).select(schema.names))
        footers.append(footer)
    extra = dict(footers[0].extra.items())
    for footer in footers[1:]:  # what they do not agree on is no longer known
        extra = {k: v for k, v in extra.items() if footer.extra.get(k) == v}
    answers = {doc: answer for footer in footers for doc, answer in footer.answers.items()}
    others = {name: one for footer in footers for name, one in footer.recipes.items()}
    rows = pa.concat_tables([piece.cast(schema) for piece in pieces])
    return rows, Footer(footers[0].recipe, answers, extra, others)
