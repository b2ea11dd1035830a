"""Models of ours on ONNX Runtime: how they are loaded, and what is refused."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from schemas.errors import ModelError
from tasks import model_references, models, onnx_engine
from tests.onnx_models import OnnxModels

pytest_plugins = ["tests.onnx_fixtures"]

TEXTS = ("a short one", "", "Two sentences. One is longer.", "x" * 300, "ab " * 90, "7 of 9")


@pytest.fixture
def copy(onnx_models: OnnxModels, tmp_path: Path) -> Path:
    """A classifier that a test may change."""
    return Path(shutil.copytree(onnx_models.int8, tmp_path / "copy"))


def say(folder: Path, **changes: object) -> None:
    """Change what a model says of itself."""
    path = folder / onnx_engine.MANIFEST
    about = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(about), encoding="utf-8")


def test_a_text_says_the_same_in_any_company(onnx_models: OnnxModels) -> None:
    """Though matrices are integers and some texts are padded."""
    classifier = models.load_classifier(str(onnx_models.int8))

    alone = np.vstack([classifier.logits([text]) for text in TEXTS])

    assert np.abs(alone).max() > 1
    assert np.abs(classifier.logits(TEXTS) - alone).max() < 1e-5


def test_the_temperature_divides_the_logits(copy: Path) -> None:
    """Which leaves the logits themselves as they are."""
    before = models.load_classifier(str(copy))
    models.load_classifier.cache_clear()

    say(copy, temperature=2.0)
    after = models.load_classifier(str(copy))

    odds = np.exp(before.logits(TEXTS) / 2)
    assert (after.logits(TEXTS) == before.logits(TEXTS)).all()
    assert after.probabilities(TEXTS) == pytest.approx(odds / odds.sum(axis=1, keepdims=True))


def test_refuses_a_damaged_graph(copy: Path) -> None:
    """The graph is the one that was written."""
    with (copy / onnx_engine.GRAPH).open("ab") as file:
        file.write(b" ")

    with pytest.raises(ModelError, match=r"model\.onnx: it is damaged"):
        models.load_classifier(str(copy))


def test_refuses_another_base(copy: Path) -> None:
    """A graph that points into a file is good for that file only."""
    say(copy, base_sha256="0" * 64)

    with pytest.raises(ModelError, match="embedded:base is not the one"):
        models.load_classifier(str(copy))


def test_refuses_a_manifest_of_another_kind(copy: Path) -> None:
    (copy / onnx_engine.MANIFEST).write_text("[]", encoding="utf-8")

    with pytest.raises(ModelError, match=r"manifest\.json: it is not as it was written"):
        models.load_classifier(str(copy))


def test_an_encoder_is_no_classifier(onnx_models: OnnxModels) -> None:
    with pytest.raises(ModelError, match="no classifier"):
        models.load_classifier(str(onnx_models.encoder))


def test_a_classifier_is_no_encoder(onnx_models: OnnxModels) -> None:
    with pytest.raises(ModelError, match="no encoder"):
        models.load_encoder(str(onnx_models.classifier))


def test_identity_holds_the_base(copy: Path, tmp_path: Path, onnx_models: OnnxModels) -> None:
    """The same graph over other files of the base is another model."""
    before = model_references.identity(str(copy))
    settings = onnx_models.base / "tokenizer_config.json"
    kept = settings.read_bytes()

    settings.write_bytes(kept + b" ")
    after = model_references.identity(str(copy))
    settings.write_bytes(kept)

    assert after != before
    assert model_references.identity(str(copy)) == before


def test_identity_of_minilm_holds_its_graph(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its weights are a package's, its graph is ours."""
    before = model_references.identity("embedded:minilm")
    shutil.copytree(model_references.EMBEDDED / "minilm", tmp_path / "minilm")
    with (tmp_path / "minilm" / onnx_engine.GRAPH).open("ab") as file:
        file.write(b" ")

    monkeypatch.setattr(model_references, "EMBEDDED", tmp_path)

    assert model_references.identity("embedded:minilm") != before


def test_embedded_models_need_no_torch() -> None:
    """A worker that runs them must not pay for it."""
    code = (
        "import sys; from tasks import models; "
        "models.load_encoder('embedded:minilm').encode(['a text']); "
        "models.load_classifier('embedded:sentiment').probabilities(['a text']); "
        "print({'torch', 'transformers', 'onnx', 'peft'} & {*sys.modules})"
    )

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )

    assert said.stdout.strip() == "set()"
