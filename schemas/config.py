"""Every setting of the pipeline: one frozen model a stage, a sentence and a unit for each field.

The same `PipelineConfig` is read from TOML, environment and flags, and is the flow's parameter, so
the Prefect UI shows it as a form. Fields marked `TUNING` change how fast or how safely a result
is made, never the result: they stay out of the fingerprints. So do limits of reading, marked
`LIMIT`: they are compared one by one, so that raising one reads again only what it rejected.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


@dataclass(frozen=True)
class Tuning:
    """Marks a setting that changes no row, so that changing it recomputes nothing."""


@dataclass(frozen=True)
class Limit:
    """Marks a setting above which reading rejects: raising it changes nothing else."""


TUNING, LIMIT = Tuning(), Limit()


class Settings(BaseModel):
    """Base of all settings: frozen, unknown keys refused, defaults checked."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True
    )


DATE_IN_PATH = (
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<between>[-_./]?)(?P<month>0[1-9]|1[0-2])(?P=between)"
    r"(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"
)
"""2024-05-06, 2024/05/06, 20240506 and such, but no part of a longer number."""


class IngestConfig(Settings):
    """What is read from the corpus, and how."""

    include: Annotated[tuple[str, ...], TUNING] = ()
    """Glob patterns of paths to take (** crosses folders), or of names, without a slash; or all."""
    exclude: Annotated[tuple[str, ...], TUNING] = ()
    """Glob patterns of paths to leave out; they are written as those of include."""
    text_column: str | None = None
    """Column of tables that holds the text of a row; by default text, or all of a table is one."""
    id_column: str | None = None
    """Column that identifies a row; without it rows are numbered from 0."""
    title_column: str | None = "title"
    """Column that holds the title, where there is one."""
    author_column: str | None = "author"
    """Column that holds the author, where there is one."""
    date_column: str | None = "date"
    """Column that holds the publication date, where there is one."""
    day_first: bool = False
    """Whether 03/04/2025 in a column or front matter is the third of April."""
    date_pattern: str = DATE_IN_PATH
    """Regular expression of a date in a path, groups year, month, day; empty looks for none."""
    max_bytes: Annotated[int, Field(ge=1), LIMIT] = 100 * 2**20
    """Largest file that is read, in bytes; texts of people stay far below 100 MiB."""
    max_expanded_bytes: Annotated[int, Field(ge=1), LIMIT] = 2 * 2**30
    """Most bytes a container may expand to, counted while reading, or its own if more."""
    max_expansion_ratio: Annotated[int, Field(ge=1), LIMIT] = 200
    """Most bytes out of each compressed one, beyond 16 MiB; twice what Apache Tika allows."""
    max_entries: Annotated[int, Field(ge=1), LIMIT] = 100_000
    """Most entries of a container, those of containers in it too; such rows take 70 MB."""
    max_nesting: Annotated[int, Field(ge=1, le=20), LIMIT] = 5
    """Most containers in one another, as an archive in a mail; Apache Tika allows 10."""
    max_chars: Annotated[int, Field(ge=1), LIMIT] = 1_000_000
    """Longest text of one document, in code points; spaCy's own default limit."""
    max_pages: Annotated[int, Field(ge=1), LIMIT] = 5_000
    """Most pages of one document."""
    near_duplicate_threshold: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Resemblance of near-duplicates, 0 to 1 (Lee et al. 2022 take 0.8); 1 looks for none."""
    shingle_words: Annotated[int, Field(ge=1, le=20)] = 5
    """Words of a shingle, by which resemblance is told (Lee et al. 2022)."""
    minhash_permutations: Annotated[int, Field(ge=16, le=1024)] = 128
    """Bytes of a signature; an estimate of 0.8 is off by 0.035 with 128 (its standard error)."""
    min_language_confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Probability below which the language is und; from 0.5 on 99 % of 50 characters are right."""
    max_vanished_share: Annotated[float, Field(ge=0, le=1), TUNING] = 0.5
    """Largest share of known sources that may be gone before a run refuses to go on, 0 to 1."""
    rehash: Annotated[bool, TUNING] = False
    """Whether to hash what is else told by ETag (objects), or by times and inode (large files)."""

    @field_validator("date_pattern")
    @classmethod
    def _names_a_year(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error
        if pattern and "year" not in groups:
            raise ValueError("it needs a group (?P<year>…), and may have month and day")
        return pattern


class PreprocessConfig(Settings):
    """Sentences, tokens, lemmas and parts of speech."""

    model: str = "embedded:english"
    """spaCy pipeline for English: embedded:NAME, a directory, or an installed spaCy package."""
    max_chars: Annotated[int, Field(ge=1)] = 1_000_000
    """Longest text, in code points; a longer one is rejected, not cut."""
    max_token_chars: Annotated[int, Field(ge=100)] = 2048
    """Longest token, in code points, or it is made two; browsers take no longer URL."""


class EntitiesConfig(Settings):
    """Entity mentions and their canonical forms."""

    model: str = "embedded:ner"
    """Recognizer for English: embedded:NAME, a directory, a spaCy package, or org/id@revision."""
    rules: bool = True
    """Whether to find dates, times, money, percentages, quantities, e-mail, URLs and phones."""
    phone_region: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "US"
    """ISO 3166 country of phone numbers written without a country code."""
    day_first: bool = False
    """Whether 03/04/2025 is the third of April."""


class EmbeddingsConfig(Settings):
    """Sentence vectors, made once and shared by the stages that need them."""

    model: str = "embedded:minilm"
    """Encoder: embedded:minilm, a directory, or a hub id at a revision (org/id@revision)."""


class KeywordsConfig(Settings):
    """Keyphrases of each document."""

    method: Literal["embedding", "tfidf"] = "embedding"
    """embedding ranks by likeness to the document, tfidf by rarity in the corpus."""
    count: Annotated[int, Field(ge=1, le=100)] = 10
    """Most keyphrases of a document."""
    max_words: Annotated[int, Field(ge=1, le=8)] = 4
    """Longest keyphrase, in words."""
    diversity: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Weight of novelty in maximal marginal relevance, 0 to 1 (Carbonell and Goldstein 1998)."""
    model: str = "embedded:minilm"
    """Encoder of the candidates; must be the one of the embeddings stage."""


class TopicsConfig(Settings):
    """LDA topics of the corpus, by online variational Bayes (Hoffman et al. 2010)."""

    count: Annotated[int, Field(ge=2, le=1000)] | Literal["auto"] = 10
    """Number of topics, or auto to choose the candidate of best coherence."""
    candidates: tuple[Annotated[int, Field(ge=2, le=1000)], ...] = (5, 10, 20, 40)
    """Numbers of topics that auto tries."""
    passes: Annotated[int, Field(ge=1, le=100)] = 10
    """Times the fit goes over the corpus."""
    iterations: Annotated[int, Field(ge=1, le=1000)] = 100
    """Most iterations of inference a document."""
    chunk_size: Annotated[int, Field(ge=1)] = 500
    """Documents a mini-batch of the fit."""
    near_duplicates: bool = False
    """Whether documents that nearly repeat another take part in the fit."""
    min_documents: Annotated[int, Field(ge=1)] = 5
    """Documents a term must occur in to be kept; lowered on its own below 100 documents."""
    max_document_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of documents above which a term is dropped, 0 to 1."""
    max_terms: Annotated[int, Field(ge=10)] = 50_000
    """Most terms of the dictionary."""
    phrases: bool = True
    """Whether to join bigrams and trigrams into phrases."""
    terms_per_topic: Annotated[int, Field(ge=1, le=1000)] = 20
    """Terms listed for each topic."""
    min_weight: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Least share of a topic in a document for a row, 0 to 1; the best is always kept."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 20
    """Seed of the fit."""
    same_topic: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Cosine from which a topic of a new fit is one of the last, 0 to 1; see topic_history."""
    refit: Annotated[Literal["grown", "always", "never"], TUNING] = "grown"
    """When a changed corpus is fitted anew; otherwise new documents are folded in."""
    refit_share: Annotated[float, Field(ge=0, le=1), TUNING] = 0.1
    """Share of changed documents above which grown fits anew, 0 to 1."""


class SimilarConfig(Settings):
    """The nearest neighbours of each document."""

    count: Annotated[int, Field(ge=1, le=100)] = 5
    """Neighbours a document."""
    min_score: Annotated[float, Field(ge=-1, le=1)] = 0.3
    """Least cosine of a neighbour, -1 to 1."""


class SentimentConfig(Settings):
    """Sentiment of each document, over windows that cover all of it."""

    model: str = "embedded:sentiment"
    """Classifier: embedded:sentiment, a directory, or a hub id at a revision (org/id@revision)."""
    languages: tuple[str, ...] = ("en", "und")
    """Languages that the classifier reads; texts of others get no row. Empty takes all."""
    window_tokens: Annotated[int, Field(ge=16, le=8192)] = 128
    """Longest window, in word pieces of the model."""


class SummariesConfig(Settings):
    """A summary of each document."""

    method: Literal["extractive", "abstractive"] = "extractive"
    """extractive picks sentences, abstractive writes new ones with a seq2seq model."""
    sentences: Annotated[int, Field(ge=1, le=50)] = 3
    """Sentences of an extractive summary."""
    model: str | None = None
    """Seq2seq model of abstractive summaries: a directory, or org/name@revision."""
    max_new_tokens: Annotated[int, Field(ge=8, le=4096)] = 120
    """Longest abstractive summary of one part, in word pieces."""
    beams: Annotated[int, Field(ge=1, le=16)] = 4
    """Beams of the search."""

    @model_validator(mode="after")
    def _writes_with_a_model(self) -> Self:
        if self.method == "abstractive" and self.model is None:
            raise ValueError(
                "abstractive summaries need a seq2seq model: set summaries.model to a directory or "
                "to org/id@revision"
            )
        return self


class ReportConfig(Settings):
    """The HTML page over all of it."""

    title: str = "Corpus report"
    """Heading of the page."""
    top: Annotated[int, Field(ge=1, le=1000)] = 20
    """Rows of each list."""


class RunConfig(Settings):
    """How the work is done; nothing here changes a row."""

    partition_size: Annotated[int, Field(ge=1, le=1_000_000), TUNING] = 500
    """Documents a part file; a task should last some tens of seconds."""
    workers: Annotated[int, Field(ge=0, le=1024), TUNING] = 0
    """Worker processes, one compute thread each; 0 is one a core."""
    runner: Annotated[Literal["local", "dask"], TUNING] = "local"
    """local computes on this machine, dask on the workers of a Dask cluster."""
    dask_address: Annotated[str, TUNING] = ""
    """Where the scheduler of the Dask cluster listens, such as tcp://scheduler:8786."""
    deadline_s: Annotated[float, Field(gt=0), TUNING, LIMIT] = 60.0
    """Longest time for one document at one stage, in seconds, before its worker is killed."""
    max_memory_bytes: Annotated[int, Field(ge=256 * 2**20), TUNING, LIMIT] = 6 * 2**30
    """Most memory of a worker, in bytes; a text of a million code points took 4.7 GB."""
    retries: Annotated[int, Field(ge=0, le=100), TUNING] = 3
    """Times a task is tried again after an I/O error."""
    retry_delay_s: Annotated[float, Field(ge=0), TUNING] = 2.0
    """Wait before the first retry, in seconds; doubled each time."""
    stale: Annotated[Literal["recompute", "keep"], TUNING] = "recompute"
    """What becomes of documents computed under other settings or models: keep awaits a backfill."""
    verify: Annotated[bool, TUNING] = False
    """Whether to read every part that stands first, and make those anew that prove damaged."""
    lock_timeout_s: Annotated[float, Field(ge=0), TUNING] = 0.0
    """Longest wait for another run to leave the results folder, in seconds."""
    max_reject_share: Annotated[float, Field(ge=0, le=1), TUNING] = 0.1
    """Share of rejected items, of those not skipped, above which a run ends with code 3, 0 to 1."""
    max_rejects: Annotated[int | None, TUNING] = None
    """Number of rejected items above which a run ends with exit code 3; none by default."""
    metrics_file: Annotated[Path | None, TUNING] = None
    """File, named .prom, to write the metrics of each run to in Prometheus text format; or none."""

    @model_validator(mode="after")
    def _knows_its_cluster(self) -> Self:
        if self.runner == "dask" and not self.dask_address:
            raise ValueError(
                "the runner dask needs run.dask_address, such as tcp://scheduler:8786: where the "
                "scheduler of a running Dask cluster listens"
            )
        return self


class PipelineConfig(Settings):
    """Every setting of a run."""

    ingest: IngestConfig = IngestConfig()
    """What is read from the corpus."""
    preprocess: PreprocessConfig = PreprocessConfig()
    """Sentences, tokens, lemmas."""
    entities: EntitiesConfig = EntitiesConfig()
    """Entity mentions."""
    embeddings: EmbeddingsConfig = EmbeddingsConfig()
    """Sentence vectors."""
    keywords: KeywordsConfig = KeywordsConfig()
    """Keyphrases."""
    topics: TopicsConfig = TopicsConfig()
    """LDA topics."""
    similar: SimilarConfig = SimilarConfig()
    """Nearest neighbours."""
    sentiment: SentimentConfig = SentimentConfig()
    """Sentiment."""
    summaries: SummariesConfig = SummariesConfig()
    """Summaries."""
    report: ReportConfig = ReportConfig()
    """The HTML page."""
    run: RunConfig = RunConfig()
    """How the work is done."""
