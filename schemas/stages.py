"""The stages: what each reads and writes, and the number of its code's version.

Raise a stage's `version` when its output changes for the same input; a golden test holds you to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from schemas.config import PipelineConfig, Settings
from schemas.errors import ConfigError


class Kind(StrEnum):
    """How a stage sees the corpus."""

    SOURCE = "source"
    """Reads files, makes documents."""
    DOCUMENT = "document"
    """Computed per document; documents are grouped in partitions only for speed."""
    CORPUS = "corpus"
    """Sees all documents, streaming; writes one part."""
    NEIGHBOUR = "neighbour"
    """Compares every document with all others; writes a part a partition."""
    REPORT = "report"
    """Sees all tables, writes a page."""


class StageName(StrEnum):
    """The names of all stages, in their order."""

    INGEST = "ingest"
    PREPROCESS = "preprocess"
    ENTITIES = "entities"
    VOCABULARY = "vocabulary"
    TOPICS = "topics"
    EMBEDDINGS = "embeddings"
    KEYWORDS = "keywords"
    SENTIMENT = "sentiment"
    SUMMARIES = "summaries"
    DOCUMENT_TOPICS = "document_topics"
    SIMILAR_DOCUMENTS = "similar_documents"
    REPORT = "report"


@dataclass(frozen=True)
class Stage:
    """One stage: `reads` and `writes` name tables, `config` and `models` name settings."""

    name: str
    version: int
    kind: Kind
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    config: str | None = None
    models: tuple[str, ...] = ()
    only_if: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Tables read only where a field of the stage's config has this value."""

    def settings(self, config: PipelineConfig) -> Settings | None:
        """The part of the configuration that this stage reads."""
        return getattr(config, self.config) if self.config else None

    def tables_read(self, config: PipelineConfig) -> tuple[str, ...]:
        """The tables it reads under this configuration."""
        settings = self.settings(config)
        return tuple(
            table
            for table in self.reads
            if table not in self.only_if
            or getattr(settings, self.only_if[table][0]) == self.only_if[table][1]
        )

    def model_references(self, config: PipelineConfig) -> tuple[str, ...]:
        """The references of the models it loads under this configuration."""
        settings = self.settings(config)
        return tuple(ref for name in self.models if (ref := getattr(settings, name)) is not None)


_IN_ORDER = (
    Stage("ingest", 3, Kind.SOURCE, (), ("documents", "sources"), "ingest"),
    Stage("preprocess", 2, Kind.DOCUMENT, ("documents",), ("tokens",), "preprocess", ("model",)),
    Stage("entities", 1, Kind.DOCUMENT, ("documents",), ("entities",), "entities", ("model",)),
    Stage("vocabulary", 2, Kind.CORPUS, ("tokens",), ("vocabulary",)),
    Stage(
        "topics",
        2,
        Kind.CORPUS,
        ("tokens", "documents"),
        ("topics", "topic_terms", "topic_history", "topic_model"),
        "topics",
    ),
    Stage(
        "embeddings",
        1,
        Kind.DOCUMENT,
        ("documents", "tokens"),
        ("embeddings",),
        "embeddings",
        ("model",),
    ),
    Stage(
        "keywords",
        2,
        Kind.DOCUMENT,
        ("documents", "tokens", "embeddings", "vocabulary"),
        ("keywords",),
        "keywords",
        ("model",),
        only_if={"vocabulary": ("method", "tfidf"), "embeddings": ("method", "embedding")},
    ),
    Stage(
        "sentiment",
        2,
        Kind.DOCUMENT,
        ("documents",),
        ("sentiment", "sentiment_spans"),
        "sentiment",
        ("model",),
    ),
    Stage(
        "summaries",
        1,
        Kind.DOCUMENT,
        ("documents", "embeddings"),
        ("summaries",),
        "summaries",
        ("model",),
        only_if={"embeddings": ("method", "extractive")},
    ),
    Stage(
        "document_topics",
        2,
        Kind.DOCUMENT,
        ("documents", "tokens", "topic_model"),
        ("document_topics",),
        "topics",
    ),
    Stage(
        "similar_documents",
        1,
        Kind.NEIGHBOUR,
        ("embeddings",),
        ("similar_documents",),
        "similar",
    ),
    Stage(
        "report",
        1,
        Kind.REPORT,
        (
            "sources",
            "documents",
            "entities",
            "keywords",
            "topics",
            "topic_terms",
            "document_topics",
            "sentiment",
            "summaries",
            "rejects",
        ),
        (),
        "report",
    ),
)

STAGES: Mapping[str, Stage] = MappingProxyType({stage.name: stage for stage in _IN_ORDER})
"""Every stage by name, in an order in which each comes after those it reads."""

PRODUCER: Mapping[str, Stage] = MappingProxyType(
    {table: stage for stage in _IN_ORDER for table in stage.writes}
)
"""The stage that writes a table."""

CORPUS_TABLES = frozenset(
    table for stage in _IN_ORDER if stage.kind is Kind.CORPUS for table in stage.writes
)
"""Tables of one part that speak of the corpus, not of a document."""


def with_upstream(names: tuple[str, ...], config: PipelineConfig) -> tuple[str, ...]:
    """These stages and all that they read, in order; the report reads what is there."""
    wanted = set(names)

    def add(stage: Stage) -> None:
        wanted.add(stage.name)
        if stage.kind is not Kind.REPORT:
            for above in upstream(stage, config):
                add(above)

    for name in names:
        add(STAGES[name])
    return tuple(name for name in STAGES if name in wanted or name == "ingest")


def backfilled(names: tuple[str, ...], config: PipelineConfig, *, ranged: bool) -> tuple[str, ...]:
    """The stages of a backfill: no file is read; of a range, none sees the whole corpus.

    Raises `ConfigError` where a range is given and none of them is done document by document.
    """
    if ranged and not any(STAGES[name].kind is Kind.DOCUMENT for name in names):
        raise ConfigError(
            f"{', '.join(names)}: nothing of it is done document by document; leave out the dates, "
            "sources and languages, or name another stage"
        )
    kinds = {Kind.DOCUMENT, Kind.REPORT} if ranged else {*Kind} - {Kind.SOURCE}
    return tuple(name for name in with_upstream(names, config) if STAGES[name].kind in kinds)


def upstream(stage: Stage, config: PipelineConfig) -> Iterator[Stage]:
    """The stages that write what this one reads, each once."""
    producers = {PRODUCER[t].name: PRODUCER[t] for t in stage.tables_read(config) if t in PRODUCER}
    yield from producers.values()
