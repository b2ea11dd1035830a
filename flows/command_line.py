"""The command line: run, plan, backfill, status, rejects, show, config, models, train and so on.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but more rejects than the limit.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from flows.backfill_command import backfill
from flows.benchmark_commands import benchmark
from flows.diff_command import diff
from flows.housekeeping_commands import compact, export, prune, verify
from flows.options import (
    FAILED,
    REJECTS,
    RESULTS,
    AsJson,
    ConfigFile,
    Corpus,
    DaskAddress,
    Flags,
    PartitionSize,
    Results,
    Runner,
    Stages,
    Workers,
    configured,
    errors,
    stages_named,
)
from flows.query_commands import sql, tables

app = typer.Typer(
    name="corpusmill",
    help="Analyse a corpus into Parquet tables and a report; only what changed is computed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(benchmark)


@app.command()
def run(
    corpus: Corpus,
    results: Results = RESULTS,
    config: ConfigFile = None,
    stages: Stages = None,
    partition_size: PartitionSize = None,
    workers: Workers = None,
    runner: Runner = None,
    dask_address: DaskAddress = None,
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """Analyse CORPUS: compute what is new or stale, reuse the rest."""
    with errors():
        settings, _ = configured(
            config,
            flags,
            partition_size=partition_size,
            workers=workers,
            runner=runner,
            dask_address=dask_address,
        )
        wanted = stages_named(stages)
        from flows import launching, results_screen, screen

        with screen.progress(as_json=as_json) as hears:
            account = launching.launch(corpus, results, settings, wanted, hears)
        results_screen.show_run(account, results, as_json=as_json)
    if account.outcome != "done":
        raise typer.Exit({"rejects": REJECTS}.get(account.outcome, FAILED))


@app.command()
def plan(
    corpus: Corpus,
    results: Results = RESULTS,
    config: ConfigFile = None,
    stages: Stages = None,
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """Say what a run would compute, why, and what it will cost, without doing it."""
    with errors():
        settings, _ = configured(config, flags)
        from flows import plan_screen
        from schemas.stages import with_upstream
        from tasks import estimates, planning
        from tasks.machine import available_cores
        from tasks.sources import hashed, scan
        from tasks.store import Store

        store = Store(results)
        if store.folder.names(""):
            store.open(create=False)
        found = hashed(
            scan(corpus, settings.ingest),
            threads=available_cores(),
            trust=not settings.ingest.rehash,
        )
        names = with_upstream(stages_named(stages), settings)
        changes = planning.changes(store, settings, found)
        plans = planning.plan(store, settings, names, changes)
        workers = settings.run.workers or available_cores()
        plan_screen.show_plan(plans, estimates.rates(store), workers, as_json=as_json)


app.command()(backfill)
for _command in (diff, verify, compact, prune, export, tables, sql):
    app.command()(_command)


@app.command()
def status(results: Results = RESULTS, as_json: AsJson = False) -> None:
    """Say what the results folder holds: tables, rejects, the last run."""
    with errors():
        from flows import results_screen
        from tasks.store import Store

        store = Store(results)
        store.open(create=False)
        results_screen.show_status(store, as_json=as_json)


@app.command()
def rejects(
    folder: Annotated[
        str | None, typer.Argument(metavar="[RESULTS]", help="The same as --results.")
    ] = None,
    results: Results = RESULTS,
    stage: Annotated[
        list[str] | None, typer.Option("--stage", help="Only of this stage; may be repeated.")
    ] = None,
    reason: Annotated[
        list[str] | None, typer.Option("--reason", help="Only for this reason; may be repeated.")
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try them again, as the last run was asked.")
    ] = False,
    corpus: Annotated[
        str | None, typer.Option("--corpus", help="For --retry: where the corpus is now.")
    ] = None,
    config: ConfigFile = None,
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """Say what was rejected, why, and what mends it; --retry tries it again, and nothing else."""
    with errors():
        from dataclasses import replace

        from flows import configuration, results_screen, retrying, screen
        from tasks import rejects as rejected
        from tasks.store import Store

        results = folder or results
        store, meant = Store(results), retrying.choice(stage or (), reason or ())
        store.open(create=False)
        if not retry:
            results_screen.show_rejects(rejected.groups(store, meant), as_json=as_json)
            return
        last = retrying.last_run(store)
        settings, _ = configuration.load(config, os.environ, flags or [], base=last.config)
        last = replace(last, config=settings, corpus=corpus or last.corpus)
        with screen.progress(as_json=as_json) as hears:
            account = retrying.retry(store, meant, last, results, hears)
        if account is None:
            results_screen.show_rejects([], as_json=as_json)
            return
        results_screen.show_run(account, results, as_json=as_json)
    if account.outcome != "done":
        raise typer.Exit({"rejects": REJECTS}.get(account.outcome, FAILED))


@app.command()
def show(
    document: Annotated[str, typer.Argument(metavar="DOC_ID", help="A doc_id, or a source.")],
    results: Results = RESULTS,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of one document, its facts in their source text."""
    with errors():
        from flows import results_screen
        from tasks import inventory
        from tasks.store import Store

        store = Store(results)
        store.open(create=False)
        results_screen.show_document(inventory.facts(store, document), as_json=as_json)


@app.command("config")
def show_config(config: ConfigFile = None, flags: Flags = None, as_json: AsJson = False) -> None:
    """List every setting, its value, and where that came from."""
    with errors():
        settings, origins = configured(config, flags)
        from flows import configuration, results_screen

        results_screen.show_settings(configuration.settings(settings, origins), as_json=as_json)


@app.command("models")
def show_models(
    config: ConfigFile = None,
    flags: Flags = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Load each and try it on a sentence.")
    ] = False,
    prefetch: Annotated[
        bool, typer.Option("--prefetch", help="Download those of the Hugging Face hub.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the models that the settings name, and the other embedded ones."""
    with errors():
        settings, _ = configured(config, flags)
        from flows import results_screen
        from tasks import model_inventory

        found = model_inventory.models_of(settings)
        if prefetch:
            found = [model_inventory.prefetched(model) for model in found]
        if verify:
            found = [model_inventory.verified(model) for model in found]
        results_screen.show_models(found, as_json=as_json)
    if any(model.state == "fails" for model in found):
        raise typer.Exit(FAILED)


@app.command()
def train(
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="sentiment, classification, ner or tagger.")
    ],
    data: Annotated[
        list[Path], typer.Option("--data", help="Labelled data; give it again for more files.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Directory of the model.")],
    dev: Annotated[
        list[Path] | None, typer.Option("--dev", help="Data to score on; held out if not given.")
    ] = None,
    config: ConfigFile = None,
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """Train a model that the pipeline takes by path; --set epochs=3 and such change the recipe."""
    with errors():
        from flows import configuration, launching, results_screen

        settings = configuration.training(task, config, flags or [])
        scores = launching.train(settings, data, dev or [], out)
        results_screen.show_scores(scores, as_json=as_json)


@app.command()
def evaluate(
    corpora: Annotated[
        Path, typer.Option("--corpora", metavar="DIR", help="Folder of the dev data.")
    ],
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            help="By comma: sentiment, tagger, ner, keywords, summaries, reading, pages, "
            "encodings, languages, duplicates.",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Documents of a set, evenly spread.")
    ] = None,
    sentiment_model: Annotated[
        list[str] | None,
        typer.Option("--sentiment-model", metavar="REF", help="A classifier; may be repeated."),
    ] = None,
    config: ConfigFile = None,
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """Measure the models on dev data, beside simple baselines."""
    from tasks.machine import single_threaded

    os.environ.update(single_threaded())  # before numpy is imported
    with errors():
        settings, _ = configured(config, flags)
        from flows import evaluating, evaluation_screen, screen
        from tasks.evaluation.corpora import Corpora

        asked = evaluating.Evaluation(Corpora(corpora, limit), settings, sentiment_model or ())
        tasks = evaluating.wanted(only)
        with screen.progress(as_json=as_json) as hears:
            found = evaluating.evaluate(asked, tasks, hears)
        evaluation_screen.show_results(found, as_json=as_json)
