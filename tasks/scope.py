"""Which documents a run may compute: all, or those that a backfill names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from schemas.backfill import Backfill
from schemas.fingerprints import ASKED_AGAIN, Recipe
from tasks.places.patterns import taking
from tasks.store import Store

_COLUMNS = ("doc_id", "source", "language", "published_at")
_UNDATED = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Scope:
    """The documents of a partition that a run may compute; plain values, so that it travels."""

    docs: frozenset[str] | None = None
    """By `doc_id`; None is all of them. The others stay as they are, whatever their state."""
    keep_stale: bool = False
    """Whether a document that was computed by another recipe stays as it is."""

    def takes(self, doc_id: str) -> bool:
        """Whether a document is in scope."""
        return self.docs is None or doc_id in self.docs

    def keeps(self, old: Recipe, new: Recipe) -> bool:
        """Whether what was made by the recipe `old` stays though `new` is the present one.

        Never where the corpus was fitted anew: rows must not name topics that are gone.
        """
        return self.keep_stale and old.get("fitted") == new["fitted"] and not old.get(ASKED_AGAIN)


EVERYTHING = Scope()
Scopes = Callable[[int], Scope]
"""The scope in each partition."""


def everything(_partition: int) -> Scope:
    """All documents of every partition."""
    return EVERYTHING


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


class Range:
    """The documents of a backfill, looked up once in the table documents."""

    def __init__(self, store: Store, backfill: Backfill) -> None:
        self._store, self._backfill = store, backfill

    def scope(self, partition: int) -> Scope:
        """The documents of a partition that are in range."""
        if not self._backfill.ranged:
            return EVERYTHING
        return Scope(self._found.get(partition, (frozenset(), _UNDATED))[0])

    def in_order(self, partitions: list[int]) -> list[int]:
        """Partitions in the order of the backfill; those without a date last, else by number."""
        newest = self._backfill.order == "newest"

        def rank(partition: int) -> tuple[bool, float, int]:
            _, day = self._found.get(partition, (frozenset(), _UNDATED))
            if day == _UNDATED:
                return True, 0.0, partition
            return False, -day.timestamp() if newest else day.timestamp(), partition

        return sorted(partitions, key=rank)

    @cached_property
    def _found(self) -> dict[int, tuple[frozenset[str], datetime]]:
        """The documents in range of each partition that has any, and the time of the newest."""
        found = {}
        for partition in self._store.partitions("documents"):
            rows = self._in_range(self._store.read("documents", partition, _COLUMNS))
            if rows.num_rows:
                newest = pc.max(rows.column("published_at")).as_py() or _UNDATED
                found[partition] = frozenset(rows.column("doc_id").to_pylist()), newest
        return found

    def _in_range(self, rows: pa.Table) -> pa.Table:
        asked, when = self._backfill, rows.column("published_at")
        if asked.since:
            rows = rows.filter(pc.greater_equal(when, _midnight(asked.since)))
        if asked.until:
            ends = _midnight(asked.until + timedelta(days=1))
            rows = rows.filter(pc.less(rows.column("published_at"), ends))
        if asked.languages:
            languages = pc.cast(rows.column("language"), pa.string())
            rows = rows.filter(pc.is_in(languages, pa.array(asked.languages, pa.string())))
        if asked.sources:
            takes = taking(asked.sources)
            hits = [takes(source, False) for source in rows.column("source").to_pylist()]
            rows = rows.filter(pa.array(hits, pa.bool_()))
        return rows
