"""The table of `python -m flows evaluate`: our models beside baselines on the dev data."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType

from flows.progress import Listener
from schemas.config import PipelineConfig
from schemas.errors import ConfigError
from tasks import model_references
from tasks.evaluation import (
    duplicates,
    encodings,
    keywords,
    languages,
    ner,
    pages,
    reading,
    sentiment,
    summaries,
    tagger,
)
from tasks.evaluation.corpora import Corpora
from tasks.evaluation.results import Result


@dataclass(frozen=True)
class Evaluation:
    """What is asked for."""

    corpora: Corpora
    config: PipelineConfig
    sentiment_models: Sequence[str] = ()
    """Classifiers of sentiment; none asks for that of the configuration."""

    @property
    def classifiers(self) -> Sequence[str]:
        """The classifiers of sentiment that are measured."""
        return self.sentiment_models or (self.config.sentiment.model,)


@dataclass(frozen=True)
class Task:
    """One task: what is imported for its baselines, the models that it measures, and how."""

    packages: Sequence[str]
    models: Callable[[Evaluation], Sequence[str]]
    results: Callable[[Evaluation], Iterator[Result]]


TASKS: Mapping[str, Task] = MappingProxyType(
    {
        sentiment.TASK: Task(
            ("vaderSentiment", "sklearn"),
            lambda asked: asked.classifiers,
            lambda asked: sentiment.results(
                asked.corpora, asked.config.sentiment, asked.classifiers
            ),
        ),
        tagger.TASK: Task(
            ("conllu",),
            lambda asked: (asked.config.preprocess.model,),
            lambda asked: tagger.results(asked.corpora, asked.config.preprocess),
        ),
        ner.TASK: Task(
            (),
            lambda asked: (asked.config.entities.model,),
            lambda asked: ner.results(asked.corpora, asked.config.entities),
        ),
        keywords.TASK: Task(
            ("nltk",),
            lambda asked: (
                asked.config.preprocess.model,
                asked.config.embeddings.model,
                asked.config.keywords.model,
            ),
            lambda asked: keywords.results(asked.corpora, asked.config),
        ),
        summaries.TASK: Task(
            ("rouge_score", "sklearn", "networkx"),
            lambda asked: (
                asked.config.preprocess.model,
                summaries.writer(asked.config.summaries) or asked.config.embeddings.model,
            ),
            lambda asked: summaries.results(asked.corpora, asked.config),
        ),
        reading.TASK: Task(
            (),
            lambda _: (),
            lambda asked: reading.results(asked.corpora, asked.config.ingest),
        ),
        pages.TASK: Task(
            ("inscriptis",),
            lambda _: (),
            lambda asked: pages.results(asked.corpora),
        ),
        encodings.TASK: Task(
            ("charset_normalizer",),
            lambda _: (),
            lambda asked: encodings.results(asked.corpora),
        ),
        languages.TASK: Task(
            (),
            lambda _: (),
            lambda asked: languages.results(asked.corpora, asked.config.ingest),
        ),
        duplicates.TASK: Task(
            (),
            lambda _: (),
            lambda asked: duplicates.results(asked.corpora, asked.config.ingest),
        ),
    }
)


def evaluate(asked: Evaluation, tasks: Sequence[str], hears: Listener) -> list[Result]:
    """The results of these tasks, each told of as it comes.

    Raises `ConfigError` where a package is missing, `ModelError` where a model is, and
    `CorpusError` where a set is.
    """
    for name in tasks:
        _check(name, TASKS[name], asked)
    found = []
    for name in tasks:
        for result in TASKS[name].results(asked):
            hears.note(
                f"{name}: {result.system} on {result.data}: {result.documents} documents in "
                f"{result.cpu_s:.1f} CPU-seconds"
            )
            found.append(result)
    return found


def wanted(only: str | None) -> list[str]:
    """The tasks that are named, by comma; all without any. Raises `ConfigError`."""
    names = [name.strip() for name in only.split(",")] if only else list(TASKS)
    if unknown := [name for name in names if name not in TASKS]:
        raise ConfigError(f"--only: there is no {unknown[0]}; choose of {', '.join(TASKS)}")
    return names


def _check(name: str, task: Task, asked: Evaluation) -> None:
    """What is missing must be said before any work begins."""
    if missing := [package for package in task.packages if find_spec(package) is None]:
        raise ConfigError(
            f"the evaluation of {name} needs {', '.join(missing)}: install with "
            "`pip install -c constraints.txt '.[evaluate]'`"
        )
    for model in task.models(asked):
        model_references.directory(model)
