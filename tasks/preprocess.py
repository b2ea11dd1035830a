"""Sentences, tokens, lemmas and parts of speech: the flat token table.

English goes through the configured spaCy pipeline; every other language has its own tokenizer, a
rule for sentence ends and its own stop words. What a pipeline lacks is filled in: `X` for the part
of speech, the lower-case text for the lemma.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.config import PreprocessConfig
from schemas.errors import DocumentRejected
from schemas.tables import LABEL, TABLES
from tasks import long_runs
from tasks.blank_pipelines import blank_pipeline
from tasks.models import load_spacy
from tasks.rows import from_columns

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

Hashes = npt.NDArray[np.uint64]

_NOT_NEEDED = ("ner", "entity_ruler", "entity_linker", "textcat", "textcat_multilabel", "spancat")
_ATTRIBUTES = (
    "IDX",
    "LENGTH",
    "ORTH",
    "LOWER",
    "LEMMA",
    "POS",
    "IS_STOP",
    "IS_SPACE",
    "SENT_START",
)
_BATCH = 32
"""Documents a batch: as fast as spaCy's default of 1,000, in well under half its memory."""


def compute(tables: Mapping[str, pa.Table], config: PreprocessConfig) -> dict[str, pa.Table]:
    """Table tokens of these documents; white space is no token."""
    documents = tables["documents"]
    ids: list[str] = documents.column("doc_id").to_pylist()
    texts: list[str] = documents.column("text").to_pylist()
    _refuse_long(texts, config.max_chars)
    places: dict[str, list[int]] = {}
    for place, language in enumerate(documents.column("language").to_pylist()):
        places.setdefault(language, []).append(place)
    parts = [
        tokens(
            [ids[i] for i in some],
            [texts[i] for i in some],
            pipeline(language, config.model),
            max_token_chars=config.max_token_chars,
        )
        for language, some in places.items()
    ]
    table = pa.concat_tables([TABLES["tokens"].empty_table(), *parts])
    order = [("doc_id", "ascending"), ("i", "ascending")]
    return {"tokens": table.sort_by(order) if len(parts) > 1 else table}


def pipeline(language: str, model: str) -> "Language":
    """The spaCy pipeline of a language: the model for English, a blank one for every other."""
    if language == "en":
        return load_spacy(model, exclude=_NOT_NEEDED)
    return blank_pipeline(language)


def tokens(
    ids: Sequence[str],
    texts: Sequence[str],
    nlp: "Language",
    *,
    max_token_chars: int = long_runs.MAX_TOKEN_CHARS,
) -> pa.Table:
    """Table tokens of documents that go through one pipeline, in their order."""
    nlp.max_length = max(nlp.max_length, *map(len, texts))  # ours has been checked
    with nlp.memory_zone():  # forgets the words that it has not seen before
        docs = (long_runs.document(text, nlp, max_token_chars=max_token_chars) for text in texts)
        arrays = [_array(doc) for doc in nlp.pipe(docs, batch_size=_BATCH)]
        lengths = [len(array) for array in arrays]
        columns = dict(zip(_ATTRIBUTES, np.concatenate(arrays).T, strict=True))
        lemma = np.where(columns["LEMMA"] == 0, columns["LOWER"], columns["LEMMA"])
        start = columns["IDX"].astype(np.int32)
        return from_columns(
            "tokens",
            {
                "doc_id": pa.array(ids).take(pa.array(np.repeat(np.arange(len(ids)), lengths))),
                "sentence": columns["SENT_START"].astype(np.int32),
                "i": np.concatenate([np.arange(n, dtype=np.int32) for n in lengths]),
                "start": start,
                "end": start + columns["LENGTH"].astype(np.int32),
                "text": _strings(columns["ORTH"], nlp).cast(pa.string()),
                "lemma": _strings(lemma, nlp).cast(pa.string()),
                "pos": _strings(columns["POS"], nlp, empty="X").cast(LABEL),
                "is_stop": columns["IS_STOP"].astype(bool),
            },
        )


def _refuse_long(texts: Iterable[str], max_chars: int) -> None:
    """Before spaCy sees them: its own limit would end the whole stream of documents."""
    for text in texts:
        if len(text) > max_chars:
            raise DocumentRejected(
                "too_long",
                f"the text has {len(text):,} characters: raise preprocess.max_chars, now "
                f"{max_chars:,}, or exclude the document",
            )


def _array(doc: "Doc") -> Hashes:
    """The attributes of the tokens; the last column holds the number of the sentence."""
    array: Hashes = np.asarray(doc.to_array(list(_ATTRIBUTES)), np.uint64)
    array = array.reshape(len(doc), len(_ATTRIBUTES))
    sentence = np.cumsum(array[:, -1] == 1)
    visible = array[:, -2] == 0
    array = array[visible]
    array[:, -1] = np.unique(sentence[visible], return_inverse=True)[1]
    return array


def _strings(hashes: Hashes, nlp: "Language", *, empty: str = "") -> pa.DictionaryArray:
    """The strings that spaCy's hashes stand for, each looked up once."""
    unique, codes = np.unique(hashes, return_inverse=True)
    words = [nlp.vocab.strings[int(value)] or empty for value in unique]
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32)), pa.array(words, pa.string())
    )
