"""A plan as a person or a script sees it: what would be computed, why, and what it will cost."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich.table import Table

from flows import screen
from tasks import estimates
from tasks.estimates import Rate
from tasks.planning import StagePlan

_MINUTE, _HOUR = 60.0, 3600.0
_FROM = 1.5
"""So many of a unit are the least that is said in it."""


def show_plan(
    plans: Sequence[StagePlan], rates: Mapping[str, Rate], workers: int, *, as_json: bool
) -> None:
    """What a run would compute, why, and what that will cost with so many workers."""
    costs = [estimates.estimate(plan, rates) for plan in plans]
    total = estimates.total(costs)
    if as_json:
        rows = [asdict(p) | {"cost": asdict(c)} for p, c in zip(plans, costs, strict=True)]
        screen.write_json({"stages": rows, "cost": asdict(total), "workers": workers})
        return
    table = Table("stage", "current", "to do", "why")
    for name in ("time", "MB"):
        table.add_column(name, justify="right")
    for plan, cost in zip(plans, costs, strict=True):
        todo = sum(plan.todo.values())
        table.add_row(
            plan.stage,
            f"{plan.current} {plan.unit}",
            str(todo) if todo else "·",
            plan.reasons,
            _duration(cost.seconds) if todo else "·",
            f"{cost.size / 1e6:.2f}" if todo else "·",
        )
    screen.out.print(table)
    if all(plan.settled for plan in plans):
        screen.out.print("Nothing is to be done.")
        return
    if total.seconds is None:
        head = "Some stages have not run here yet: their time is unknown."
    else:
        head = f"About {_duration(total.seconds / workers)} with {workers} workers."
    screen.out.print(f"{head} {total.size / 1e6:.1f} MB to write, at the rates of past runs.")


def _duration(seconds: float | None) -> str:
    """Seconds as a person says them."""
    if seconds is None:
        return "?"
    for unit, size in (("h", _HOUR), ("min", _MINUTE)):
        if seconds >= _FROM * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
