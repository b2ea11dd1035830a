"""Static word vectors distilled from a sentence encoder, for pipelines that know little text.

A word's vector is what the encoder makes of the word alone, beside the mean of the embeddings of
its pieces, both brought down together by principal components (the method of model2vec; Tulkens
and van Dongen 2024). The words are those of the training data and the whole words that the
encoder's own vocabulary has: no other text is needed.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tasks import model_references, models

if TYPE_CHECKING:
    from spacy.language import Language
    from tokenizers import Tokenizer

Floats = npt.NDArray[np.float32]
_LONGEST = 30
"""Longest word that gets a vector, in characters: longer ones are addresses and noise."""
ENCODER = "embedded:minilm"
_TABLE = "embeddings.word_embeddings.weight"


def words_of(texts: Iterable[str]) -> list[str]:
    """The words that get a vector, in lower case and in order: of the texts, and the encoder's."""
    own = {word for word in _tokenizer().get_vocab() if word.isalpha() and len(word) > 1}
    seen = {text.lower() for text in texts}
    return sorted(w for w in own | seen if len(w) <= _LONGEST and w[:1].isalnum() and "/" not in w)


def distilled(words: Sequence[str], length: int) -> Floats:
    """One vector a word, float32 (words, length), of unit length."""
    whole = models.load_encoder(ENCODER).encode(words)
    return principal(np.hstack([_unit(whole), _unit(_pieces(words))]), length)


def principal(vectors: Floats, length: int) -> Floats:
    """The vectors in the directions in which they differ most, each of unit length."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return _unit((centred @ directions[:, ::-1][:, :length]).astype(np.float32), centre=False)


def add_to(nlp: "Language", words: Sequence[str], vectors: Floats) -> None:
    """Give the pipeline the vectors; case plays no part in looking them up."""
    from spacy.vectors import Vectors

    keys = [nlp.vocab.strings.add(word) for word in words]
    nlp.vocab.vectors = Vectors(
        strings=nlp.vocab.strings, data=vectors, keys=keys, attr="LOWER", name="distilled"
    )


def _pieces(words: Sequence[str]) -> Floats:
    """The mean of the embeddings of the pieces of each word, float32 (words, dimension)."""
    from safetensors.numpy import load_file

    table = load_file(model_references.directory(ENCODER) / "model.safetensors")[_TABLE]
    encoded = _tokenizer().encode_batch(list(words), add_special_tokens=False)
    means: Floats = np.stack([table[each.ids].mean(axis=0) for each in encoded])
    return means


def _tokenizer() -> "Tokenizer":
    from tokenizers import Tokenizer

    found = Tokenizer.from_file(str(model_references.directory(ENCODER) / "tokenizer.json"))
    found.no_truncation()
    found.no_padding()
    return found


def _unit(vectors: Floats, *, centre: bool = True) -> Floats:
    moved = vectors - vectors.mean(axis=0) if centre else vectors
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    unit: Floats = np.divide(moved, lengths, out=np.zeros_like(moved), where=lengths > 0)
    return unit
