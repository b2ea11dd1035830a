"""What `benchmark` measures side by side: each contender in a process of its own, started afresh.

A contender is a function that imports and loads all it needs, and returns the work itself. This
file imports nothing that one of them would not: what they import is part of what is measured.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar

from tasks.machine import peak_bytes, single_threaded

Work = Callable[[], int]
"""Does it all, and counts what was asked for."""
P = ParamSpec("P")
T = TypeVar("T")

_FIRST = "A first text, so that what is made on first use is made."


@dataclass(frozen=True)
class Speed:
    """One way to do the work, in one thread."""

    way: str
    start_cpu_s: float
    """From the start of the process until all is imported and loaded, in seconds."""
    work_cpu_s: float
    """For the work itself, in seconds."""
    count: int
    """Documents or words."""
    peak_mb: float
    """Largest resident memory, in 10^6 bytes."""


def afresh(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The function's result, computed by one thread in a new process."""
    os.environ.update(single_threaded())
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(function, *args, **kwargs).result()


def measured(way: str, contender: Callable[P, Work], /, *args: P.args, **kwargs: P.kwargs) -> Speed:
    """What a contender costs, in a new process."""
    return afresh(_timed, way, contender, *args, **kwargs)


def _timed(way: str, contender: Callable[P, Work], /, *args: P.args, **kwargs: P.kwargs) -> Speed:
    work = contender(*args, **kwargs)
    started = time.process_time()
    count = work()
    return Speed(way, started, time.process_time() - started, count, peak_bytes() / 1e6)


def sentiment_stage(texts: Sequence[str], model: str, window_tokens: int) -> Work:
    """Documents through the stage sentiment, from texts to tables."""
    from schemas.config import SentimentConfig
    from tasks import models, sentiment
    from tasks.evaluation.corpora import documents_of

    config = SentimentConfig(model=model, window_tokens=window_tokens)
    models.load_classifier(model).probabilities([_FIRST])

    def work() -> int:
        documents = documents_of(texts)
        return int(sentiment.compute({"documents": documents}, config)["sentiment"].num_rows)

    return work


def stock_classifier(windows: Sequence[Sequence[str]], folder: Path) -> Work:
    """The same windows through the pipeline of transformers as it comes."""
    import torch
    from transformers import pipeline

    from tasks.transformer import quiet

    quiet()
    torch.set_num_threads(1)
    classify = pipeline("text-classification", model=str(folder), device="cpu", top_k=None)
    classify([_FIRST])

    def work() -> int:
        return sum(1 for each in windows if not each or classify(list(each), truncation=True))

    return work


def preprocess_stage(texts: Sequence[str], model: str) -> Work:
    """Words of documents that the stage preprocess sends through spaCy."""
    from tasks import preprocess

    nlp = preprocess.pipeline("en", model)
    preprocess.tokens(["0"], [_FIRST], nlp)
    ids = [f"{number:09}" for number in range(len(texts))]
    return lambda: int(preprocess.tokens(ids, texts, nlp).num_rows)


def recognizer_stage(texts: Sequence[str], model: str) -> Work:
    """Words, by white space, of documents that the stage entities sends through its recognizer."""
    from tasks import entities

    entities.recognized([_FIRST], model)

    def work() -> int:
        entities.recognized(texts, model)
        return sum(len(text.split()) for text in texts)

    return work


def stock_spacy(texts: Sequence[str], folder: Path) -> Work:
    """Documents through a whole pipeline as it comes; counts the tokens."""
    import spacy

    nlp = spacy.load(folder)
    nlp(_FIRST)
    return lambda: sum(len(doc) for doc in nlp.pipe(texts))


def stock_recognizer(windows: Sequence[str], folder: Path) -> Work:
    """Windows through the pipeline of transformers as it comes; counts the words."""
    import torch
    from transformers import pipeline

    from tasks.transformer import quiet

    quiet()
    torch.set_num_threads(1)
    tag = pipeline(
        "token-classification", model=str(folder), device="cpu", aggregation_strategy="first"
    )
    tag(_FIRST)

    def work() -> int:
        tag(list(windows))
        return sum(len(window.split()) for window in windows)

    return work


def word_windows_of(texts: Sequence[str], model: str) -> list[str]:
    """The windows in which the recognizer reads the documents, one after another."""
    from tasks import models

    recognizer = models.load_token_classifier(model)
    return [text[s:e] for text in texts for s, e in recognizer.windows(text)]


def windows_of(texts: Sequence[str], model: str, window_tokens: int) -> list[list[str]]:
    """The windows of each document, as the stage sentiment cuts them."""
    from tasks import models

    classifier = models.load_classifier(model)
    return [
        [text[s:e] for s, e in classifier.windows(text, max_tokens=window_tokens)] for text in texts
    ]


def save_untrained(
    base: str,
    layers: int,
    labels: Sequence[str],
    folder: Path,
    kind: Literal["sequence", "token"],
) -> None:
    """A classifier of floats, its base with a new head: as fast as a trained one."""
    from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

    from tasks import model_references
    from tasks.transformer import tokenizer

    where = model_references.location(base)
    sort = {
        "sequence": AutoModelForSequenceClassification,
        "token": AutoModelForTokenClassification,
    }[kind]
    model = sort.from_pretrained(
        **where,
        num_hidden_layers=layers,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        use_safetensors=True,
        dtype="float32",
    )
    model.save_pretrained(folder)
    tokenizer(where).save_pretrained(folder)
