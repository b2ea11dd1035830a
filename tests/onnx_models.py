"""What the small models of ONNX Runtime are made of."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedModel

BASE = "embedded:base"
"""The encoder of the small classifier, as if it were an embedded model."""


@dataclass(frozen=True)
class OnnxModels:
    """Directories of models, and of those that they were made of."""

    base: Path
    torch_classifier: Path
    encoder: Path
    """Its weights stay in its base."""
    classifier: Path
    """Has its own tokenizer and all weights, as floats."""
    int8: Path
    """Has matrices of integers; its embeddings stay in its base."""


def torch_model(folder: Path) -> "PreTrainedModel":
    """A classifier as a trainer has it."""
    from transformers import AutoModelForSequenceClassification

    model: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(folder)
    return model.eval()
