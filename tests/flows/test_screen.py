"""What a person or a script sees."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from flows import plan_screen, results_screen, screen
from flows.configuration import Setting
from schemas.receipts import Books, Receipt
from tasks.estimates import Rate
from tasks.history import RunAccount, StageAccount
from tasks.model_inventory import Model
from tasks.planning import StagePlan
from tasks.rejects import Example, Group

ACCOUNT = RunAccount(
    datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    datetime(2026, 1, 2, 3, 5, tzinfo=UTC),
    "done",
    "data/sample",
    (StageAccount("topics", "abc", Books(found=3, done=2, reused=1), 4.0, 5_000_000),),
)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consoles that write to the streams of the test, wide enough for every line."""
    monkeypatch.setattr(screen, "out", Console(width=200, highlight=False))
    monkeypatch.setattr(screen, "err", Console(width=200, stderr=True, highlight=False))


def test_a_run_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Books of each stage, cost, speed, and where to look."""
    results_screen.show_run(ACCOUNT, Path("results"), as_json=False)

    said = capsys.readouterr()
    (row,) = [line for line in said.out.splitlines() if "topics" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "topics", "3", "2", "1", "·", "·", "·", "4.0", "5", "0.5",
    ]  # fmt: skip
    assert "results/report.html" in said.out
    assert said.err == ""


def test_failures_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets of a message are no markup."""
    account = replace(ACCOUNT, outcome="failed", failures=("topics: [bold]no[/bold] disk",))

    results_screen.show_run(account, Path("results"), as_json=False)

    assert "topics: [bold]no[/bold] disk" in capsys.readouterr().err


def test_a_run_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Times as ISO 8601; nothing else on standard output."""
    results_screen.show_run(ACCOUNT, Path("results"), as_json=True)

    said = json.loads(capsys.readouterr().out)
    assert said["started_at"] == "2026-01-02T03:04:00+00:00"
    assert said["stages"][0]["books"]["reused"] == 1
    assert said["results"] == "results"


def test_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """What stands, what is to do, and why."""
    plan = StagePlan("topics", "documents", 3, {"new": 2, "changed": 1}, (0,))

    rates = {"topics": Rate(seconds=20.0, size=1e6)}

    plan_screen.show_plan([plan], rates, 2, as_json=False)

    said = capsys.readouterr().out
    (row,) = [line for line in said.splitlines() if "topics" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "topics",
        "3 documents",
        "3",
        "2 new; 1 changed",
        "60.0 s",
        "3.00",
    ]
    assert "About 30.0 s with 2 workers. 3.0 MB to write" in said


def test_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """Values as they would be written; a bracket in a value is no markup."""
    listed = [Setting("ingest.exclude", ("[a-z]*",), "nightly.toml", "Patterns.")]

    results_screen.show_settings(listed, as_json=False)

    assert '["[a-z]*"]' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("entities", "shown"),
    [
        ([], "Ann met Bo."),
        ([{"start": 0, "end": 3, "label": "PERSON"}], "Ann PERSON met Bo."),
        (
            [{"start": 8, "end": 10, "label": "PERSON"}, {"start": 0, "end": 3, "label": "PERSON"}],
            "Ann PERSON met Bo PERSON.",
        ),
        (
            [{"start": 0, "end": 7, "label": "EVENT"}, {"start": 4, "end": 7, "label": "VERB"}],
            "Ann met EVENT Bo.",
        ),
        ([{"start": 8, "end": 99, "label": "PERSON"}], "Ann met Bo."),
    ],
)
def test_mentions_stand_in_the_text(entities: list[Mapping[str, object]], shown: str) -> None:
    """In order; one that overlaps another, or stands beyond the text shown, is left out."""
    assert results_screen.marked("Ann met Bo.", entities).plain == shown


def test_lines_for_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    """A line a task, with how many are still to come, on standard error."""
    with screen.progress(as_json=False) as hears:
        hears.expects("topics", 2)
        hears.finished("topics", Receipt("topics", 0, done=3, seconds=1.25))
        hears.finished("topics", None)
        hears.note("a document was rejected")

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "topics 1/2: 3 done in 1.2 s",
        "topics 2/2: failed",
        "a document was rejected",
    ]


def test_json_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """A script gets the account, and no progress."""
    with screen.progress(as_json=True) as hears:
        hears.expects("topics", 1)
        hears.finished("topics", None)
        hears.note("something")

    assert capsys.readouterr() == ("", "")


def test_bars_on_a_terminal() -> None:
    """A bar a stage, which grows as tasks are added."""
    bars = Progress(console=Console(quiet=True))
    hears = screen._Bars(bars)

    for stage, tasks in (("topics", 2), ("report", 1), ("topics", 3)):
        hears.expects(stage, tasks)
    hears.finished("topics", None)
    hears.note("a [bold] line")

    assert [(bar.description, bar.total, bar.completed) for bar in bars.tasks] == [
        ("topics", 5, 1),
        ("report", 1, 0),
    ]


def test_models_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Identities in short; what is wrong on standard error, its brackets no markup."""
    found = [
        Model(
            "embedded:minilm",
            "encoder",
            ("embeddings.model",),
            "works",
            size_bytes=91_600_000,
            identity="sha256:0123456789abcdef",
            licence="apache-2.0",
        ),
        Model("org/model@main", "classifier", (), "fails", problem="org/model@main: [b]no[/b]"),
    ]

    results_screen.show_models(found, as_json=False)

    said = capsys.readouterr()
    rows = [line for line in said.out.splitlines() if "minilm" in line or "org/" in line]
    assert [[cell.strip() for cell in row.strip("│").split("│")] for row in rows] == [
        [
            "embeddings.model", "embedded:minilm", "encoder", "works", "91.6", "0123456789ab",
            "apache-2.0",
        ],
        ["·", "org/model@main", "classifier", "fails", "·", "", ""],
    ]  # fmt: skip
    assert said.err.strip() == "org/model@main: [b]no[/b]"


def test_names_do_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences, line ends and turns of direction are written out."""
    example = Example("red\x1b[31m\nfile\u202etxt.exe", "", "broken", 1)

    results_screen.show_rejects([Group("ingest", "broken", "", 1, 1, (example,))], as_json=False)

    assert r"red\x1b[31m\nfile\u202etxt.exe: broken" in capsys.readouterr().out
