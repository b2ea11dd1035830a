"""Writes models for `tasks.onnx_engine`; needs torch, transformers, onnx and onnxscript."""

import copy
import hashlib
import json
import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tasks import model_references
from tasks.onnx_engine import (
    GRAPH,
    INPUTS,
    MANIFEST,
    OF_WORDS,
    OUTPUT,
    TOKENIZER,
    WEIGHTS,
    Manifest,
)
from tasks.onnx_int8 import quantized
from tasks.transformer import pieces_of, tokenizer

if TYPE_CHECKING:
    import torch
    from onnx import ModelProto
    from transformers import PreTrainedModel

_OPSET = 20
"""The first with an operator for GELU."""
_SMALL = 1024
"""Constants of fewer bytes stay in the graph: shapes are computed of some."""


def export_encoder(base: str, out: Path) -> None:
    """Write the graph of an encoder to `out`; an embedded one keeps its weights where they are.

    Its rows are the sums of the last layer over the pieces of a text. Every weight stays as the
    base has it, so that it is found there.
    """
    import torch
    from transformers import AutoModel

    class Sums(torch.nn.Module):
        def __init__(self, model: "PreTrainedModel") -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
            rows: torch.Tensor = (hidden * mask.unsqueeze(-1).to(hidden.dtype)).sum(dim=1)
            return rows

    model = AutoModel.from_pretrained(
        **model_references.location(base),
        use_safetensors=True,
        dtype="float32",
        attn_implementation="eager",
    )
    graph = _graph(Sums(model), folded=False)
    _write(graph, model, base, out, {})


def export_classifier(
    model: "PreTrainedModel",
    base: str,
    out: Path,
    *,
    labels: Sequence[str],
    int8: bool,
    temperature: float = 1.0,
) -> None:
    """Write a classifier to `out`; `base` is what it was made of and has its tokenizer.

    The weights that it shares with an embedded base, such as frozen embeddings, are left out;
    of any other base nothing is needed again. `int8` keeps matrices as 8-bit integers; embeddings
    stay as they are. The logits will be divided by `temperature`.
    """
    import torch

    class Logits(torch.nn.Module):
        def __init__(self, model: "PreTrainedModel") -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            rows: torch.Tensor = self.model(input_ids=ids, attention_mask=mask).logits
            return rows

    own = copy.deepcopy(model)
    own.set_attn_implementation("eager")  # whose graph ONNX Runtime knows best
    graph = _graph(Logits(own), folded=True)
    about: dict[str, object] = {"labels": tuple(labels), "temperature": temperature, "int8": int8}
    _write(quantized(graph) if int8 else graph, model, base, out, about)


def export_token_classifier(
    model: "PreTrainedModel",
    base: str,
    out: Path,
    *,
    labels: Sequence[str],
    int8: bool,
    case_types: bool,
) -> None:
    """Write a token classifier to `out`, as `export_classifier` does.

    `case_types` says that the types of its pieces tell how words are written.
    """
    import torch

    class Logits(torch.nn.Module):
        def __init__(self, model: "PreTrainedModel") -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
            rows: torch.Tensor = self.model(input_ids=ids, token_type_ids=types).logits
            return rows

    own = copy.deepcopy(model)
    own.set_attn_implementation("eager")
    graph = _graph(Logits(own), folded=True, inputs=OF_WORDS)
    about: dict[str, object] = {"labels": tuple(labels), "int8": int8, "case_types": case_types}
    _write(quantized(graph) if int8 else graph, model, base, out, about)


def _graph(
    module: "torch.nn.Module", *, folded: bool, inputs: tuple[str, str] = INPUTS
) -> "ModelProto":
    """The graph of a module; `folded` computes what it can of the constants beforehand."""
    import torch

    ids = torch.ones((2, 9), dtype=torch.int64)
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0
    free = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    exported = torch.onnx.export(
        module.eval(),
        (ids, mask),
        dynamo=True,
        optimize=folded,
        dynamic_shapes=(free, free),
        input_names=inputs,
        output_names=[OUTPUT],
        opset_version=_OPSET,
        external_data=False,
        verbose=False,
    )
    model: ModelProto = cast("torch.onnx.ONNXProgram", exported).model_proto
    for node in model.graph.node:  # where in whose files it was traced
        node.ClearField("metadata_props")
    for field in ("value_info", "metadata_props"):
        model.graph.ClearField(field)
    return model


def _write(
    graph: "ModelProto",
    model: "PreTrainedModel",
    base: str,
    out: Path,
    about: dict[str, object],
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    tokens = tokenizer(model_references.location(base))
    pieces = pieces_of(model, tokens)
    about |= {
        "layers": model.config.num_hidden_layers,
        "max_tokens": pieces.max_tokens,
        "pad_id": int(tokens.pad_token_id or 0),
    }
    if base.startswith("embedded:"):
        weights = model_references.directory(base) / WEIGHTS
        _leave_out(graph, weights)
        about |= {"base": base, "base_sha256": hashlib.sha256(weights.read_bytes()).hexdigest()}
    else:
        tokens.backend_tokenizer.save(str(out / TOKENIZER))
    content = graph.SerializeToString(deterministic=True)
    (out / GRAPH).write_bytes(content)
    about |= {"graph_sha256": hashlib.sha256(content).hexdigest()}
    found = Manifest.model_validate(about)
    (out / MANIFEST).write_text(found.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _leave_out(graph: "ModelProto", weights: Path) -> None:
    """Say of each constant that the file of weights has where it stands there, and no more."""
    from onnx import TensorProto, numpy_helper

    places = _places(weights)
    for constant in graph.graph.initializer:
        array = numpy_helper.to_array(constant)
        place = places.get(hashlib.sha256(array.tobytes()).hexdigest())
        if place is None or array.nbytes < _SMALL:
            continue
        constant.ClearField("raw_data")
        constant.data_location = TensorProto.EXTERNAL
        told = {"location": weights.name, "offset": place, "length": array.nbytes}
        for key, value in told.items():
            constant.external_data.add(key=key, value=str(value))


def _places(weights: Path) -> dict[str, int]:
    """Where in a safetensors file each tensor begins, by the digest of its bytes."""
    with weights.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        first = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:first])
        spans = [about["data_offsets"] for name, about in header.items() if name != "__metadata__"]
        return {
            hashlib.sha256(data[first + start : first + end]).hexdigest(): first + start
            for start, end in spans
        }
