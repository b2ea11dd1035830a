"""The only loader of models, by the references that `tasks/model_references.py` explains.

Only safetensors, spaCy directories and JSON are read, and no code of a model's own is run.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from schemas.errors import ModelError
from tasks import heartbeat, model_files
from tasks.model_references import MINILM, base_of, directory, graph_of_minilm, location

if TYPE_CHECKING:
    from spacy.language import Language
    from transformers import PreTrainedModel
    from transformers.models.auto.auto_factory import _BaseAutoModelClass

    from tasks.token_classifier import TokenClassifier
    from tasks.transformer import Classifier, Encoder
    from tasks.writer import Seq2Seq

_POOLER = re.compile(r"pooler\.")
"""Weights of an encoder that nothing here reads, and that many a model leaves out."""


@lru_cache(maxsize=4)
@heartbeat.loading()
def load_spacy(reference: str, *, exclude: tuple[str, ...] = ()) -> "Language":
    """A spaCy pipeline without the excluded components."""
    import spacy
    from thinc.api import NumpyOps, set_current_ops

    # numpy's matrix product is up to 1.5 times as fast as the one of the thinc wheel.
    set_current_ops(NumpyOps(use_blis=False))
    folder = directory(reference)
    try:
        return spacy.load(folder, exclude=list(exclude))
    except (OSError, ValueError) as error:
        raise ModelError(f"{reference}: no spaCy pipeline in {folder}: {error}") from error


@lru_cache(maxsize=2)
@heartbeat.loading()
def load_encoder(reference: str) -> "Encoder":
    """A sentence encoder, mean pooling, unit length: ours on ONNX Runtime, or any AutoModel."""
    from tasks import onnx_engine

    folder = directory(reference)
    if reference == MINILM:
        return onnx_engine.load_encoder(graph_of_minilm(), base_of(graph_of_minilm()))
    if onnx_engine.is_ours(folder):
        return onnx_engine.load_encoder(folder, base_of(folder))
    from transformers import AutoModel

    from tasks.transformer import tokenizer, torch_encoder

    with _loading(reference, "sentence encoder"):
        return torch_encoder(_pretrained(AutoModel, folder), tokenizer(location(reference)))


@lru_cache(maxsize=2)
@heartbeat.loading()
def load_classifier(reference: str) -> "Classifier":
    """A text classifier: ours on ONNX Runtime, or any AutoModelForSequenceClassification."""
    from tasks import onnx_engine

    folder = directory(reference)
    if onnx_engine.is_ours(folder):
        return onnx_engine.load_classifier(folder, base_of(folder))
    from transformers import AutoModelForSequenceClassification

    from tasks.transformer import tokenizer, torch_classifier

    with _loading(reference, "classifier"):
        model = _pretrained(AutoModelForSequenceClassification, folder)
        return torch_classifier(model, tokenizer(location(reference)))


@lru_cache(maxsize=1)
@heartbeat.loading()
def load_seq2seq(reference: str) -> "Seq2Seq":
    """A model that writes text: any AutoModelForSeq2SeqLM."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    from tasks.transformer import quiet
    from tasks.writer import Seq2Seq

    quiet()
    folder = directory(reference)
    with _loading(reference, "seq2seq model"):
        model = _pretrained(AutoModelForSeq2SeqLM, folder)
        return Seq2Seq(model, AutoTokenizer.from_pretrained(folder))


@lru_cache(maxsize=2)
@heartbeat.loading()
def load_token_classifier(reference: str) -> "TokenClassifier":
    """A recognizer of names: ours on ONNX Runtime, or any AutoModelForTokenClassification.

    Its labels are such as B-PER.
    """
    from tasks import onnx_engine

    folder = directory(reference)
    if onnx_engine.is_ours(folder):
        return onnx_engine.load_token_classifier(folder, base_of(folder))
    from transformers import AutoModelForTokenClassification

    from tasks import token_classifier
    from tasks.transformer import tokenizer

    with _loading(reference, "token classifier"):
        model = _pretrained(AutoModelForTokenClassification, folder)
        return token_classifier.of_torch(model, tokenizer(location(reference)))


def is_spacy(reference: str) -> bool:
    """Whether it is a spaCy pipeline, and not a transformer. Raises `ModelError` if missing."""
    return model_files.holds_pipeline(directory(reference))


@contextmanager
def _loading(reference: str, kind: str) -> Iterator[None]:
    """What a library says of a model that it cannot load, as a `ModelError`."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{reference}: it cannot be loaded as a {kind}: {error}") from error


def _pretrained(kind: "type[_BaseAutoModelClass]", folder: Path) -> "PreTrainedModel":
    """The model in a directory, in evaluation mode.

    Raises `ValueError` where it has not all the weights of its kind: transformers itself makes up
    what is missing, so that an encoder would pass for a classifier.
    """
    from tasks.transformer import quiet

    quiet()
    model, found = kind.from_pretrained(
        folder, use_safetensors=True, dtype="float32", output_loading_info=True
    )
    if missing := sorted(name for name in found["missing_keys"] if not _POOLER.match(name)):
        raise ValueError(f"its weights lack {', '.join(missing[:3])}: it was made for another use")
    return cast("PreTrainedModel", model)
