"""The commands that look after a results folder: verify, compact, prune, export."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from flows.options import FAILED, RESULTS, AsJson, ConfigFile, Flags, Results, configured, errors

if TYPE_CHECKING:
    from tasks.pruning import Prunable
    from tasks.verification import TableCheck

_SHOWN = 20
"""Documents that are named; --json has all."""
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def verify(results: Results = RESULTS, as_json: AsJson = False) -> None:
    """Read every part in full and check it; ends with 1 where one is not sound."""
    with errors():
        from flows import screen
        from tasks import verification
        from tasks.store import Store

        store = Store(results)
        store.open(create=False)
        found = list(verification.verify(store))
        aside = verification.set_aside(store)
        if as_json:
            screen.write_json({"tables": [asdict(one) for one in found], "set_aside": aside})
        else:
            _show_checks(found, aside)
    if any(one.faults for one in found):
        raise typer.Exit(FAILED)


def compact(
    results: Results = RESULTS,
    dry_run: DryRun = False,
    config: ConfigFile = None,
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """Make full parts (run.partition_size) of small ones; nothing is computed."""
    with errors():
        settings, _ = configured(config, flags)
        from flows import screen
        from flows.turns import turn
        from tasks import compaction
        from tasks.store import Store

        store = Store(results)
        store.open(create=False)
        with turn(store, settings.run.lock_timeout_s):
            merges = compaction.plan(store, settings.run.partition_size)
            if not dry_run:
                compaction.compact(store, merges)
        if as_json:
            screen.write_json([asdict(merge) for merge in merges])
            return
        before, after = Counter[str](), Counter[str]()
        for merge in merges:
            before[merge.table] += len(merge.parts)
            after[merge.table] += 1
        for table, count in before.items():
            screen.out.print(f"{table}: {count} parts → {after[table]}")
        if not merges:
            screen.out.print("No small parts that fit together.")


def prune(
    corpus: Annotated[
        str | None, typer.Argument(metavar="[CORPUS]", help="That of the last run, if not given.")
    ] = None,
    results: Results = RESULTS,
    dry_run: DryRun = False,
    config: ConfigFile = None,
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """Take documents that are gone from CORPUS out of every table; nothing is computed."""
    with errors():
        from flows import configuration, retrying, screen
        from flows.turns import turn
        from tasks import planning, pruning
        from tasks.machine import available_cores
        from tasks.sources import hashed, scan
        from tasks.store import Store

        store = Store(results)
        store.open(create=False)
        last = retrying.last_run(store)
        settings, _ = configuration.load(config, os.environ, flags or [], base=last.config)
        with turn(store, settings.run.lock_timeout_s):
            made_by = planning.recipes(store, settings, ["ingest"])["ingest"]
            seen = scan(corpus or last.corpus, settings.ingest)
            found = hashed(seen, threads=available_cores())
            what = pruning.prunable(store, found, made_by, settings)
            if not dry_run and not what.nothing:
                pruning.prune(store, what, made_by, settings)
        if as_json:
            said = {"sources": sorted(what.changes.gone), "documents": what.documents}
            screen.write_json(said | {"rows": what.rows, "set_aside": what.leftovers})
        else:
            _show_pruned(what)


def export(
    target: Annotated[
        Path, typer.Argument(help="A folder for a file a table, or FILE.duckdb for all in one.")
    ],
    results: Results = RESULTS,
    table: Annotated[
        list[str] | None, typer.Option("--table", help="Only this table; may be repeated.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="csv (the default), jsonl, parquet or duckdb."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write tables as one file each; in CSV, nothing that a spreadsheet takes for a formula."""
    with errors():
        from flows import screen
        from schemas.errors import ConfigError
        from schemas.tables import TABLES
        from tasks import exporting
        from tasks.store import Store

        unknown = [name for name in table or () if name not in TABLES]
        if unknown:
            raise ConfigError(f"--table: there is no {unknown[0]}; choose of {', '.join(TABLES)}")
        store = Store(results)
        store.open(create=False)
        written = exporting.export(
            store, target, table or list(TABLES), form or exporting.form_of(target)
        )
        if as_json:
            screen.write_json([str(path) for path in written])
            return
        for path in written:
            screen.out.print(f"{path}  {path.stat().st_size / 1e6:.2f} MB", markup=False)


def _show_checks(found: "Iterable[TableCheck]", aside: list[str]) -> None:
    from flows import screen

    grid = Table("table")
    for name in ("parts", "rows", "MB", "faults"):
        grid.add_column(name, justify="right")
    for one in found:
        cells = (
            str(one.parts),
            str(one.rows),
            f"{one.size / 1e6:.2f}",
            str(len(one.faults) or "·"),
        )
        grid.add_row(one.table, *cells)
    screen.out.print(grid)
    for one in found:
        for fault in one.faults:
            screen.out.print(Text(f"{fault.file}: {fault.problem}: {fault.remedy}"))
    if aside:
        screen.out.print(Text(f"Set aside by runs: {', '.join(aside)}: `prune` removes them"))


def _show_pruned(what: "Prunable") -> None:
    from flows import screen

    if what.nothing:
        screen.out.print("Nothing to prune.")
        return
    gone = sorted(what.changes.gone)
    screen.out.print(f"{len(gone)} sources gone, {len(what.documents)} documents with them:")
    for source in gone[:_SHOWN]:
        screen.out.print(Text(f"  {screen.steady(source)}"))
    if len(gone) > _SHOWN:
        screen.out.print(f"  and {len(gone) - _SHOWN} more: see --json")
    grid = Table("table")
    grid.add_column("rows", justify="right")
    for table, count in what.rows.items():
        grid.add_row(table, str(count))
    screen.out.print(grid)
    if what.leftovers:
        size = sum(what.leftovers.values()) / 1e6
        screen.out.print(f"{len(what.leftovers)} damaged parts that were set aside, {size:.2f} MB")
