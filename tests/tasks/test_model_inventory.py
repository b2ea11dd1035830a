"""The models that a configuration names."""

import shutil
from pathlib import Path

import pytest

from schemas.config import PipelineConfig
from tasks import model_references
from tasks.model_inventory import Model, models_of, prefetched, verified
from tests.hub_server import COMMIT, serving
from tests.small_models import SmallModels, save_in_hub_cache

pytest_plugins = ["tests.model_fixtures"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, which cannot be reached."""
    folder = tmp_path / "hub"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return folder


@pytest.fixture
def config(small_models: SmallModels, recognizer: Path, marian: Path) -> PipelineConfig:
    """A model of each kind."""
    named = small_models.settings | {
        "entities": {"model": str(recognizer)},
        "summaries": {"model": str(marian)},
    }
    return PipelineConfig.model_validate(named)


def with_sentiment(config: PipelineConfig, reference: str) -> PipelineConfig:
    named = config.model_dump() | {"sentiment": {"model": reference}}
    return PipelineConfig.model_validate(named)


def of(setting: str, config: PipelineConfig) -> Model:
    return next(model for model in models_of(config) if setting in model.settings)


def test_lists_each_model_once(config: PipelineConfig, small_models: SmallModels) -> None:
    """With every setting that names it, and what it must be there."""
    found = [(model.settings, model.kind) for model in models_of(config) if model.settings]

    assert found == [
        (("preprocess.model",), "pipeline"),
        (("entities.model",), "token classifier"),
        (("embeddings.model", "keywords.model"), "encoder"),
        (("sentiment.model",), "classifier"),
        (("summaries.model",), "writer"),
    ]


def test_lists_the_other_embedded_models(config: PipelineConfig) -> None:
    """Those of data/models, and the encoder, which is a package."""
    spare = {model.reference: model.kind for model in models_of(config) if not model.settings}

    assert {"embedded:english": "pipeline", "embedded:minilm": "encoder"}.items() <= spare.items()
    assert spare["embedded:sentiment"] == "classifier"


def test_says_what_it_is(config: PipelineConfig, small_models: SmallModels) -> None:
    """Identity as in fingerprints, size in bytes, licence as its card says."""
    folder = small_models.encoder

    found = of("embeddings.model", config)

    assert found == Model(
        reference=str(folder),
        kind="encoder",
        settings=("embeddings.model", "keywords.model"),
        state="present",
        size_bytes=sum(path.stat().st_size for path in folder.iterdir()),
        identity=model_references.identity(str(folder)),
    )


def test_a_missing_model_is_listed(config: PipelineConfig) -> None:
    """With what mends it."""
    found = of("sentiment.model", with_sentiment(config, "org/model@main"))

    assert (found.state, found.size_bytes, found.identity) == ("missing", 0, "")
    assert "models --prefetch" in found.problem


# Verified


def test_each_kind_works(config: PipelineConfig) -> None:
    """Loaded by the loader of its kind, and tried."""
    found = [verified(model) for model in models_of(config) if model.settings]

    assert [(model.kind, model.state, model.problem) for model in found] == [
        ("pipeline", "works", ""),
        ("token classifier", "works", ""),
        ("encoder", "works", ""),
        ("classifier", "works", ""),
        ("writer", "works", ""),
    ]


def test_what_is_missing_fails(config: PipelineConfig) -> None:
    found = verified(of("sentiment.model", with_sentiment(config, "/no/such")))

    assert (found.state, "no such model directory" in found.problem) == ("fails", True)


def test_what_is_damaged_fails(config: PipelineConfig, tmp_path: Path) -> None:
    """Its files are all there: only loading shows it."""
    copy = Path(shutil.copytree(config.sentiment.model, tmp_path / "copy"))
    (copy / "model.safetensors").write_bytes(b"no weights")

    listed = of("sentiment.model", with_sentiment(config, str(copy)))

    assert listed.state == "present"
    assert verified(listed).state == "fails"
    assert "cannot be loaded as a classifier" in verified(listed).problem


def test_a_model_that_computes_no_numbers_fails(config: PipelineConfig, tmp_path: Path) -> None:
    """Weights that overflowed load well, and say nothing."""
    from safetensors.torch import load_file, save_file

    copy = Path(shutil.copytree(config.embeddings.model, tmp_path / "copy"))
    weights = load_file(copy / "model.safetensors")
    weights["embeddings.LayerNorm.weight"].fill_(float("nan"))
    save_file(weights, copy / "model.safetensors", {"format": "pt"})

    found = verified(Model(str(copy), "encoder", state="present"))

    assert (found.state, "no numbers" in found.problem) == ("fails", True)


def test_sentiment_must_know_its_labels(config: PipelineConfig, tmp_path: Path) -> None:
    """Labels without a meaning fail here, not in the middle of a run."""
    copy = Path(shutil.copytree(config.sentiment.model, tmp_path / "copy"))
    about = (copy / "config.json").read_text(encoding="utf-8")
    (copy / "config.json").write_text(about.replace("neutral", "LABEL_1"), encoding="utf-8")

    found = verified(of("sentiment.model", with_sentiment(config, str(copy))))

    assert (found.state, "id2label" in found.problem) == ("fails", True)


def test_entities_need_a_recognizer(small_models: SmallModels) -> None:
    """A pipeline that finds no names would give an empty table without a word."""
    config = PipelineConfig.model_validate(small_models.settings)

    found = verified(of("entities.model", config))

    assert (found.state, "it has no recognizer" in found.problem) == ("fails", True)


# Prefetched


def test_brings_a_hub_model_into_the_cache(
    config: PipelineConfig, small_models: SmallModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is there, and works."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    missing = of("sentiment.model", with_sentiment(config, f"org/model@{COMMIT}"))

    with serving("org/model", small_models.classifier, monkeypatch):
        found = prefetched(missing)

    assert (found.state, found.problem) == ("present", "")
    assert found.identity == f"org/model@{COMMIT}"
    assert verified(found).state == "works"


def test_without_a_hub_the_cache_will_do(
    config: PipelineConfig, cache: Path, small_models: SmallModels
) -> None:
    """What is there needs no download; what is not says that the hub cannot be reached."""
    save_in_hub_cache(small_models.classifier, cache, "org/model", COMMIT)
    here, elsewhere = (
        of("sentiment.model", with_sentiment(config, f"org/{name}@main"))
        for name in ("model", "other")
    )

    assert prefetched(here).state == "present"
    assert prefetched(elsewhere).state == "fails"
    assert "cannot be reached" in prefetched(elsewhere).problem


def test_a_hub_model_without_safetensors_fails(
    config: PipelineConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the hub has of it is there, and is no model that can be read."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    files = Path(shutil.copytree(config.sentiment.model, tmp_path / "served"))
    (files / "model.safetensors").rename(files / "pytorch_model.bin")
    named = of("sentiment.model", with_sentiment(config, f"org/model@{COMMIT}"))

    with serving("org/model", files, monkeypatch):
        found = prefetched(named)

    assert (found.state, "lacks *.safetensors" in found.problem) == ("fails", True)


def test_a_directory_needs_no_download(config: PipelineConfig) -> None:
    local = of("sentiment.model", config)

    assert prefetched(local) is local
