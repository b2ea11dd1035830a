"""A summary of each document: its best sentences, or text that a model writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.config import SummariesConfig
from schemas.errors import ModelError
from tasks import coverage, models
from tasks.rows import by_document, from_rows

if TYPE_CHECKING:
    from tasks.transformer import Seq2Seq

POSITION = 0.5
"""Weight of the position against that of likeness to the whole, both standardised. Tried from 0 to
1 on the training halves of GUM and SciTLDR, two sentences and one: 0.5 is best or within 0.4."""
WORDS = (6, 60)
"""Sentences of fewer words (headings) or more (lists, tables) are taken only where others lack."""
PENALTY = 3.0
"""What they lose, in standard deviations."""
REPEAT = 0.9
"""Cosine to a sentence that is picked already from which one only repeats it."""
PART_TOKENS = 1024
"""Longest part a model is given, in word pieces: BART and PEGASUS learnt on no more."""
_DECIMALS = 6
"""Scores that agree to this many decimals are equal: then the earlier sentence is better."""

Floats = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]
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
    Raises `ModelError` where abstractive is asked for without a model.
    """
    model = _writer(config)
    sentences = dict(by_document(tables["embeddings"]))
    none = tables["embeddings"].slice(0, 0)
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


def picked(text: str, spans: list[Span], vectors: Floats, count: int) -> list[int]:
    """Numbers of the `count` best sentences, in the order of the text; all where they are no more.

    A sentence is good if it is like the mean of all and stands early, and is neither a heading nor
    a list; one that repeats a better one is passed over.
    """
    if len(spans) <= count:
        return list(range(len(spans)))
    words = np.array([len(text[start:end].split()) for start, end in spans])
    chosen: list[int] = []
    for i in np.argsort(-_scores(vectors, words), kind="stable").tolist():
        if not chosen or (vectors[chosen] @ vectors[i]).max() < REPEAT:
            chosen.append(i)
        if len(chosen) == count:
            break
    return sorted(chosen)


def _extracted(text: str, sentences: pa.Table, count: int) -> _Summary:
    """The best sentences, each on one line, in the order of the text."""
    starts, ends = _columns(sentences, "start", "end")
    read = list(zip(starts, ends, strict=True))
    spans = [read[i] for i in picked(text, read, _vectors(sentences), count)]
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
    if config.method == "extractive":
        return None
    if config.model is None:
        raise ModelError(
            "abstractive summaries need a model: set summaries.model to the directory of a seq2seq "
            "model or to org/name@revision, or summaries.method to extractive"
        )
    return models.load_seq2seq(config.model)


def _scores(vectors: Floats, words: npt.NDArray[np.int64]) -> Scores:
    likeness = vectors.astype(np.float64) @ vectors.mean(axis=0, dtype=np.float64)
    early = 1 / np.sqrt(1 + np.arange(len(vectors)))
    odd = (words < WORDS[0]) | (words > WORDS[1])
    lost = np.where(odd, PENALTY, 0.0)
    scores: Scores = np.round(_standard(likeness) + POSITION * _standard(early) - lost, _DECIMALS)
    return scores


def _standard(values: Scores) -> Scores:
    """The values with mean 0 and deviation 1; all 0 where they do not differ."""
    away: Scores = np.round(values - values.mean(), 2 * _DECIMALS)
    deviation = float(away.std())
    return away / deviation if deviation else away


def _vectors(embeddings: pa.Table) -> Floats:
    flat = pc.list_flatten(embeddings.column("vector")).to_numpy().astype(np.float32)
    return flat.reshape(embeddings.num_rows, -1) if embeddings.num_rows else np.zeros((0, 0), "f4")


def _columns(table: pa.Table, *names: str) -> list[list[Any]]:
    return [table.column(name).to_pylist() for name in names]
