"""Models of ours on ONNX Runtime: no torch, no transformers, one thread.

A directory of one holds `model.onnx` and `manifest.json`. Weights that are those of an embedded
base are left out of the graph: it says where they stand in the base's `model.safetensors`, which
ONNX Runtime then maps into memory. Such a model takes the tokenizer of its base; any other has a
`tokenizer.json` of its own.
"""

import hashlib
from pathlib import Path
from typing import Annotated, cast

from pydantic import Field

from schemas.config import Settings
from schemas.errors import ModelError
from tasks.pieces import Integers, Pieces
from tasks.token_classifier import TokenClassifier
from tasks.transformer import Classifier, Encoder, Engine, Floats

GRAPH, MANIFEST, TOKENIZER = "model.onnx", "manifest.json", "tokenizer.json"
WEIGHTS = "model.safetensors"
INPUTS, OUTPUT = ("ids", "mask"), "rows"
"""Names in a graph of texts: int64 (texts, pieces) twice, to float32 (texts, columns)."""
OF_WORDS = ("ids", "types")
"""Inputs of a token classifier: int64 (texts, pieces), to float32 (texts, pieces, columns)."""
_SLOWER = ["SkipLayerNormFusion"]
"""Of ONNX Runtime 1.32's rewritings, the one that does not pay on a CPU: its kernel took 22 % of
the time of an int8 MiniLM, the sum and norm that it stands for 7 %."""


class Manifest(Settings):
    """What a model of ours says of itself."""

    graph_sha256: str
    """Digest of the graph."""
    base: str | None = None
    """Embedded model that has the tokenizer and the weights that were left out."""
    base_sha256: str = ""
    """Digest of the base's weights; the graph holds places in that very file."""
    layers: int
    """Layers of the encoder."""
    int8: bool = False
    """Whether the matrices are 8-bit integers."""
    max_tokens: Annotated[int, Field(ge=1)]
    """Most word pieces that it takes, special ones counted."""
    pad_id: int = 0
    """Number of the piece that stands for padding."""
    labels: tuple[str, ...] = ()
    """Labels of a classifier, in the order of its columns; an encoder has none."""
    case_types: bool = False
    """Whether a token classifier is told how each word is written."""
    temperature: Annotated[float, Field(gt=0)] = 1.0
    """What a classifier's logits are divided by (Guo et al. 2017)."""


def is_ours(folder: Path) -> bool:
    """Whether the directory holds such a model."""
    return (folder / MANIFEST).is_file() and (folder / GRAPH).is_file()


def manifest(folder: Path) -> Manifest:
    """What the model in a directory says of itself."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except ValueError as error:
        raise ModelError(f"{folder / MANIFEST}: it is not as it was written: {error}") from error


def load_encoder(folder: Path, base: Path | None) -> Encoder:
    """The encoder in a directory; `base` is the directory of its base, if it has one."""
    about = manifest(folder)
    if about.labels:
        raise ModelError(f"{folder}: it is no encoder, but a classifier: name another model")
    engine, columns = _session(folder, base, about)
    return Encoder(_pieces(base or folder, about), engine, columns)


def load_classifier(folder: Path, base: Path | None) -> Classifier:
    """The classifier in a directory; `base` is the directory of its base, if it has one."""
    about = manifest(folder)
    engine, columns = _session(folder, base, about)
    if len(about.labels) != columns:
        raise ModelError(f"{folder}: it is no classifier of {len(about.labels)} labels, train one")
    pieces = _pieces(base or folder, about)
    return Classifier(pieces, engine, about.labels, temperature=about.temperature)


def load_token_classifier(folder: Path, base: Path | None) -> TokenClassifier:
    """The token classifier in a directory; `base` is the directory of its base, if it has one."""
    about = manifest(folder)
    engine, columns = _session(folder, base, about)
    if len(about.labels) != columns:
        raise ModelError(f"{folder}: it is no token classifier of {len(about.labels)} labels")
    pieces = _pieces(base or folder, about)
    return TokenClassifier(pieces, engine, about.labels, case_types=about.case_types)


def _pieces(folder: Path, about: Manifest) -> Pieces:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    return Pieces(tokenizer, max_tokens=about.max_tokens, pad_id=about.pad_id)


def _session(folder: Path, base: Path | None, about: Manifest) -> tuple[Engine, int]:
    """What runs the graph, and how many columns it gives."""
    import onnxruntime

    graph = (folder / GRAPH).read_bytes()
    if hashlib.sha256(graph).hexdigest() != about.graph_sha256:
        raise ModelError(f"{folder / GRAPH}: it is damaged: take it anew from where it came from")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    if base:
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(base)
        )
    session = onnxruntime.InferenceSession(
        graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
    )

    inputs = [each.name for each in session.get_inputs()]

    def engine(ids: Integers, beside: Integers) -> Floats:
        (found,) = session.run([OUTPUT], dict(zip(inputs, (ids, beside), strict=False)))
        return cast("Floats", found)

    return engine, int(session.get_outputs()[0].shape[-1])
