"""The command `evaluate`: what is asked for, what it needs, and the table."""

import gzip
import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from rich.console import Console

from flows import evaluating, evaluation_screen, screen
from flows.evaluating import Evaluation
from flows.progress import Silent
from schemas.config import PipelineConfig
from schemas.errors import ConfigError, CorpusError, ModelError
from tasks.evaluation.corpora import Corpora
from tasks.evaluation.results import Result
from tests.command_line import arguments, call
from tests.small_models import LABELS, SmallModels

WITH_MODELS = ["sentiment", "tagger", "ner", "keywords", "summaries"]
ALL = [*WITH_MODELS, "reading", "pages", "encodings", "languages", "duplicates"]


@pytest.fixture
def asked(tmp_path: Path, small_models: SmallModels) -> Evaluation:
    """Small models, and a folder without a set."""
    return Evaluation(Corpora(tmp_path), PipelineConfig.model_validate(small_models.settings))


def save_sentiment(folder: Path) -> None:
    """Every set of sentiment, three texts each."""
    (folder / "sentiment").mkdir()
    for name in ("sst.dev", "semeval2017_3class.dev", "imdb.dev", "sst.train",
                 "sst_phrases.train", "imdb.train"):  # fmt: skip
        rows = [{"text": f"the film is {label}", "label": label} for label in LABELS]
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        path = folder / "sentiment" / f"{name}.jsonl.gz"
        path.write_bytes(gzip.compress(lines.encode()))


@pytest.mark.parametrize(
    ("only", "tasks"), [(None, ALL), ("ner", ["ner"]), ("summaries, ner", ["summaries", "ner"])]
)
def test_tasks_that_are_wanted(only: str | None, tasks: list[str]) -> None:
    """All, or those that are named."""
    assert evaluating.wanted(only) == tasks


def test_an_unknown_task_is_named() -> None:
    with pytest.raises(ConfigError, match="there is no parser; choose of sentiment, tagger"):
        evaluating.wanted("ner,parser")


@pytest.mark.parametrize("task", ["sentiment", "tagger", "keywords", "summaries"])
def test_a_missing_package_is_named(
    task: str, asked: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that installs it."""
    monkeypatch.setattr(evaluating, "find_spec", lambda _: None)

    with pytest.raises(ConfigError, match=r"pip install -c constraints\.txt '\.\[evaluate\]'"):
        evaluating.evaluate(asked, [task], Silent())


@pytest.mark.parametrize("task", ALL)
def test_a_missing_set_is_named(task: str, asked: Evaluation) -> None:
    with pytest.raises(CorpusError, match=r"is missing: .* --corpora"):
        evaluating.evaluate(asked, [task], Silent())


@pytest.mark.parametrize("task", WITH_MODELS)
def test_a_missing_model_is_said_first(task: str, tmp_path: Path) -> None:
    """Before any set is read."""
    none = str(tmp_path / "none")
    stages = ("preprocess", "entities", "embeddings", "keywords", "sentiment")
    config = PipelineConfig.model_validate({stage: {"model": none} for stage in stages})

    with pytest.raises(ModelError, match="there is no such model directory"):
        evaluating.evaluate(Evaluation(Corpora(tmp_path), config), [task], Silent())


@pytest.mark.parametrize("task", ALL)
def test_every_package_is_there_for_the_tests(task: str) -> None:
    """The extra dev includes them."""
    assert all(find_spec(package) for package in evaluating.TASKS[task].packages)


class Notes(Silent):
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        """Keep it."""
        self.lines.append(line)


def test_several_classifiers_stand_beside_the_baselines(
    tmp_path: Path, small_models: SmallModels
) -> None:
    """In their order, on each set, and each is told of."""
    save_sentiment(tmp_path)
    same = tmp_path / "same"
    same.symlink_to(small_models.classifier)
    models = [str(small_models.classifier), str(same)]
    asked = Evaluation(Corpora(tmp_path), PipelineConfig(), models)
    hears = Notes()

    found = evaluating.evaluate(asked, ["sentiment"], hears)

    systems = [*models, "VADER", "TF-IDF + logistic regression"]
    assert list(dict.fromkeys(result.system for result in found)) == systems
    assert [result.baseline for result in found] == [False] * 6 + [True] * 6
    assert [result.data for result in found] == ["SST", "SemEval-2017", "IMDB"] * 4
    assert found[0].scores == found[3].scores
    assert len(hears.lines) == 12
    assert hears.lines[6].startswith("sentiment: VADER on SST: 3 documents in ")


def test_the_command_prints_json(tmp_path: Path, small_models: SmallModels) -> None:
    """Nothing else on standard output; the limit holds for every set."""
    pytest.importorskip("sklearn")
    save_sentiment(tmp_path)
    words = ("--corpora", str(tmp_path), "--only", "sentiment", "--limit", "2", "--json")

    said = call("evaluate", *words, *arguments(small_models.settings))

    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert {(row["task"], row["documents"]) for row in found} == {("sentiment", 2)}
    assert found[0]["system"] == str(small_models.classifier)
    assert 0 <= found[0]["scores"]["macro_f1"] <= 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--corpora", ".", "--only", "parser"], 2, "--only: there is no parser"),
        ([], 2, "Missing option '--corpora'"),
        (["--corpora", ".", "--limit", "0"], 2, "--limit"),
    ],
)
def test_wrong_usage(words: list[str], code: int, message: str) -> None:
    """One message, no traceback."""
    said = call("evaluate", *words)

    assert said.returncode == code
    assert message in " ".join(said.stderr.split())
    assert "Traceback" not in said.stderr


def test_results_are_a_table_a_task(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Systems side by side on each set, in per cent; what was not measured is a dot."""
    monkeypatch.setattr(screen, "out", Console(width=120, highlight=False))
    ours = Result("ner", "one", "ours", False, {"f1": 0.5, "recall": 0.25}, 1000, 2.0)
    results = [
        ours,
        Result("ner", "two", "ours", False, {"f1": 0.75}, 10, 0.5),
        Result("ner", "one", "gazetteer", True, {"f1": 0.125}, 1000, 0.0),
        Result("tagger", "three", "[ours]", False, {"pos_f1": 1.0}, 3, 1.0),
    ]

    evaluation_screen.show_results(results, as_json=False)

    said = capsys.readouterr().out
    lines = [line.split() for line in said.splitlines() if line.strip()]
    assert [line for line in lines if line[0] in {"one", "two", "three"}] == [
        ["one", "ours", "50.0", "25.0", "1,000", "2.00", "500"],
        ["one", "gazetteer", "12.5", "·", "1,000", "0.00", "·"],
        ["two", "ours", "75.0", "·", "10", "0.50", "20.0"],
        ["three", "[ours]", "100.0", "3", "1.00", "3.0"],
    ]
    titles = [["ner"], ["tagger"]]
    assert [line for line in lines if line in titles] == titles
    assert re.search(r"data +system +f1 +recall +documents +s +CPU s", said)
