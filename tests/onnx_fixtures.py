"""Small models in the format of ONNX Runtime, beside the ones of torch that they were made of."""

import shutil
from collections.abc import Iterator

import pytest

from tasks import model_references, models, onnx_export
from tests.onnx_models import BASE, OnnxModels, torch_model
from tests.small_models import LABELS, SmallModels


@pytest.fixture(scope="session")
def all_onnx_models(
    small_models: SmallModels, tmp_path_factory: pytest.TempPathFactory
) -> OnnxModels:
    """The models; those with a base need the fixture `onnx_models`."""
    folder = tmp_path_factory.mktemp("onnx")
    found = OnnxModels(
        folder / "base",
        small_models.classifier,
        folder / "encoder",
        folder / "classifier",
        folder / "int8",
    )
    shutil.copytree(small_models.classifier, found.base)
    model = torch_model(small_models.classifier)
    model.base_model.save_pretrained(found.base)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_references, "EMBEDDED", folder)
        onnx_export.export_encoder(BASE, found.encoder)
        for base, out, int8 in (
            (str(small_models.classifier), found.classifier, False),
            (BASE, found.int8, True),
        ):
            onnx_export.export_classifier(model, base, out, labels=LABELS, int8=int8)
    return found


@pytest.fixture
def onnx_models(
    all_onnx_models: OnnxModels, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OnnxModels]:
    """The models, their base among the embedded ones."""
    monkeypatch.setattr(model_references, "EMBEDDED", all_onnx_models.base.parent)
    yield all_onnx_models
    for load in (models.load_encoder, models.load_classifier):
        load.cache_clear()
