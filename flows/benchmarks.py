"""Measurements that anyone can repeat: ratios side by side, never asserted in a test."""

import multiprocessing
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from flows import contenders
from flows.contenders import Speed
from schemas.config import PipelineConfig
from schemas.errors import ConfigError, CorpusError
from schemas.stages import STAGES, Kind, StageName, with_upstream
from tasks import (
    assembly,
    corpus,
    history,
    ingest,
    model_references,
    models,
    neighbours,
    onnx_engine,
    page,
    partitions,
    planning,
)
from tasks.folders import Results
from tasks.machine import available_cores, single_threaded
from tasks.sources import hashed, scan
from tasks.store import Store


@dataclass(frozen=True)
class Measure:
    """One way to do the work, and its cost in seconds."""

    way: str
    wall_s: float
    cpu_s: float


def orchestration(source: str, config: PipelineConfig) -> list[Measure]:
    """The same stages through a plain pool of forked processes and through the flow.

    Then the flow once more, with nothing to do, and an empty Prefect flow: what is left of the
    difference is what a run without changes costs. The flow's cost includes its temporary server
    and the wait for its history.
    """
    with tempfile.TemporaryDirectory() as folder:
        by_hand, by_flow = Path(folder) / "plain", Path(folder) / "flow"
        return [
            _measured("plain forked pool", partial(plain, source, by_hand, config)),
            _measured("flow", partial(flow, source, by_flow, config)),
            _measured("flow, nothing changed", partial(flow, source, by_flow, config)),
            _measured("empty Prefect flow", empty),
        ]


def sentiment(source: str, config: PipelineConfig, stock: Path | None) -> list[Speed]:
    """Documents through the stage sentiment, and through the stock pipeline of transformers.

    `stock` is the classifier that the pipeline runs, a directory of transformers; without it, one
    of floats with as many layers as ours, or the same one where that is no model of ours.
    """
    texts = _texts(source, config)
    model, tokens = config.sentiment.model, config.sentiment.window_tokens
    windows = contenders.afresh(contenders.windows_of, texts, model, tokens)
    with tempfile.TemporaryDirectory() as folder:
        other = stock or _of_floats(model, Path(folder), "sequence")
        return [
            contenders.measured("pipeline", contenders.stock_classifier, windows, other),
            contenders.measured("stage", contenders.sentiment_stage, texts, model, tokens),
        ]


def tagger(source: str, config: PipelineConfig) -> list[Speed]:
    """Words of English through the stage preprocess, and through spaCy as it is."""
    texts = _texts(source, config, language="en")
    model = config.preprocess.model
    stage = contenders.measured("stage", contenders.preprocess_stage, texts, model)
    plain = contenders.measured(
        "nlp.pipe", contenders.stock_spacy, texts, model_references.directory(model)
    )
    return [replace(plain, count=stage.count), stage]


def ner(source: str, config: PipelineConfig) -> list[Speed]:
    """Documents of English through the recognizer, and through a stock pipeline.

    That is spaCy's where the recognizer is a pipeline of spaCy, and else that of transformers, over
    the same windows: with a model of ours, one of floats with as many layers.
    """
    texts = _texts(source, config, language="en")
    model = config.entities.model
    with tempfile.TemporaryDirectory() as folder:
        if models.is_spacy(model):
            own = model_references.directory(model)
            plain = contenders.measured("nlp.pipe", contenders.stock_spacy, texts, own)
        else:
            other = _of_floats(model, Path(folder), "token")
            windows = contenders.afresh(contenders.word_windows_of, texts, model)
            plain = contenders.measured("pipeline", contenders.stock_recognizer, windows, other)
    stage = contenders.measured("stage", contenders.recognizer_stage, texts, model)
    return [replace(plain, count=stage.count), stage]


def machine() -> str:
    """The machine that was measured, in words."""
    names = {
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    }
    return f"{available_cores()} cores, {' / '.join(names)}, Python {platform.python_version()}"


def flow(source: str, results: Results, config: PipelineConfig) -> None:
    """The work as `run` does it."""
    from flows.launching import launch
    from flows.progress import Silent

    account = launch(source, results, config, tuple(StageName), Silent())
    if account.outcome == "failed":
        raise SystemExit("\n".join(account.failures))


def empty() -> None:
    """A Prefect flow that does nothing, on a temporary server."""
    from prefect import flow as prefect_flow

    from flows.temporary_server import prefect_server

    with prefect_server():
        prefect_flow(name="empty")(_nothing)()


def _nothing() -> None:
    pass


def plain(source: str, results: Results, config: PipelineConfig) -> None:
    """The same tasks, in the same order, by `multiprocessing` alone."""
    os.environ.update(single_threaded())
    store, names = Store(results), with_upstream(tuple(StageName), config)
    store.open(create=True)
    cores = config.run.workers or available_cores()
    with multiprocessing.get_context("fork").Pool(cores) as pool:
        made_by = planning.recipes(store, config, names)
        changes = ingest.changed(
            store, hashed(scan(source, config.ingest), threads=cores), made_by["ingest"]
        )
        jobs = [
            ingest.ReadJob(results, batch, config.ingest, made_by["ingest"])
            for batch in ingest.batches(changes)
        ]
        staged = [batch for batch, _ in pool.map(ingest.read_batch, jobs, chunksize=1)]
        work = assembly.Assembly(changes, staged, made_by["ingest"], config.run.partition_size)
        assembly.assemble(store, work)
        fits = []
        for name in names:
            stage = STAGES[name]
            if stage.kind is Kind.DOCUMENT and name != "document_topics":
                pool.map(partitions.run, _jobs(store, name, config, names), chunksize=1)
            elif stage.kind is Kind.CORPUS:
                job = _jobs(store, name, config, names)[0]
                fits.append(pool.apply_async(corpus.run, (job,)))
        for fit in fits:
            fit.get()
        pool.map(partitions.run, _jobs(store, "document_topics", config, names), chunksize=1)
        job = _jobs(store, "similar_documents", config, names)[0]
        blocks = neighbours.blocks(neighbours.stale(store, job.recipe))
        pool.map(neighbours.run, [neighbours.Neighbours(job, block) for block in blocks])
        neighbours.finish(store, job.recipe)
        job = _jobs(store, "report", config, names)[0]
        rows = history.run_rows(0, _account(source), config, {})
        pool.apply(page.write, (job, rows))


def _texts(source: str, config: PipelineConfig, *, language: str | None = None) -> list[str]:
    """The texts of a corpus, all or those of a language."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        store.open(create=True)
        made_by = planning.recipes(store, config, ("ingest",))["ingest"]
        changes = ingest.changed(store, hashed(scan(source, config.ingest), threads=1), made_by)
        jobs = [
            ingest.ReadJob(store.root, batch, config.ingest, made_by)
            for batch in ingest.batches(changes)
        ]
        staged = [ingest.read_batch(job)[0] for job in jobs]
        work = assembly.Assembly(changes, staged, made_by, config.run.partition_size)
        assembly.assemble(store, work)
        rows = pa.concat_tables(store.stream("documents", ("text", "language")))
    if language:
        rows = rows.filter(pc.equal(rows["language"], language))
    if not rows.num_rows:
        raise CorpusError(f"{source}: no document to measure with: name another corpus")
    texts: list[str] = rows["text"].to_pylist()
    return texts


def _of_floats(model: str, folder: Path, kind: Literal["sequence", "token"]) -> Path:
    """The directory of a classifier that transformers can run in a model's stead."""
    own = model_references.directory(model)
    if not onnx_engine.is_ours(own):
        return own
    about = onnx_engine.manifest(own)
    if about.base is None:
        raise ConfigError(f"{model} has no base: name a directory of transformers with --model")
    contenders.afresh(
        contenders.save_untrained, about.base, about.layers, about.labels, folder, kind
    )
    return folder


def _account(source: str) -> history.RunAccount:
    now = datetime.now(UTC)
    return history.RunAccount(now, now, "done", source, ())


def _jobs(
    store: Store, name: str, config: PipelineConfig, names: tuple[str, ...]
) -> list[partitions.Job]:
    made_by = planning.recipes(store, config, names)[name]
    return [
        partitions.Job(store.root, name, partition, config, made_by)
        for partition in store.partitions("documents")
    ]


def _measured(way: str, do: Callable[[], None]) -> Measure:
    """The cost of doing it, children included."""
    wall, cpu = time.perf_counter(), _cpu_s()
    do()
    return Measure(way, time.perf_counter() - wall, _cpu_s() - cpu)


def _cpu_s() -> float:
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, both))
