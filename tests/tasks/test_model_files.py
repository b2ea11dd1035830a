"""What the files of a model say of it."""

from pathlib import Path

import pytest

from tasks import model_files
from tests.small_models import SmallModels

pytest_plugins = ["tests.model_fixtures"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("distilbert", "classifier"),
        ("recognizer", "token classifier"),
        ("bart", "writer"),
        ("t5", "writer"),
        ("marian", "writer"),
    ],
)
def test_kind_by_architecture(name: str, kind: str, request: pytest.FixtureRequest) -> None:
    assert model_files.kind(request.getfixturevalue(name)) == kind


@pytest.mark.parametrize(
    ("manifest", "kind"), [('{"labels": ["a", "b"]}', "classifier"), ('{"labels": []}', "encoder")]
)
def test_kind_of_ours(tmp_path: Path, manifest: str, kind: str) -> None:
    """A graph with labels is a classifier."""
    (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")

    assert model_files.kind(tmp_path) == kind


def test_kind_of_the_plain_ones(small_models: SmallModels) -> None:
    """An encoder has no head; a pipeline is spaCy's."""
    found = [model_files.kind(folder) for folder in (small_models.encoder, small_models.english)]

    assert found == ["encoder", "pipeline"]


@pytest.mark.parametrize(
    ("file", "text", "licence"),
    [
        ("README.md", "---\nlanguage: en\nlicense: apache-2.0\n---\n# A model\n", "apache-2.0"),
        ("README.md", "---\nlicense: 'mit' # free\n---\n", "mit"),
        ("README.md", "## Licence\n\nMIT, as\nits data.\n\n## More\n", "MIT, as its data."),
        ("README.md", "# A model\n\nLicence: CC BY 4.0, as its data, which are\n", "CC BY 4.0"),
        ("README.md", "# A model\n\nlicense: none is told\n", ""),
        ("meta.json", '{"license": "MIT"}', "MIT"),
        ("meta.json", '{"lang": "en"}', ""),
    ],
)
def test_licence(tmp_path: Path, file: str, text: str, licence: str) -> None:
    """From the head of a card, a line or a section of it, or spaCy's meta.json."""
    (tmp_path / file).write_text(text, encoding="utf-8")

    assert model_files.licence(tmp_path) == licence


def test_size_is_of_all_files(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a").write_bytes(b"12")
    (tmp_path / "deep" / "b").write_bytes(b"345")

    assert model_files.size_bytes(tmp_path) == 5
