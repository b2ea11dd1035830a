"""A run that is killed at any instant costs nothing but time.

Runs, backfills and refits of the topics, in an order drawn from a seed, are killed at random
instants: the main process, all processes at once, a worker, or the Prefect server. What they leave
can be read at any moment, and no process outlives them. The last run, which goes to its end, gives
the rows of one that computes the same corpus from nothing, and leaves no file that is not of the
results.
"""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import psutil
import pytest

from schemas.config import PipelineConfig
from schemas.stages import STAGES
from schemas.tables import TABLES
from tasks import partitions, planning
from tasks.store import Store
from tests import in_process
from tests.command_line import arguments, finish_run, start
from tests.results import part_path
from tests.small_models import SmallModels
from tests.tables import assert_same_rows

KILLS = int(os.environ.get("CORPUSMILL_KILLS", "2"))
"""Times that something is killed; 200 for a long test."""
SEED = int(os.environ.get("CORPUSMILL_KILLS_SEED", "20"))
_HELPERS_END_WITHIN_S = 20.0
"""Workers and server look for their parent each second; a busy machine takes its time."""
_LASTS_S = float(os.environ.get("CORPUSMILL_KILLS_WITHIN_S", "12"))
"""What a run of a changed corpus takes on two cores; one that ends before is not killed."""
_WHOM = ("main", "main", "all", "worker", "server")
_ONCE = ("preprocess", "entities", "embeddings", "sentiment", "summaries")
"""Stages whose rows of a document depend on no other document."""
_THINGS = ("boat", "net", "pier", "storm", "ferry", "gull", "market", "bread", "bell", "mill")


@dataclass
class Sequence:
    """What is done to a corpus and its results, one thing after another."""

    corpus: Path
    results: Path
    models: SmallModels
    environment: Mapping[str, str]
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    topics_seed: int = 1
    told: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, dict[str, object]]:
        """Small models, and the present seed of the topics."""
        topics = self.models.settings["topics"] | {"seed": self.topics_seed}
        return self.models.settings | {"topics": topics}

    def begin(self) -> "subprocess.Popen[str]":
        """Start what comes next: a run of a changed corpus, a refit, a backfill, or a rerun."""
        deeds = ["change", "change", "refit", "again"]
        if any((self.results / "runs").glob("part-*")):
            deeds += ["backfill"]
        deed = self.chance.choice(deeds)
        self.told.append(deed)
        if deed == "backfill":
            ranged = ("--source", f"{self.chance.randrange(3)}*")
            some = self.chance.choice([ranged, ("--stages", "keywords,topics")])
            return self._start("backfill", "--force", *some)
        if deed == "change":
            self.change()
        if deed == "refit":
            self.topics_seed += 1
        return self.run()

    def run(self) -> "subprocess.Popen[str]":
        """Start a run."""
        return self._start("run", str(self.corpus), "--partition-size", "4")

    def change(self) -> None:
        """Write a text anew, add one, or remove one."""
        there = sorted(self.corpus.iterdir())
        if len(there) > 9 and self.chance.random() < 0.4:
            self.chance.choice(there).unlink()
        else:
            path = self.corpus / f"{self.chance.randrange(14):02d}.txt"
            path.write_text(f"On day {self.chance.randrange(10**6)} it rained. {self._text()}")

    def _text(self) -> str:
        pairs = [self.chance.sample(_THINGS, 2) for _ in range(6)]
        return " ".join(f"The {one} is near the {other}." for one, other in pairs)

    def _start(self, *words: str) -> "subprocess.Popen[str]":
        workers = str(self.chance.choice([1, 2]))
        return start(
            *(*words, "--results", str(self.results), "--workers", workers, "--json"),
            *arguments(self.settings),
            environment=self.environment,
        )


@pytest.fixture
def sequence(
    small_models: SmallModels, prefect_home: Mapping[str, str], tmp_path: Path
) -> Sequence:
    """Nine texts and no results; temporary files have a folder of their own."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "temporary").mkdir()
    environment = {**prefect_home, "TMPDIR": str(tmp_path / "temporary")}
    made = Sequence(tmp_path / "corpus", tmp_path / "results", small_models, environment)
    for number in range(9):
        (made.corpus / f"{number:02d}.txt").write_text(f"Text {number}. {made._text()}")
    return made


@pytest.mark.timeout(300 + 120 * KILLS)
def test_what_is_killed_is_taken_up_where_it_was(sequence: Sequence, tmp_path: Path) -> None:
    """Killed again and again, the results are those of a run that was left in peace."""
    for _ in range(KILLS):
        stood = _settled(sequence)
        _kill(sequence, sequence.begin())

        _assert_readable(sequence.results)
        assert _alive(sequence) == [], sequence.told
        if not sequence.told[-1].startswith("backfill"):  # which computes them again on purpose
            assert _again(stood) == [], sequence.told
    account = finish_run(sequence.run())

    config = PipelineConfig.model_validate(sequence.settings)
    in_process.run(sequence.corpus, tmp_path / "calm", config)
    assert_same_rows(in_process.rows(sequence.results), in_process.rows(tmp_path / "calm"))
    assert account["outcome"] == "done"
    assert _alive(sequence) == []
    assert [*(tmp_path / "temporary").iterdir()] == []
    assert _hidden(sequence.results) == _hidden(tmp_path / "calm") | {".lock"}


def _kill(sequence: Sequence, process: "subprocess.Popen[str]") -> None:
    """Kill a part of it, or all, at a random instant; whatever is left of it comes to its end."""
    whom, delay = sequence.chance.choice(_WHOM), sequence.chance.uniform(1, _LASTS_S)
    with suppress(subprocess.TimeoutExpired):
        process.wait(delay)
    helpers = _helpers(process.pid)
    if process.poll() is not None:
        whom = "none"
    elif whom in {"worker", "server"}:
        some = _of(helpers, {"worker": "spawn_main", "server": "temporary_server"}[whom])
        for one in some[:1]:
            one.kill()
    else:
        process.send_signal(signal.SIGKILL)
        for one in helpers if whom == "all" else ():
            with suppress(psutil.NoSuchProcess):
                one.kill()
    _, complaints = process.communicate(timeout=600)
    sequence.told[-1] += f" {whom} at {delay:.1f} s"
    if process.returncode != -signal.SIGKILL:
        assert process.returncode == 0, (sequence.told, complaints)
    elif whom not in {"main", "all"}:
        raise AssertionError((sequence.told, complaints))
    _log(sequence, process.returncode)


def _log(sequence: Sequence, code: int) -> None:
    if path := os.environ.get("CORPUSMILL_KILLS_LOG"):
        with Path(path).open("a", encoding="utf-8") as log:
            log.write(json.dumps([len(sequence.told), sequence.told[-1], code]) + "\n")


def _helpers(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _of(processes: list[psutil.Process], word: str) -> list[psutil.Process]:
    return [one for one in processes if any(word in each for each in _words(one))]


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _alive(sequence: Sequence) -> list[list[str]]:
    """The processes of the sequence that do not end by themselves, whoever is their parent."""
    until = time.monotonic() + _HELPERS_END_WITHIN_S
    while (left := [*_ours(sequence)]) and time.monotonic() < until:
        time.sleep(0.1)
    return [_words(one) for one in left]


def _ours(sequence: Sequence) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("TMPDIR") == sequence.environment["TMPDIR"]:
                yield process


def _settled(sequence: Sequence) -> dict[Path, tuple[int, int]]:
    """The parts in which no document is to be computed; when they and their documents were written.

    Only those of stages that look at one document at a time.
    """
    store, config = Store(sequence.results), PipelineConfig.model_validate(sequence.settings)
    recipes = planning.recipes(store, config, _ONCE)
    return {
        part_path(store, table, number): _written(part_path(store, table, number))
        for name in _ONCE
        for number in store.partitions("documents")
        if partitions.assess(store, STAGES[name], number, recipes[name], config).settled
        for table in STAGES[name].writes
        if number in store.partitions(table)
    }


def _again(stood: Mapping[Path, tuple[int, int]]) -> list[Path]:
    """The parts that were written again, though their documents are those that they were."""
    now = {part: _written(part) for part in stood}
    return [
        part
        for part, (at, docs) in stood.items()
        if now[part] != (at, docs) and now[part][1] == docs
    ]


def _written(part: Path) -> tuple[int, int]:
    documents = part.parent.parent / "documents" / part.name
    return _time(part), _time(documents)


def _time(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _assert_readable(results: Path) -> None:
    """Every table that is there can be read by pandas as it stands."""
    for table, schema in TABLES.items():
        if any((results / table).glob("part-*.parquet")):
            assert list(pd.read_parquet(results / table).columns) == schema.names


def _hidden(results: Path) -> set[str]:
    """What lies in the folder that is no table: all that a killed run may leave is gone."""
    return {
        path.relative_to(results).as_posix()
        for path in results.rglob("*")
        if any(part.startswith(".") for part in path.relative_to(results).parts)
    }
