"""Summaries, picked and written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from schemas.config import SummariesConfig
from schemas.tables import TABLES
from tasks import models, summaries
from tasks.rows import from_rows
from tasks.summaries import compute
from tests.small_models import SmallModels

WORDS = "of a length that is neither short nor long"
TEXT = "".join(f"Sentence {i} is\n{WORDS}. " for i in range(5))
SPANS = [(i * len(TEXT) // 5, (i + 1) * len(TEXT) // 5 - 1) for i in range(5)]


def unit(*rows: Sequence[float]) -> np.ndarray:
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def tables(vectors: np.ndarray, *, copies: int = 1) -> dict[str, pa.Table]:
    """`copies` documents of the same text, the sentences of which have these vectors."""
    ids = [f"d{i}" for i in range(copies)]
    rows = [
        {"doc_id": doc_id, "sentence": i, "start": start, "end": end, "vector": vectors[i].tolist()}
        for doc_id in ids
        for i, (start, end) in enumerate(SPANS[: len(vectors)])
    ]
    documents = pa.table({"doc_id": ids, "text": [TEXT] * copies})
    return {"documents": documents, "embeddings": from_rows("embeddings", rows)}


VECTORS = unit([1, 0, 0], [1, 1, 0.4], [0, 1, 0], [0.5, 1, 1], [0, 0, 1])


def test_central_sentences_in_the_order_of_the_text() -> None:
    """The sentences most like the whole are taken, each on one line, where they stand told."""
    found = compute(tables(VECTORS), SummariesConfig(sentences=2))["summaries"]

    (row,) = found.to_pylist()
    assert row["summary"] == f"Sentence 1 is {WORDS}. Sentence 3 is {WORDS}."
    assert row["spans"] == [{"start": s, "end": e} for s, e in (SPANS[1], SPANS[3])]
    assert (row["method"], row["coverage"], found.schema) == (
        "extractive",
        1.0,
        TABLES["summaries"],
    )


def test_every_document_has_a_row() -> None:
    """A document without a sentence has an empty summary."""
    given = tables(VECTORS, copies=2)
    given["embeddings"] = given["embeddings"].slice(0, 5)

    _, empty = compute(given, SummariesConfig())["summaries"].to_pylist()

    assert (empty["doc_id"], empty["summary"], empty["spans"]) == ("d1", "", [])


def test_same_in_any_company() -> None:
    """Documents of the same text have the same summary, alone or together."""
    (alone,) = compute(tables(VECTORS), SummariesConfig())["summaries"].to_pylist()

    together = compute(tables(VECTORS, copies=3), SummariesConfig())["summaries"].to_pylist()

    assert [row | {"doc_id": "d0"} for row in together] == [alone] * 3


@dataclass
class Shortener:
    """A model that reads words and writes the first ones of each part."""

    keep: int
    seen: list[str] = field(default_factory=list)

    def split(self, text: str, *, max_tokens: int) -> list[tuple[int, int]]:
        """Parts of five characters a token."""
        size = 5 * max_tokens
        return [(i, min(i + size, len(text))) for i in range(0, len(text), size)]

    def generate(self, texts: Sequence[str], *, max_new_tokens: int, num_beams: int) -> list[str]:
        """The first words of each text."""
        self.seen += texts
        return [" ".join(text.split()[: self.keep]) for text in texts]


def written(monkeypatch: pytest.MonkeyPatch, model: Shortener, text: str) -> dict[str, object]:
    monkeypatch.setattr(models, "load_seq2seq", lambda reference: model)
    monkeypatch.setattr(summaries, "PART_TOKENS", 20)
    given = {
        "documents": pa.table({"doc_id": ["d0"], "text": [text]}),
        "embeddings": TABLES["embeddings"].empty_table(),
    }
    config = SummariesConfig(method="abstractive", model="some/model@1", max_new_tokens=8)
    (row,) = compute(given, config)["summaries"].to_pylist()
    return row


def test_a_long_text_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part is read once, and the spans say which."""
    text = "".join(f"w{i:03d} " for i in range(60))
    model = Shortener(keep=2)

    row = written(monkeypatch, model, text)

    assert "".join(model.seen) == text
    assert row["spans"] == [{"start": i, "end": i + 100} for i in (0, 100, 200)]
    assert row["summary"] == "w000 w001 w020 w021 w040 w041"
    assert (row["method"], row["coverage"]) == ("abstractive", 1.0)


def test_a_long_summary_is_summarised_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts whose summaries together are too long are summarised once more."""
    text = "".join(f"w{i:03d} " for i in range(60))

    row = written(monkeypatch, Shortener(keep=4), text)

    assert row["summary"] == "w000 w001 w002 w003"


def test_a_model_that_does_not_shorten_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the summaries are as long as the text there is no second round."""
    text = "".join(f"w{i:03d} " for i in range(60))

    row = written(monkeypatch, Shortener(keep=99), text)

    assert row["summary"] == text.strip()


def save_writer(folder: Path, tokenizer: Path) -> None:
    """A seq2seq model of a few kilobytes; its weights are random, from a fixed seed."""
    import torch
    from transformers import AutoTokenizer, BartConfig, BartForConditionalGeneration

    tokens = AutoTokenizer.from_pretrained(tokenizer)
    tokens.save_pretrained(folder)
    torch.manual_seed(3)
    size = {
        f"{side}_{name}": value
        for side in ("encoder", "decoder")
        for name, value in (("layers", 1), ("attention_heads", 2), ("ffn_dim", 16))
    }
    config = BartConfig(
        vocab_size=len(tokens),
        d_model=16,
        max_position_embeddings=128,
        pad_token_id=tokens.pad_token_id,
        bos_token_id=tokens.cls_token_id,
        eos_token_id=tokens.sep_token_id,
        decoder_start_token_id=tokens.sep_token_id,
        forced_eos_token_id=tokens.sep_token_id,
        **size,
    )
    BartForConditionalGeneration(config).save_pretrained(folder)


def test_a_real_model_writes(small_models: SmallModels, tmp_path: Path) -> None:
    """Any seq2seq model in a directory writes a summary, the same each time, of the whole text."""
    save_writer(tmp_path, small_models.encoder)
    config = SummariesConfig(method="abstractive", model=str(tmp_path), max_new_tokens=12, beams=2)

    (first,) = compute(tables(VECTORS), config)["summaries"].to_pylist()
    (again,) = compute(tables(VECTORS), config)["summaries"].to_pylist()

    assert first == again
    assert first["summary"]
    assert len(first["spans"]) > 1
    assert first["coverage"] == 1.0
