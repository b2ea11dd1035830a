"""Settings from file, environment and flags."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from flows.configuration import NAMES, load, settings
from schemas.config import PipelineConfig
from schemas.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with some settings."""
    path = tmp_path / "nightly.toml"
    path.write_text('[topics]\ncount = 20\npasses = 3\n\n[ingest]\ninclude = ["*.txt", "*.md"]\n')
    return path


def test_defaults() -> None:
    """Without any source the settings are the defaults, and none has an origin."""
    config, origins = load(None, {}, [])

    assert config == PipelineConfig()
    assert origins == {}


def test_a_later_source_wins(file: Path) -> None:
    """Flag over environment over file over default; the origin of each is known."""
    environment = {"CORPUSMILL_TOPICS__PASSES": "4", "CORPUSMILL_TOPICS__SEED": "5", "HOME": "/"}

    config, origins = load(file, environment, ["topics.seed=6"])

    assert (config.topics.count, config.topics.passes, config.topics.seed) == (20, 4, 6)
    assert config.ingest.include == ("*.txt", "*.md")
    assert origins == {
        "topics.count": str(file),
        "ingest.include": str(file),
        "topics.passes": "CORPUSMILL_TOPICS__PASSES",
        "topics.seed": "--set topics.seed",
    }


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("topics.count=auto", "auto"),
        ("topics.count = 7", 7),
        ("topics.phrases=false", False),
        ("topics.max_document_share=0.3", 0.3),
        ('report.title="Boats = ships"', "Boats = ships"),
        ("report.title=Boats and ships", "Boats and ships"),
        ("topics.candidates=[3, 4]", (3, 4)),
        ('ingest.exclude=["*.tmp"]', ("*.tmp",)),
        ("ingest.title_column=none", None),
        ("report.title=none", "none"),
        ("run.max_rejects=12", 12),
        ("run.max_rejects=None", None),
        ("sentiment.model=models/ours", "models/ours"),
        ("summaries.model=org/name@1234", "org/name@1234"),
    ],
)
def test_flags_are_written_as_in_toml(flag: str, value: object) -> None:
    """Quotes are optional; none is no value where none is allowed."""
    config, _ = load(None, {}, [flag])

    stage, _, field = flag.partition("=")[0].strip().partition(".")
    assert getattr(getattr(config, stage), field) == value


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            ["topics.cuont=3"],
            "--set topics.cuont: there is no setting topics.cuont; did you mean topics.count?",
        ),
        (["zzz=3"], "`python -m flows config` lists all"),
        (["topics.count"], "write it as name=value, such as topics.count=20"),
        (["topics.count=1"], "--set topics.count: topics.count = 1: Input should be greater than"),
        (["run.deadline_s=soon"], "run.deadline_s = 'soon': Input should be a valid number"),
        (["keywords.method=magic"], "Input should be 'embedding' or 'tfidf'"),
    ],
)
def test_wrong_flags_are_refused(flags: Sequence[str], message: str) -> None:
    """The message says which, where it came from, and what would be right."""
    with pytest.raises(ConfigError) as refused:
        load(None, {}, flags)

    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[topics]\ncuont = 3\n", "there is no setting topics.cuont; did you mean topics.count?"),
        ("[topic]\ncount = 3\n", "there is no setting topic.count; did you mean topics.count?"),
        ("topics = 3\n", "topics must be a table: [topics]"),
        ("[topics\n", "is not TOML"),
        ("[run]\nworkers = -1\n", "run.workers = -1: Input should be greater than or equal to 0"),
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, content: str, message: str) -> None:
    """The message names the file."""
    path = tmp_path / "wrong.toml"
    path.write_text(content)

    with pytest.raises(ConfigError) as refused:
        load(path, {}, [])

    assert message in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """It is not taken for an empty one."""
    with pytest.raises(ConfigError, match=r"none\.toml cannot be read: No such file"):
        load(tmp_path / "none.toml", {}, [])


def test_a_wrong_variable_is_refused() -> None:
    """An environment variable with our prefix is meant for us."""
    with pytest.raises(ConfigError, match="CORPUSMILL_TOPICS__CUONT: there is no setting"):
        load(None, {"CORPUSMILL_TOPICS__CUONT": "3"}, [])


def test_all_that_is_wrong_is_said_at_once() -> None:
    """A line for each."""
    with pytest.raises(ConfigError) as refused:
        load(None, {}, ["topics.count=1", "run.workers=-1"])

    assert len(str(refused.value).splitlines()) >= 2
    assert "run.workers = -1" in str(refused.value)


def test_every_setting_is_listed() -> None:
    """With its value, its origin and what it means."""
    config, origins = load(None, {}, ["topics.count=7"])

    listed = {setting.name: setting for setting in settings(config, origins)}

    assert set(listed) == set(NAMES)
    assert (listed["topics.count"].value, listed["topics.count"].origin) == (
        7,
        "--set topics.count",
    )
    assert listed["topics.seed"].origin == "default"
    assert all(setting.description for setting in listed.values())
