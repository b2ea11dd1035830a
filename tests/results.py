"""Results for tests: documents put in place, and stages that only count words."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from schemas.config import PipelineConfig, Settings
from schemas.fingerprints import Recipe, content_key, recipe
from schemas.receipts import Outcome
from schemas.stages import STAGES
from tasks.footers import Answer, Footer
from tasks.rows import from_rows
from tasks.store import Store

CONFIG = PipelineConfig()
_MODELS: defaultdict[str, str] = defaultdict(lambda: "sha256:1")


def recipe_of(stage: str, config: PipelineConfig = CONFIG, **fitted: str) -> Recipe:
    """The recipe of a stage, with models that need not be there."""
    return recipe(STAGES[stage], config, models=_MODELS, fitted=fitted)


def part_path(store: Store, table: str, partition: int, stage: str = "") -> Path:
    """Where a part of a results folder on this machine stands."""
    return Path(store.root, store.name(table, partition, stage))


def sha256(text: str) -> str:
    """The identity of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def key(text: str) -> str:
    """The content key of an English text."""
    return content_key(sha256(text), "en")


def document(doc_id: str, text: str, **other: object) -> dict[str, object]:
    """A row of the table documents."""
    return {
        "doc_id": doc_id,
        "source": f"{doc_id}.txt",
        "record": "",
        "title": "",
        "text": text,
        "language": "en",
        "language_confidence": 1.0,
        "published_at": None,
        "published_from": "",
        "author": "",
        "media_type": "text/plain",
        "encoding": "utf-8",
        "text_sha256": sha256(text),
        "duplicate_of": None,
        "duplicate_kind": "",
        "duplicate_similarity": 0.0,
        "n_chars": len(text),
        "pages": 0,
        "page_starts": [],
        "metadata": "{}",
        "minhash": b"",
        **other,
    }


def put_documents(
    store: Store, partition: int, texts: Mapping[str, str], *, duplicates: Mapping[str, str] = {}
) -> None:
    """Put documents in place as ingest does; `duplicates` names the original of a duplicate."""
    rows = [
        document(
            d,
            text,
            duplicate_of=duplicates.get(d),
            duplicate_kind="exact" if d in duplicates else "",
            duplicate_similarity=float(d in duplicates),
        )
        for d, text in texts.items()
    ]
    answers = {
        d: Answer(key(text), Outcome.DUPLICATE if d in duplicates else Outcome.DONE)
        for d, text in texts.items()
    }
    store.write(
        "documents", partition, from_rows("documents", rows), Footer(recipe_of("ingest"), answers)
    )


def put_answers(
    store: Store,
    table: str,
    partition: int,
    texts: Mapping[str, str],
    *,
    by: Recipe,
    outcome: Outcome = Outcome.DONE,
    extra: Mapping[str, str] = {},
) -> None:
    """Put an empty part in place that answers for these documents."""
    from schemas.tables import TABLES

    answers = {d: Answer(key(text), outcome) for d, text in texts.items()}
    store.write(table, partition, TABLES[table].empty_table(), Footer(by, answers, extra))


def word_counts(tables: Mapping[str, pa.Table], _settings: Settings) -> dict[str, pa.Table]:
    """A stage in place of sentiment: the score is the number of words, each word a span."""
    documents = tables["documents"].to_pylist()
    none = {"score": 0.0, "p_negative": 0.0, "p_neutral": 1.0, "p_positive": 0.0}
    return {
        "sentiment": from_rows(
            "sentiment",
            [
                none
                | {"doc_id": row["doc_id"], "label": "neutral", "coverage": 1.0}
                | {"windows": len(row["text"].split())}
                for row in documents
            ],
        ),
        "sentiment_spans": from_rows(
            "sentiment_spans",
            [
                none | {"doc_id": row["doc_id"], "label": "neutral", "start": i, "end": i + 1}
                for row in documents
                for i, _ in enumerate(row["text"].split())
            ],
        ),
    }
