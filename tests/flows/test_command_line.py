"""The command line, in a process of its own."""

import json
import sys
from pathlib import Path

import pytest

from flows.command_line import app
from schemas.stages import StageName
from schemas.tables import TABLES
from tasks.store import Store
from tests import in_process
from tests.command_line import ROOT, CalmRun, arguments, call
from tests.results import part_path
from tests.small_models import SmallModels

HEAVY = {"torch", "spacy", "gensim", "transformers", "pandas", "prefect", "numpy", "pyarrow"}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two short texts."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text("The boat lies in the harbour. It is old.")
    (folder / "b.txt").write_text("The lighthouse keeper paints the boat.")
    return folder


@pytest.fixture
def results(tmp_path: Path, corpus: Path, small_models: SmallModels) -> Path:
    """What a run makes of it."""
    from schemas.config import PipelineConfig

    config = PipelineConfig.model_validate(small_models.settings)
    in_process.run(corpus, tmp_path / "results", config, ("ingest", "preprocess", "entities"))
    return tmp_path / "results"


def imported(*words: str) -> set[str]:
    """The heavy libraries that a command imports."""
    import subprocess

    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "flows", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    return {line.rpartition("|")[2].strip().split(".")[0] for line in said.splitlines()} & HEAVY


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["config", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    """It must come in well under a second."""
    assert imported(*words) == set()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["run", "corpus", "--set", "topics.cuont=3"], 2, "did you mean topics.count?"),
        (
            ["run", "corpus", "--stages", "topic"],
            2,
            "--stages: there is no topic; choose of ingest",
        ),
        (["run", "corpus", "--workers", "-1"], 2, "run.workers = -1"),
        (["run", "corpus", "--config", "none.toml"], 2, "none.toml cannot be read"),
        (["run"], 2, "Missing argument"),
        (["fly"], 2, "No such command 'fly'"),
        (["plan", "no/such/corpus"], 1, "there is no no/such/corpus: give a folder"),
        (["status", "--results", "no/such/results"], 1, "`python -m flows run` makes them"),
        (["show", "abc", "--results", "no/such/results"], 1, "holds no results yet"),
        (["rejects", "--results", "no/such/results"], 1, "holds no results yet"),
        (["rejects", "--reason", "dull"], 2, "--reason: there is no dull; choose of"),
        (["rejects", "--stage", "topic"], 2, "--stage: there is no topic; choose of ingest"),
    ],
)
def test_exit_codes(words: list[str], code: int, message: str) -> None:
    """2 for wrong usage, 1 for what cannot be done; one message, no traceback."""
    said = call(*words)

    assert said.returncode == code
    assert message in " ".join(said.stderr.split())
    assert "Traceback" not in said.stderr
    assert said.stdout == ""


def test_config_lists_settings() -> None:
    """As JSON: name, value, origin and description of each."""
    said = call(
        "config", "--json", "--set", "topics.count=7", environment={"CORPUSMILL_TOPICS__SEED": "3"}
    )

    listed = {setting["name"]: setting for setting in json.loads(said.stdout)}
    assert listed["topics.count"]["value"] == 7
    assert listed["topics.count"]["origin"] == "--set topics.count"
    assert listed["topics.seed"]["origin"] == "CORPUSMILL_TOPICS__SEED"
    assert listed["run.workers"]["origin"] == "default"


def test_plan_says_what_a_run_would_do(
    corpus: Path, tmp_path: Path, small_models: SmallModels
) -> None:
    """Nothing is made by asking."""
    results = tmp_path / "none"

    said = call(
        *("plan", str(corpus), "--results", str(results), "--json"),
        *arguments(small_models.settings),
    )

    plans = {plan["stage"]: plan for plan in json.loads(said.stdout)["stages"]}
    assert list(plans) == list(StageName)
    assert plans["ingest"]["todo"] == {"new or changed": 2}
    assert not results.exists()


def test_a_backfill_is_planned_as_the_last_run_was_asked(calm_run: CalmRun) -> None:
    """With the settings of that run, and those given over them."""
    said = call(
        *("backfill", "--results", str(calm_run.results), "--dry-run", "--json"),
        *("--stages", "sentiment", "--source", "0?.txt", "--set", "sentiment.window_tokens=32"),
    )

    (plan,) = json.loads(said.stdout)["stages"]
    ((why, count),) = plan["todo"].items()
    assert (plan["stage"], count) == ("sentiment", 10)
    assert why == "stale; sentiment.window_tokens: 64 → 32"
    assert plan["cost"]["seconds"] > 0


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("--since", "May"), "--since May: "),
        (("--since", "2025-02-01", "--until", "2025-01-01"), "exchange them"),
        (("--stages", "topics", "--language", "en"), "leave out the dates"),
    ],
)
def test_a_wrong_range_is_refused(calm_run: CalmRun, asked: tuple[str, ...], message: str) -> None:
    """With the option and the fix, as wrong usage."""
    said = call("backfill", "--results", str(calm_run.results), "--dry-run", *asked)

    assert said.returncode == 2
    assert message in " ".join(said.stderr.split())


def test_status_tells_what_is_there(results: Path) -> None:
    """Tables with parts and rows."""
    said = json.loads(call("status", "--results", str(results), "--json").stdout)

    tables = {table["table"]: table for table in said["tables"]}
    assert tables["documents"]["rows"] == 2
    assert set(tables) <= set(TABLES)
    assert said["last_run"] is None


def test_show_tells_all_of_a_document(results: Path) -> None:
    """By its source or its doc_id; as text, its facts stand in it."""
    facts = json.loads(call("show", "a.txt", "--results", str(results), "--json").stdout)
    doc_id = facts["documents"][0]["doc_id"]

    said = call("show", doc_id, "--results", str(results))

    assert "The boat lies in the harbour." in said.stdout
    assert f"{len(facts['tokens'])} tokens" in said.stdout


def test_rejects_are_told_with_their_remedy(
    tmp_path: Path, corpus: Path, small_models: SmallModels
) -> None:
    """Grouped, as text and as JSON, of a folder given either way."""
    from schemas.config import PipelineConfig

    (corpus / "void.txt").write_text("")
    config = PipelineConfig.model_validate(small_models.settings)
    in_process.run(corpus, tmp_path / "results", config, ("ingest",))

    text = call("rejects", str(tmp_path / "results"))
    groups = json.loads(call("rejects", "--results", str(tmp_path / "results"), "--json").stdout)

    assert [(g["stage"], g["reason"], g["count"]) for g in groups] == [("ingest", "empty", 1)]
    assert groups[0]["examples"][0]["source"] == "void.txt"
    assert "ingest: empty: 1" in text.stdout
    assert groups[0]["explanation"] in " ".join(text.stdout.split())


def test_a_retry_needs_a_run_to_repeat(results: Path) -> None:
    """What was asked of it is taken from the table of runs."""
    said = call("rejects", str(results), "--retry")

    assert (said.returncode, said.stdout) == (1, "")
    assert "no run is recorded" in " ".join(said.stderr.split())


@pytest.mark.parametrize("document", ["c.txt", "0123456789abcdef"])
def test_show_of_an_unknown_document(results: Path, document: str) -> None:
    """The message says what to give."""
    said = call("show", document, "--results", str(results))

    assert (said.returncode, said.stdout) == (1, "")
    assert f"no document {document}" in " ".join(said.stderr.split())


def test_a_damaged_table_is_no_traceback(results: Path) -> None:
    """What cannot be read is named."""
    path = part_path(Store(results), "documents", 0)
    path.write_bytes(path.read_bytes()[:-9])

    said = call("show", "a.txt", "--results", str(results))

    assert said.returncode == 1
    assert "documents partition 0 is damaged" in " ".join(said.stderr.split())


def test_commands_have_help() -> None:
    """Each command says in a sentence what it does."""
    assert all(
        (command.callback.__doc__ or "").strip().endswith(".")
        for command in app.registered_commands
        if command.callback
    )


# Models


def test_models_are_listed(small_models: SmallModels, tmp_path: Path) -> None:
    """As JSON with the setting, the kind and the identity of each; one that is missing too."""
    file = tmp_path / "settings.toml"
    file.write_text(f'[embeddings]\nmodel = "{small_models.encoder}"\n', encoding="utf-8")

    said = call(
        "models", "--config", str(file), "--set", "sentiment.model=org/model@main", "--json"
    )

    assert said.returncode == 0
    listed = {name: model for model in json.loads(said.stdout) for name in model["settings"]}
    encoder, classifier = listed["embeddings.model"], listed["sentiment.model"]
    assert (encoder["kind"], encoder["state"]) == ("encoder", "present")
    assert encoder["identity"].startswith("sha256:")
    assert (classifier["kind"], classifier["state"]) == ("classifier", "missing")


def test_models_that_fail_end_with_1(small_models: SmallModels) -> None:
    """The others are tried all the same; a pipeline without a recognizer is none for entities."""
    said = call("models", "--verify", "--set", f"entities.model={small_models.english}", "--json")

    assert said.returncode == 1
    states = {name: m["state"] for m in json.loads(said.stdout) for name in m["settings"]}
    assert states == {
        "preprocess.model": "works",
        "entities.model": "fails",
        "embeddings.model": "works",
        "keywords.model": "works",
        "sentiment.model": "works",
    }


def test_a_run_does_not_begin_without_its_models(corpus: Path, tmp_path: Path) -> None:
    """A hub model that is not in the cache is named, with the command that brings it."""
    results = tmp_path / "none"

    said = call(
        "run", str(corpus), "--results", str(results), "--set", "sentiment.model=org/none@main"
    )

    assert said.returncode == 1
    assert "`python -m flows models --prefetch`" in said.stderr
    assert not results.exists()
