"""What the README says is so: its first run, its snippets, its commands, its tables."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from flows.command_line import app
from flows.configuration import NAMES
from schemas.stages import StageName
from schemas.tables import TABLES
from tasks.store import Store
from tests.test_sample import EVERYTHING

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def snippets(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def flow_run(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flows", *arguments],
        cwd=ROOT,
        env=os.environ | {"PREFECT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """The results of the README's first run, in a folder of their own."""
    command = next(line for line in snippets("sh") if "flows run" in line)
    said = re.search(r"python -m flows (run .*)$", command, re.MULTILINE)
    assert said is not None
    where = tmp_path_factory.mktemp("first") / "results"

    ended = flow_run(*said[1].split(), "--results", str(where), "--json", home=home)

    assert ended.returncode == 0, ended.stderr
    books = {stage["stage"]: stage["books"] for stage in json.loads(ended.stdout)["stages"]}
    assert list(books) == list(StageName)
    return where


def test_first_run_accounts_for_every_file(results: Path) -> None:
    """Each file of the sample, and each part of one, has the outcome that data/README.md lists."""
    sources = pd.read_parquet(results / "sources").set_index("source")

    outcomes = {
        name: row.reason if row.outcome == "rejected" else row.outcome
        for name, row in sources.iterrows()
    }

    assert outcomes == {name: outcome for name, (_, outcome) in EVERYTHING.items()}


def test_every_table_has_rows(results: Path) -> None:
    """Plain pandas opens every table, and none is empty."""
    empty = [name for name in TABLES if pd.read_parquet(results / name).empty]

    assert empty == []


def test_facts_stand_where_they_say(results: Path) -> None:
    """The span of every entity, keyword and summary sentence is found in its document."""
    texts = pd.read_parquet(results / "documents").set_index("doc_id").text
    entities = pd.read_parquet(results / "entities")
    keywords = pd.read_parquet(results / "keywords")
    summaries = pd.read_parquet(results / "summaries")

    wrong = [e for e in entities.itertuples() if texts[e.doc_id][e.start : e.end] != e.text]
    outside = [k for k in keywords.itertuples() if not 0 <= k.start < k.end <= len(texts[k.doc_id])]
    lost = [
        s.doc_id
        for s in summaries.itertuples()
        for span in s.spans
        if " ".join(texts[s.doc_id][span["start"] : span["end"]].split()) not in s.summary
    ]

    assert (wrong, outside, lost) == ([], [], [])


def test_second_run_computes_nothing(results: Path, home: Path) -> None:
    """Run again, every stage reuses what stands, and no part is written."""
    before = {p: p.stat().st_mtime_ns for p in results.glob("[a-q]*/*.parquet")}

    ended = flow_run("run", "data/sample", "--results", str(results), "--json", home=home)

    assert ended.returncode == 0, ended.stderr
    assert sum(s["books"]["done"] for s in json.loads(ended.stdout)["stages"]) == 0
    assert {p: p.stat().st_mtime_ns for p in results.glob("[a-q]*/*.parquet")} == before


def test_python_snippets_run(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's Python runs where the results stand."""
    monkeypatch.chdir(results.parent)
    code = snippets("python")

    for snippet in code:
        exec(compile(snippet, "README.md", "exec"), {})  # noqa: S102  # our own README

    assert code


def test_show_marks_the_facts(results: Path, home: Path) -> None:
    """`show` finds a document by its source and tells its entities."""
    ended = flow_run("show", "news/tram-vote.txt", "--results", str(results), home=home)

    assert ended.returncode == 0, ended.stderr
    assert "entity mentions" in ended.stdout


def test_report_stands_alone(results: Path) -> None:
    """The page needs no network."""
    html = (results / "report.html").read_text("utf-8")

    assert not re.search(r"(src|href)=[\"']https?:", html)


def test_commands_exist() -> None:
    """Every command that the README names is one, and none is left out."""
    named = set(re.findall(r"`python -m flows (\w+)", README))
    known = {
        command.name or (command.callback.__name__ if command.callback else "")
        for command in app.registered_commands
    } | {group.typer_instance.info.name for group in app.registered_groups if group.typer_instance}

    assert named == known


def test_settings_exist() -> None:
    """Every setting in the README's TOML is one."""
    named = {
        f"{stage}.{field}"
        for snippet in snippets("toml")
        for stage, fields in tomllib.loads(snippet).items()
        for field in fields
    }

    assert named <= set(NAMES)


def test_tables_are_listed() -> None:
    """The README's list of tables is complete."""
    rows = re.search(r"\| table \| a row is \|\n(.*?)\n\n", README, re.DOTALL)
    assert rows is not None
    listed = {name for row in rows[1].splitlines()[1:] for name in row.split("|")[1].split(",")}

    assert {name.strip() for name in listed} == set(TABLES)


def test_results_folder_is_open(results: Path) -> None:
    """The folder that the first run made is one that this version reads."""
    store = Store(results)

    store.open(create=False)

    assert store.partitions("documents") == [0]
