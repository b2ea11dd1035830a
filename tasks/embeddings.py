"""Sentence vectors, made once and shared by keywords, summaries and similar documents."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from schemas.config import EmbeddingsConfig
from schemas.tables import TABLES
from tasks.models import load_encoder
from tasks.rows import by_document, from_columns


def compute(tables: Mapping[str, pa.Table], config: EmbeddingsConfig) -> dict[str, pa.Table]:
    """Table embeddings: the vector of each sentence of these documents.

    The encoder sees one document at a time, so that a vector depends on no other document.
    """
    texts = dict(
        zip(
            tables["documents"].column("doc_id").to_pylist(),
            tables["documents"].column("text").to_pylist(),
            strict=True,
        )
    )
    parts = [
        _sentences(doc_id, texts[doc_id], tokens, config.model)
        for doc_id, tokens in by_document(tables["tokens"])
    ]
    return {"embeddings": pa.concat_tables([TABLES["embeddings"].empty_table(), *parts])}


def _sentences(doc_id: str, text: str, tokens: pa.Table, model: str) -> pa.Table:
    """Table embeddings of one document."""
    numbers, starts, ends = spans(tokens)
    sentences = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    vectors = load_encoder(model).encode(sentences).astype(np.float16)
    offsets = np.arange(len(sentences) + 1, dtype=np.int32) * vectors.shape[1]
    return from_columns(
        "embeddings",
        {
            "doc_id": [doc_id] * len(sentences),
            "sentence": numbers,
            "start": starts,
            "end": ends,
            "vector": pa.ListArray.from_arrays(pa.array(offsets), pa.array(vectors.ravel())),
        },
    )


def spans(tokens: pa.Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number, start and end of each sentence of one document: from its first token to its last."""
    sentence = tokens.column("sentence").to_numpy()
    first = np.flatnonzero(np.diff(sentence, prepend=-1))
    last = np.append(first[1:], len(sentence)) - 1
    start, end = tokens.column("start").to_numpy(), tokens.column("end").to_numpy()
    return sentence[first], start[first], end[last]
