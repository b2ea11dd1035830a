"""The command line: run, plan, status, show, config, models, train, evaluate, benchmark.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but more rejects than the limit.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import ConfigError, CorpusmillError
from schemas.stages import StageName

if TYPE_CHECKING:
    from schemas.config import PipelineConfig

app = typer.Typer(
    name="corpusmill",
    help="Analyse a corpus into Parquet tables and a report; only what changed is computed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
benchmark = typer.Typer(
    name="benchmark",
    help="Measure the flow, or a stage, beside the stock way to do the same work.",
    no_args_is_help=True,
)
app.add_typer(benchmark)

FAILED, USAGE, REJECTS = 1, 2, 3

Corpus = Annotated[
    str, typer.Argument(metavar="CORPUS", help="A folder, a file, or a glob pattern in quotes.")
]
Results = Annotated[Path, typer.Option("--results", help="Folder of the tables.")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="TOML file of settings.")]
Flags = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting, such as topics.count=20."),
]
Stages = Annotated[
    str | None,
    typer.Option("--stages", help="Stages wanted, by comma; those that they read come along."),
]
PartitionSize = Annotated[
    int | None, typer.Option("--partition-size", help="Documents a part file.")
]
Workers = Annotated[
    int | None, typer.Option("--workers", help="Worker processes; one a core by default.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
RESULTS = Path("results")


@app.command()
def run(
    corpus: Corpus,
    results: Results = RESULTS,
    config: ConfigFile = None,
    stages: Stages = None,
    partition_size: PartitionSize = None,
    workers: Workers = None,
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """Analyse CORPUS: compute what is new or stale, reuse the rest."""
    with _errors():
        settings, _ = _configured(config, flags, partition_size=partition_size, workers=workers)
        wanted = _stages(stages)
        from flows import launching, screen

        with screen.progress(as_json=as_json) as hears:
            account = launching.launch(corpus, results, settings, wanted, hears)
        screen.show_run(account, results, as_json=as_json)
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
    """Say what a run would compute, and why, without doing it."""
    with _errors():
        settings, _ = _configured(config, flags)
        from flows import screen
        from schemas.stages import with_upstream
        from tasks import planning
        from tasks.machine import available_cores
        from tasks.sources import hashed, scan
        from tasks.store import Store

        store = Store(results)
        if results.exists():
            store.open(create=False)
        found = hashed(scan(corpus, settings.ingest), threads=available_cores())
        names = with_upstream(_stages(stages), settings)
        screen.show_plan(planning.plan(store, settings, names, found), as_json=as_json)


@app.command()
def status(results: Results = RESULTS, as_json: AsJson = False) -> None:
    """Say what the results folder holds: tables, rejects, the last run."""
    with _errors():
        from flows import screen
        from tasks.store import Store

        store = Store(results)
        store.open(create=False)
        screen.show_status(store, as_json=as_json)


@app.command()
def show(
    document: Annotated[str, typer.Argument(metavar="DOC_ID", help="A doc_id, or a source.")],
    results: Results = RESULTS,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of one document, its facts in their source text."""
    with _errors():
        from flows import screen
        from tasks import inventory
        from tasks.store import Store

        store = Store(results)
        store.open(create=False)
        screen.show_document(inventory.facts(store, document), as_json=as_json)


@app.command("config")
def show_config(config: ConfigFile = None, flags: Flags = None, as_json: AsJson = False) -> None:
    """List every setting, its value, and where that came from."""
    with _errors():
        settings, origins = _configured(config, flags)
        from flows import configuration, screen

        screen.show_settings(configuration.settings(settings, origins), as_json=as_json)


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
    with _errors():
        settings, _ = _configured(config, flags)
        from flows import screen
        from tasks import model_inventory

        found = model_inventory.models_of(settings)
        if prefetch:
            found = [model_inventory.prefetched(model) for model in found]
        if verify:
            found = [model_inventory.verified(model) for model in found]
        screen.show_models(found, as_json=as_json)
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
    with _errors():
        from flows import configuration, launching, screen

        settings = configuration.training(task, config, flags or [])
        scores = launching.train(settings, data, dev or [], out)
        screen.show_scores(scores, as_json=as_json)


@app.command()
def evaluate(
    corpora: Annotated[
        Path, typer.Option("--corpora", metavar="DIR", help="Folder of the dev data.")
    ],
    only: Annotated[
        str | None,
        typer.Option("--only", help="Tasks by comma: sentiment, tagger, ner, keywords, summaries."),
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
    with _errors():
        settings, _ = _configured(config, flags)
        from flows import evaluating, screen
        from tasks.evaluation.corpora import Corpora

        asked = evaluating.Evaluation(Corpora(corpora, limit), settings, sentiment_model or ())
        tasks = evaluating.wanted(only)
        with screen.progress(as_json=as_json) as hears:
            found = evaluating.evaluate(asked, tasks, hears)
        screen.show_results(found, as_json=as_json)


@benchmark.command()
def orchestration(
    corpus: Corpus, config: ConfigFile = None, flags: Flags = None, as_json: AsJson = False
) -> None:
    """The flow beside a plain pool of processes that does the same work."""
    with _errors():
        settings, _ = _configured(config, flags)
        from flows import benchmarks, screen

        screen.show_measures(
            benchmarks.orchestration(corpus, settings), benchmarks.machine(), as_json=as_json
        )


@benchmark.command()
def sentiment(
    corpus: Corpus,
    model: Annotated[
        Path | None, typer.Option("--model", help="Classifier of transformers for the pipeline.")
    ] = None,
    config: ConfigFile = None,
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """The stage sentiment beside the pipeline of transformers over the same windows."""
    with _errors():
        settings, _ = _configured(config, flags)
        from flows import benchmarks, screen

        speeds = benchmarks.sentiment(corpus, settings, model)
        screen.show_speeds(speeds, "documents", benchmarks.machine(), as_json=as_json)


@benchmark.command()
def tagger(
    corpus: Corpus, config: ConfigFile = None, flags: Flags = None, as_json: AsJson = False
) -> None:
    """The stage preprocess beside spaCy as it comes."""
    with _errors():
        settings, _ = _configured(config, flags)
        from flows import benchmarks, screen

        speeds = benchmarks.tagger(corpus, settings)
        screen.show_speeds(speeds, "words", benchmarks.machine(), as_json=as_json)


@benchmark.command()
def ner(
    corpus: Corpus, config: ConfigFile = None, flags: Flags = None, as_json: AsJson = False
) -> None:
    """The recognizer of the stage entities beside a stock pipeline over the same windows."""
    with _errors():
        settings, _ = _configured(config, flags)
        from flows import benchmarks, screen

        speeds = benchmarks.ner(corpus, settings)
        screen.show_speeds(speeds, "words", benchmarks.machine(), as_json=as_json)


def _configured(
    file: Path | None, flags: list[str] | None, **own: int | None
) -> "tuple[PipelineConfig, dict[str, str]]":
    """The configuration; flags of their own, such as --workers, are settings of `run`."""
    from flows import configuration

    extra = [f"run.{name}={value}" for name, value in own.items() if value is not None]
    return configuration.load(file, os.environ, [*(flags or []), *extra])


def _stages(text: str | None) -> tuple[StageName, ...]:
    names = [name.strip() for name in text.split(",")] if text else list(StageName)
    unknown = [name for name in names if name not in set(StageName)]
    if unknown:
        raise ConfigError(f"--stages: there is no {unknown[0]}; choose of {', '.join(StageName)}")
    return tuple(StageName(name) for name in names)


@contextmanager
def _errors() -> Iterator[None]:
    """Errors raised on purpose become one message and an exit code."""
    try:
        yield
    except ConfigError as error:
        _fail(error, USAGE)
    except CorpusmillError as error:
        _fail(error, FAILED)
    except OSError as error:
        what = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        remedy = "mend that (space, permissions) and run again; what was written before stands"
        _fail(CorpusmillError(f"{what}; {remedy}"), FAILED)


def _fail(error: Exception, code: int) -> None:
    typer.secho(f"Error: {error}", err=True, fg=typer.colors.RED)
    raise typer.Exit(code)
