"""What a plan will cost in time and disk, from the rates of past runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.errors import DamagedPart
from schemas.stages import STAGES
from tasks import inventory
from tasks.planning import StagePlan
from tasks.store import Store

_RUNS = 20
"""Latest runs that are looked at: older ones were of other models, or another machine."""


@dataclass(frozen=True)
class Rate:
    """What a document costs at a stage."""

    seconds: float | None
    """Of one worker; None where no run has measured it."""
    size: float
    """Bytes on disk."""


@dataclass(frozen=True)
class Estimate:
    """What a stage of a plan will cost."""

    seconds: float | None
    """Of one worker; None where no run has measured it."""
    size: int
    """Bytes that will be written for these documents; old rows of theirs go meanwhile."""


def rates(store: Store) -> dict[str, Rate]:
    """The rate of every stage, from the latest runs and the tables as they stand."""
    done: dict[str, int] = {}
    seconds: dict[str, float] = {}
    for number in store.partitions("runs")[-_RUNS:]:
        try:
            stages = store.read("runs", number, ["stages"]).to_pylist()[0]["stages"]
        except DamagedPart:
            continue
        for stage in stages:
            if stage["done"]:
                name = stage["stage"]
                done[name] = done.get(name, 0) + stage["done"]
                seconds[name] = seconds.get(name, 0.0) + stage["seconds"]
    sizes = {state.table: state for state in inventory.tables(store)}
    found = {}
    for name, stage in STAGES.items():
        states = [sizes[table] for table in stage.writes if table in sizes]
        answered = max((sum(state.fingerprints.values()) for state in states), default=0)
        size = sum(state.size for state in states) / answered if answered else 0.0
        found[name] = Rate(seconds[name] / done[name] if name in done else None, size)
    return found


def estimate(plan: StagePlan, known: Mapping[str, Rate]) -> Estimate:
    """What a stage of a plan will cost; sources are taken for documents."""
    rate, items = known[plan.stage], sum(plan.todo.values())
    if not items:
        return Estimate(0.0, 0)
    return Estimate(
        None if rate.seconds is None else rate.seconds * items, round(rate.size * items)
    )


def total(estimates: Iterable[Estimate]) -> Estimate:
    """What a whole plan will cost: the seconds of what is known."""
    some = list(estimates)
    known = [one.seconds for one in some if one.seconds is not None]
    return Estimate(sum(known) if len(known) == len(some) else None, sum(one.size for one in some))
