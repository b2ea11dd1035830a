"""What differs between two runs: the table `changes` folded, and settings, models, libraries."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.errors import ResultsError
from tasks.changes import ADDED, REMOVED, TABLE, kind_of
from tasks.store import Store

ENVIRONMENT = ("config", "models", "versions")


@dataclass(frozen=True)
class Change:
    """One fact that is another after than before."""

    doc_id: str
    """Empty where it is of the corpus."""
    table: str
    kind: str
    """added, removed or changed."""
    fact: str
    before: str
    after: str


@dataclass(frozen=True)
class Setting:
    """A setting, model or library that is another."""

    part: str
    """config, models or versions."""
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """What differs from one run to another."""

    before: str
    after: str
    settings: tuple[Setting, ...]
    changes: tuple[Change, ...]

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """Changes by table and kind."""
        return Counter((change.table, change.kind) for change in self.changes)


def between(store: Store, before: str, after: str | None = None) -> Difference:
    """What changed after the run `before`, up to the end of the run `after`, or to the present.

    Raises `ResultsError` where there is no such run, or the second is the earlier.
    """
    first, last = _number(store, before), _number(store, after)
    if last < first:
        raise ResultsError(f"run {last:05d} is earlier than run {first:05d}: exchange them")
    old, new = (store.read("runs", number).to_pylist()[0] for number in (first, last))
    rows = [
        row
        for number in store.partitions(TABLE)
        if first < number and (after is None or number <= last)
        for name in store.names(TABLE, number)
        for row in store.read(TABLE, number, stage=name).to_pylist()
    ]
    return Difference(
        f"{first:05d}",
        f"{last:05d}" if after else "now",
        tuple(_settings(old, new)),
        tuple(folded(sorted(rows, key=lambda row: str(row["run_id"])))),
    )


def folded(rows: list[dict[str, object]]) -> Iterator[Change]:
    """What remains of changes in their order: what came and went again is none."""
    facts: dict[tuple[str, str, str], list[dict[str, object]]] = {}
    for row in rows:
        key = str(row["table"]), str(row["doc_id"] or ""), str(row["fact"])
        facts.setdefault(key, []).append(row)
    come_or_gone = {
        doc_id
        for (table, doc_id, _), each in facts.items()
        if table == "documents" and {ADDED, REMOVED} & {str(row["kind"]) for row in each}
    }
    for (table, doc_id, fact), each in sorted(facts.items()):
        if table != "documents" and doc_id in come_or_gone:
            continue
        was, now = each[0]["kind"] != ADDED, each[-1]["kind"] != REMOVED
        before, after = str(each[0]["before"]), str(each[-1]["after"])
        if was and now and before == after and table != "documents":
            continue
        if was or now:
            yield Change(doc_id, table, kind_of(was=was, now=now), fact, before, after)


def _settings(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Setting]:
    for part in ENVIRONMENT:
        before, after = (_flat(json.loads(str(run[part]))) for run in (old, new))
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                yield Setting(part, name, before.get(name, "none"), after.get(name, "none"))


def _flat(values: Mapping[str, object], head: str = "") -> dict[str, str]:
    """Nested settings by their dotted names."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{head}{name}.")
        else:
            found[head + name] = json.dumps(value, ensure_ascii=False)
    return found


def _number(store: Store, run: str | None) -> int:
    """The number of a run; of the latest without a name."""
    known = store.partitions("runs")
    if not known:
        raise ResultsError(f"no run is recorded in {store.root}: `python -m flows run` makes one")
    if run is None:
        return known[-1]
    if not run.isdecimal() or int(run) not in known:
        raise ResultsError(
            f"there is no run {run}: the table runs has {known[0]:05d} to {known[-1]:05d}"
        )
    return int(run)
