"""The command `backfill`: brings documents of the results up to date, as the last run was asked."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from flows.options import (
    FAILED,
    REJECTS,
    RESULTS,
    AsJson,
    ConfigFile,
    Flags,
    Results,
    Stages,
    Workers,
    errors,
    stages_named,
)

if TYPE_CHECKING:
    from flows.retrying import LastRun
    from schemas.backfill import Backfill
    from tasks.store import Store


def backfill(
    results: Results = RESULTS,
    stages: Stages = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="YYYY-MM-DD", help="First day of publication, UTC."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="YYYY-MM-DD", help="Last day of publication, UTC."),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option("--source", metavar="PATTERN", help="Glob of sources; may be repeated."),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option("--language", metavar="CODE", help="Such as en; may be repeated."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Compute again what is up to date, too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be computed, and what it will cost.")
    ] = False,
    oldest_first: Annotated[
        bool, typer.Option("--oldest-first", help="Begin with the oldest; else with the newest.")
    ] = False,
    config: ConfigFile = None,
    flags: Flags = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Bring documents that stand in the results up to date, and touch no other.

    Settings are those of the last run, with --config and --set over them. Without dates, sources
    or languages, everything that is missing or stale is meant. A backfill that was stopped goes on
    where it was when it is asked again, without --force.
    """
    with errors():
        from flows import configuration, launching, results_screen, retrying, screen
        from tasks.store import Store

        store = Store(results)
        store.open(create=False)
        last = retrying.last_run(store)
        own = [] if workers is None else [f"run.workers={workers}"]
        settings, _ = configuration.load(
            config, os.environ, [*(flags or []), *own], base=last.config
        )
        asked = configuration.backfill(
            since=since,
            until=until,
            sources=tuple(source or ()),
            languages=tuple(language or ()),
            force=force,
            order="oldest" if oldest_first else "newest",
            dry_run=dry_run,
        )
        last = replace(last, config=settings, stages=stages_named(stages))
        if dry_run:
            _show(store, last, asked, as_json=as_json)
            return
        with screen.progress(as_json=as_json) as hears:
            account = launching.launch(
                last.corpus, results, last.config, last.stages, hears, backfill=asked
            )
        results_screen.show_run(account, results, as_json=as_json)
    if account.outcome != "done":
        raise typer.Exit({"rejects": REJECTS}.get(account.outcome, FAILED))


def _show(store: "Store", last: "LastRun", asked: "Backfill", *, as_json: bool) -> None:
    """Say what the backfill would do."""
    from flows import plan_screen
    from schemas.stages import backfilled
    from tasks import estimates, planning
    from tasks.machine import available_cores
    from tasks.scope import Range

    names = backfilled(last.stages, last.config, ranged=asked.ranged)
    scopes = Range(store, asked).scope
    plans = planning.plan(store, last.config, names, None, scopes, force=asked.force)
    workers = last.config.run.workers or available_cores()
    plan_screen.show_plan(plans, estimates.rates(store), workers, as_json=as_json)
