"""The command `diff`: what changed from one run to another, or to the present."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from flows.options import RESULTS, AsJson, Results, errors

if TYPE_CHECKING:
    from tasks.differences import Change, Difference

_WIDTH = 60
"""Characters of a value that are shown; --json has all."""


def diff(
    before: Annotated[str, typer.Argument(metavar="RUN_A", help="Number of a run.")],
    after: Annotated[
        str | None, typer.Argument(metavar="[RUN_B]", help="Number of a later one; else now.")
    ] = None,
    results: Results = RESULTS,
    table: Annotated[
        list[str] | None, typer.Option("--table", help="List the changes of a table; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what changed after RUN_A: documents, labels, entities, topics, settings, models."""
    with errors():
        from flows import screen
        from tasks import differences
        from tasks.store import Store

        store = Store(results)
        store.open(create=False)
        found = differences.between(store, before, after)
        shown = [c for c in found.changes if not table or c.table in table]
        if as_json:
            settings = [asdict(setting) for setting in found.settings]
            changes = [asdict(change) for change in shown]
            head = {"before": found.before, "after": found.after}
            screen.write_json(head | {"settings": settings, "changes": changes})
            return
        _show_counts(found)
        if table:
            _show_changes(shown)


def _show_counts(found: "Difference") -> None:
    from flows import screen

    grid = Table("table", title=f"run {found.before} → {found.after}", title_justify="left")
    kinds = ("added", "removed", "changed")
    for kind in kinds:
        grid.add_column(kind, justify="right")
    for name in dict.fromkeys(change.table for change in found.changes):
        grid.add_row(name, *(str(found.counts.get((name, kind), 0) or "·") for kind in kinds))
    if found.changes:
        screen.out.print(grid)
    for setting in found.settings:
        line = f"{setting.part}: {setting.name}: {setting.before} → {setting.after}"
        screen.out.print(line, markup=False)
    if not found.changes and not found.settings:
        screen.out.print("Nothing changed.")


def _show_changes(changes: Sequence["Change"]) -> None:
    from flows import screen

    grid = Table("table", "doc_id", "kind", "fact", "before", "after")
    for change in changes:
        values = (change.fact, change.before, change.after)
        cells = [Text(screen.steady(value)[:_WIDTH]) for value in values]
        grid.add_row(change.table, change.doc_id, change.kind, *cells)
    screen.out.print(grid)
