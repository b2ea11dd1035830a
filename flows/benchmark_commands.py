"""The commands of `benchmark`: what Corpusmill costs beside the plain way to do the same."""

from pathlib import Path
from typing import Annotated

import typer

from flows.options import AsJson, ConfigFile, Corpus, Flags, configured, errors

benchmark = typer.Typer(
    name="benchmark",
    help="Measure the flow, or a stage, beside the stock way to do the same work.",
    no_args_is_help=True,
)


@benchmark.command()
def orchestration(
    corpus: Corpus, config: ConfigFile = None, flags: Flags = None, as_json: AsJson = False
) -> None:
    """The flow beside a plain pool of processes that does the same work."""
    with errors():
        settings, _ = configured(config, flags)
        from flows import benchmark_screen, benchmarks

        benchmark_screen.show_measures(
            benchmarks.orchestration(corpus, settings), benchmarks.machine(), as_json=as_json
        )


@benchmark.command()
def cluster(
    corpus: Corpus, config: ConfigFile = None, flags: Flags = None, as_json: AsJson = False
) -> None:
    """A Dask cluster of two workers on this machine beside one of one worker."""
    with errors():
        settings, _ = configured(config, flags)
        from flows import benchmark_screen, benchmarks, cluster_benchmark

        measures = cluster_benchmark.ratio(corpus, settings)
        benchmark_screen.show_clusters(measures, benchmarks.machine(), as_json=as_json)


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
    with errors():
        settings, _ = configured(config, flags)
        from flows import benchmark_screen, benchmarks

        speeds = benchmarks.sentiment(corpus, settings, model)
        benchmark_screen.show_speeds(speeds, "documents", benchmarks.machine(), as_json=as_json)


@benchmark.command()
def tagger(
    corpus: Corpus, config: ConfigFile = None, flags: Flags = None, as_json: AsJson = False
) -> None:
    """The stage preprocess beside spaCy as it comes."""
    with errors():
        settings, _ = configured(config, flags)
        from flows import benchmark_screen, benchmarks

        speeds = benchmarks.tagger(corpus, settings)
        benchmark_screen.show_speeds(speeds, "words", benchmarks.machine(), as_json=as_json)


@benchmark.command()
def ner(
    corpus: Corpus, config: ConfigFile = None, flags: Flags = None, as_json: AsJson = False
) -> None:
    """The recognizer of the stage entities beside a stock pipeline over the same windows."""
    with errors():
        settings, _ = configured(config, flags)
        from flows import benchmark_screen, benchmarks

        speeds = benchmarks.ner(corpus, settings)
        benchmark_screen.show_speeds(speeds, "words", benchmarks.machine(), as_json=as_json)


@benchmark.command()
def memory(
    documents: Annotated[
        int, typer.Option("--documents", min=1, help="Documents of the largest corpus.")
    ] = 20_000,
    stages: Annotated[
        str, typer.Option("--stages", help="Stages wanted, by comma; what they read comes along.")
    ] = "preprocess",
    texts: Annotated[
        Path, typer.Option("--texts", help="Text files whose words the documents are made of.")
    ] = Path("data/sample/stories"),
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """The memory of runs over a tenth, a quarter, half and all of so many generated documents."""
    with errors():
        from flows import benchmark_screen, benchmarks, memory_benchmark

        words = [word for flag in flags or () for word in ("--set", flag)]
        grown = memory_benchmark.growth(documents, stages, words, texts)
        benchmark_screen.show_growth(grown, benchmarks.machine(), as_json=as_json)


@benchmark.command()
def nights(
    documents: Annotated[
        int, typer.Option("--documents", min=10, help="Documents that stand.")
    ] = 20_000,
    new: Annotated[float, typer.Option("--new", min=0, help="Share that comes.")] = 0.01,
    changed: Annotated[float, typer.Option("--changed", min=0, help="Share that changes.")] = 0.005,
    words: Annotated[int, typer.Option("--words", min=5, help="Words of a document.")] = 120,
    stages: Annotated[
        str, typer.Option("--stages", help="Stages wanted, by comma; all where none is given.")
    ] = "",
    texts: Annotated[
        Path, typer.Option("--texts", help="Text files whose words the documents are made of.")
    ] = Path("data/sample/stories"),
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """A full run, one with nothing to do, and a night in which a little changed, side by side."""
    with errors():
        from flows import benchmark_screen, benchmarks, nights_benchmark

        further = [word for flag in flags or () for word in ("--set", flag)]
        asked = nights_benchmark.Asked(documents, new, changed, words, stages, further)
        found = nights_benchmark.nights(asked, texts)
        benchmark_screen.show_nights(found, benchmarks.machine(), as_json=as_json)


@benchmark.command()
def readers(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of documents.")],
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="LIBRARY", help="Leave it out; may be repeated."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Files of a format, evenly spread.")
    ] = None,
    config: ConfigFile = None,
    flags: Flags = None,
    as_json: AsJson = False,
) -> None:
    """Reading files of each format beside other libraries."""
    with errors():
        settings, _ = configured(config, flags)
        from flows import benchmark_screen, benchmarks, reading_benchmark

        speeds = reading_benchmark.speeds(
            folder, settings.ingest, without=without or (), limit=limit
        )
        benchmark_screen.show_reading_speeds(speeds, benchmarks.machine(), as_json=as_json)
