"""Models of the hub: the cache, and what is brought there."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.config import PipelineConfig
from schemas.errors import ModelError
from tasks import hub, model_references, models
from tasks.planning import check_models
from tests.hub_server import COMMIT, serving
from tests.small_models import SmallModels, save_in_hub_cache

pytest_plugins = ["tests.model_fixtures"]

OTHER = "b" * 40


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, which cannot be reached."""
    folder = tmp_path / "hub"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return folder


@pytest.mark.parametrize("revision", [COMMIT, "main"])
def test_a_cached_model_needs_no_network(
    cache: Path, small_models: SmallModels, revision: str
) -> None:
    """Its identity is the commit, by whatever name it was asked for."""
    save_in_hub_cache(small_models.classifier, cache, "org/model", COMMIT)
    reference = f"org/model@{revision}"

    loaded = models.load_classifier(reference)

    assert model_references.identity(reference) == f"org/model@{COMMIT}"
    local = models.load_classifier(str(small_models.classifier))
    assert (loaded.probabilities(["a b"]) == local.probabilities(["a b"])).all()


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("distilbert", models.load_encoder),
        ("distilbert", models.load_classifier),
        ("recognizer", models.load_token_classifier),
        ("bart", models.load_seq2seq),
        ("t5", models.load_seq2seq),
        ("marian", models.load_seq2seq),
    ],
)
def test_every_kind_loads_from_the_cache(
    name: str, load: Callable[[str], object], cache: Path, request: pytest.FixtureRequest
) -> None:
    """By the same loader as from a directory."""
    folder = request.getfixturevalue(name)
    save_in_hub_cache(folder, cache, f"org/{name}", COMMIT)

    assert type(load(f"org/{name}@{COMMIT}")) is type(load(str(folder)))


def test_each_commit_is_a_model_of_its_own(cache: Path, small_models: SmallModels) -> None:
    """What is there at another commit is not taken for it."""
    save_in_hub_cache(small_models.classifier, cache, "org/model", OTHER)

    with pytest.raises(ModelError, match="models --prefetch"):
        model_references.identity(f"org/model@{COMMIT}")


def test_a_run_fails_before_it_begins() -> None:
    """What is not there is named, with the command that brings it."""
    config = PipelineConfig.model_validate({"sentiment": {"model": "org/model@main"}})

    with pytest.raises(ModelError, match=r"^org/model@main: .*`python -m flows models --prefetch`"):
        check_models(config, ["sentiment"])


def test_a_model_without_safetensors_is_refused(cache: Path, small_models: SmallModels) -> None:
    """The message says where to get a revision that has them."""
    folder = save_in_hub_cache(small_models.classifier, cache, "org/model", COMMIT)
    (folder / "model.safetensors").unlink()

    with pytest.raises(ModelError, match=r"lacks \*\.safetensors.*spaces/safetensors/convert"):
        model_references.identity(f"org/model@{COMMIT}")


@pytest.mark.parametrize("name", ["a--b/c", "a..b/c"])
def test_names_that_the_hub_has_not(name: str) -> None:
    with pytest.raises(ModelError, match="no name of a hub model"):
        hub.cached(f"{name}@main")


def test_says_that_the_hub_cannot_be_reached() -> None:
    """And what to do about it."""
    with pytest.raises(ModelError, match=r"cannot be reached: connect, unset HF_HUB_OFFLINE"):
        hub.prefetch("org/model@main")


# With a hub


def test_downloads_no_file_that_can_hold_code(
    cache: Path, small_models: SmallModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pickles, Python and folders stay where they are; what came loads without the hub."""
    files = Path(shutil.copytree(small_models.classifier, tmp_path / "served"))
    (files / "onnx").mkdir()
    for name in ("pytorch_model.bin", "modeling_own.py", "onnx/model.safetensors", "x.pkl"):
        (files / name).write_bytes(b"no model")
    (files / "README.md").write_text("---\nlicense: mit\n---\n", encoding="utf-8")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)

    with serving("org/model", files, monkeypatch) as asked:
        folder = hub.prefetch(f"org/model@{COMMIT}")

    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
    ]  # fmt: skip
    assert not [path for path in asked if path.endswith((".bin", ".py", ".pkl"))]
    assert models.load_classifier(f"org/model@{COMMIT}").labels


def test_an_interrupted_download_counts_as_missing(
    cache: Path, small_models: SmallModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that the hub lists and the cache lacks is asked for again."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with serving("org/model", small_models.classifier, monkeypatch):
        folder = hub.prefetch(f"org/model@{COMMIT}")
        (folder / "tokenizer.json").unlink()

        with pytest.raises(ModelError, match=r"not as a whole.*--prefetch"):
            hub.cached(f"org/model@{COMMIT}")
        hub.prefetch(f"org/model@{COMMIT}")

    assert (hub.cached(f"org/model@{COMMIT}") / "tokenizer.json").is_file()


@pytest.mark.parametrize(
    ("error", "says"),
    [("RepoNotFound", "no such model"), ("GatedRepo", "terms accepted.*HF_TOKEN")],
)
def test_says_why_the_hub_refuses(
    error: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what to do about it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)

    with (
        serving("org/model", tmp_path, monkeypatch, error=error),
        pytest.raises(ModelError, match=says),
    ):
        hub.prefetch(f"org/model@{COMMIT}")
