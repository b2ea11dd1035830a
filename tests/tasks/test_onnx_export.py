"""Models written for ONNX Runtime: what they say, and what they leave out."""

import numpy as np
import pytest

from tasks import model_references, models, onnx_engine
from tests.onnx_models import OnnxModels
from tests.small_models import LABELS

pytest_plugins = ["tests.onnx_fixtures"]

TEXTS = ("a short one", "", "Two sentences. One is longer.", "x" * 300, "ab " * 90, "7 of 9")


def test_an_encoder_says_what_it_says_in_torch(onnx_models: OnnxModels) -> None:
    """Vectors within 1e-5."""
    expected = models.load_encoder(str(onnx_models.base)).encode(TEXTS)

    found = models.load_encoder(str(onnx_models.encoder)).encode(TEXTS)

    assert np.abs(found - expected).max() < 1e-5


def test_minilm_says_what_it_says_in_torch() -> None:
    """Vectors within 1e-5, from the graph that ships and the weights of the package."""
    expected = models.load_encoder(str(model_references.directory("embedded:minilm"))).encode(TEXTS)

    found = models.load_encoder("embedded:minilm").encode(TEXTS)

    assert np.abs(found - expected).max() < 1e-5


def test_a_classifier_says_what_it_says_in_torch(onnx_models: OnnxModels) -> None:
    """Logits within 1e-4 of some 10, labels in order."""
    expected = models.load_classifier(str(onnx_models.torch_classifier))

    found = models.load_classifier(str(onnx_models.classifier))

    assert found.labels == expected.labels == LABELS
    assert np.abs(expected.logits(TEXTS)).max() > 1
    assert np.abs(found.logits(TEXTS) - expected.logits(TEXTS)).max() < 1e-4


def test_integers_change_little(onnx_models: OnnxModels) -> None:
    """Of a model whose weights are random, and so many times as large as trained ones."""
    expected = models.load_classifier(str(onnx_models.torch_classifier)).probabilities(TEXTS)

    found = models.load_classifier(str(onnx_models.int8)).probabilities(TEXTS)

    assert 0 < np.abs(found - expected).max() < 0.05


def test_leaves_out_what_the_base_has(onnx_models: OnnxModels) -> None:
    """An encoder keeps no weight, a classifier of integers no embedding."""
    embeddings = 2 * 109 * 32

    sizes = {
        name: (getattr(onnx_models, name) / onnx_engine.GRAPH).stat().st_size
        for name in ("encoder", "classifier", "int8")
    }

    assert sizes["encoder"] < (onnx_models.base / "model.safetensors").stat().st_size / 2
    assert sizes["int8"] + embeddings < sizes["classifier"]
    assert not (onnx_models.int8 / "tokenizer.json").exists()
    assert (onnx_models.classifier / "tokenizer.json").exists()


@pytest.mark.parametrize("name", ["encoder", "classifier", "int8"])
def test_names_no_file_of_the_machine(onnx_models: OnnxModels, name: str) -> None:
    """The exporter notes for each node where in the sources it was traced: that is removed."""
    graph = (getattr(onnx_models, name) / onnx_engine.GRAPH).read_bytes()

    assert b".py" not in graph
    assert b"stack_trace" not in graph
