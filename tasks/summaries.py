"""A summary of each document: its best sentences, or text that a model writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.config import SummariesConfig
from schemas.tables import TABLES
from tasks import coverage, models, salience
from tasks.rows import by_document, from_rows

if TYPE_CHECKING:
    from tasks.writer import Seq2Seq

PART_TOKENS = 1024
"""Longest part a model is given, in word pieces: BART and PEGASUS learnt on no more."""

Floats = npt.NDArray[np.float32]
Span = tuple[int, int]


@dataclass(frozen=True)
class _Summary:
    text: str
    spans: list[Span]
    """Where it comes from."""
    read: list[Span]
    """What was looked at for it."""


def compute(tables: Mapping[str, pa.Table], config: SummariesConfig) -> dict[str, pa.Table]:
    """Table summaries, one row a document; one without a sentence has an empty summary.

    extractive picks from the sentences of the table embeddings; abstractive reads the text in parts
    that end with a sentence where they can, and writes one summary of them.
    """
    model = _writer(config)
    none = TABLES["embeddings"].empty_table()
    sentences = dict(by_document(tables.get("embeddings", none)))
    rows = []
    for doc_id, text in zip(*_columns(tables["documents"], "doc_id", "text"), strict=True):
        if model:
            summary = _written(model, text, config)
        else:
            summary = _extracted(text, sentences.get(doc_id, none), config.sentences)
        rows.append(
            {
                "doc_id": doc_id,
                "summary": summary.text,
                "method": config.method,
                "spans": [{"start": start, "end": end} for start, end in summary.spans],
                "coverage": coverage.share(text, summary.read),
            }
        )
    return {"summaries": from_rows("summaries", rows)}


def _extracted(text: str, sentences: pa.Table, count: int) -> _Summary:
    """The best sentences, each on one line, in the order of the text."""
    starts, ends = _columns(sentences, "start", "end")
    read = list(zip(starts, ends, strict=True))
    spans = [read[i] for i in salience.picked(text, read, _vectors(sentences), count)]
    return _Summary(" ".join(" ".join(text[s:e].split()) for s, e in spans), spans, read)


def _written(model: "Seq2Seq", text: str, config: SummariesConfig) -> _Summary:
    """What the model writes of all parts, summarised again while that is above `max_new_tokens`.

    A model that does not shorten ends it.
    """
    spans = parts = model.split(text, max_tokens=PART_TOKENS)
    summary = _generated(model, text, parts, config)
    while len(parts) > 1 and len(model.split(summary, max_tokens=config.max_new_tokens)) > 1:
        shorter = model.split(summary, max_tokens=PART_TOKENS)
        if len(shorter) >= len(parts):
            break
        parts, summary = shorter, _generated(model, summary, shorter, config)
    return _Summary(summary, spans, spans)


def _generated(model: "Seq2Seq", text: str, parts: list[Span], config: SummariesConfig) -> str:
    found = model.generate(
        [text[start:end] for start, end in parts],
        max_new_tokens=config.max_new_tokens,
        num_beams=config.beams,
    )
    return " ".join(filter(None, found))


def _writer(config: SummariesConfig) -> "Seq2Seq | None":
    if config.method == "extractive" or config.model is None:
        return None
    return models.load_seq2seq(config.model)


def _vectors(embeddings: pa.Table) -> Floats:
    flat = pc.list_flatten(embeddings.column("vector")).to_numpy().astype(np.float32)
    return flat.reshape(embeddings.num_rows, -1) if embeddings.num_rows else np.zeros((0, 0), "f4")


def _columns(table: pa.Table, *names: str) -> list[list[Any]]:
    return [table.column(name).to_pylist() for name in names]
