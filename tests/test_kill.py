"""A run that is killed at any instant costs nothing but time.

Nights, backfills and new fits of the topics, over a corpus that changes, are killed with SIGKILL at
random instants and started again: the main process alone, or all processes at once. What they leave
can be read at any moment, their helpers end by themselves, and in the end there are the rows of a
run that nothing disturbed.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pandas as pd
import psutil
import pytest

from schemas.config import PipelineConfig
from schemas.tables import TABLES
from tests import in_process
from tests.command_line import arguments, finish_run, start, write_corpus
from tests.small_models import SmallModels
from tests.tables import assert_same_rows

KILLS = int(os.environ.get("CORPUSMILL_KILLS", "3"))
"""Times that something is killed; 200 for a long test."""
SEED = int(os.environ.get("CORPUSMILL_KILLS_SEED", "20"))
_HELPERS_END_WITHIN_S = 15.0
"""Workers look for their parent each second; a busy machine takes its time."""
_SERVER_UP_WITHIN_S = 120.0
_KINDS = ("backfill", "refit", "night")
_SHARE_OF_ALL = 0.3
_HIDDEN = [".corpusmill.json", ".lock", "similar_documents/.compared.json"]


@dataclass
class Place:
    """A corpus that changes, the settings that change, and where the results go."""

    folder: Path
    settings: dict[str, dict[str, object]]
    environment: Mapping[str, str]
    chance: random.Random
    lasted_s: float = 5.0

    @property
    def corpus(self) -> Path:
        """The texts."""
        return self.folder / "corpus"

    @property
    def results(self) -> Path:
        """The tables."""
        return self.folder / "results"

    def change(self, kind: str) -> None:
        """What makes work for a run of this kind."""
        if kind == "backfill":
            known = self.settings["summaries"]["sentences"]
            self.settings["summaries"] = {"sentences": self.chance.choice([*{1, 2, 3} - {known}])}
        elif kind == "refit":
            known = self.settings["topics"]["count"]
            count = self.chance.choice([*{2, 3, 4} - {known}])
            self.settings["topics"] = self.settings["topics"] | {"count": count}
        else:
            texts = sorted(self.corpus.glob("*.txt"))
            one, gone, new = self.chance.sample(texts, 3)
            one.write_text(f"{one.read_text()} The boat {self.chance.random()} is here.")
            gone.unlink()
            new.with_name(f"{self.chance.randrange(10**6)}.txt").write_text(new.read_text()[::-1])

    def start(self, kind: str) -> "subprocess.Popen[str]":
        """A run of this kind, in a session of its own."""
        words = ["backfill", "--stages", "summaries,report"] if kind == "backfill" else ["run"]
        words += [] if kind == "backfill" else [str(self.corpus), "--workers", "2"]
        return start(
            *words,
            *("--results", str(self.results), "--json"),
            *arguments(self.settings),
            environment=self.environment,
        )

    def finish(self, kind: str) -> dict[str, object]:
        """A run of this kind to its end; the account."""
        began = time.monotonic()
        account = finish_run(self.start(kind))
        self.lasted_s = time.monotonic() - began
        return account


@pytest.fixture
def place(
    small_models: SmallModels, prefect_home: Mapping[str, str], tmp_path: Path
) -> Iterator[Place]:
    """With a Prefect server that outlives the runs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ("uvicorn", "--factory", "prefect.server.api.server:create_app")
    environment = {**prefect_home, "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    server = subprocess.Popen(
        [sys.executable, "-m", *command, "--port", str(port), "--log-level", "error"],
        env=environment,
    )
    until = time.monotonic() + _SERVER_UP_WITHIN_S
    while not _answers(f"{environment['PREFECT_API_URL']}/health"):
        assert time.monotonic() < until
        time.sleep(0.2)
    (tmp_path / "temporary").mkdir()
    settings: dict[str, dict[str, object]] = {
        name: {**values} for name, values in small_models.settings.items()
    }
    settings["run"] = {**settings.get("run", {}), "partition_size": 5}
    settings["topics"] = {**settings.get("topics", {}), "count": 3}
    settings["summaries"] = {"sentences": 3}
    environment["TMPDIR"] = str(tmp_path / "temporary")
    made = Place(tmp_path, settings, environment, random.Random(SEED))
    write_corpus(made.corpus)
    try:
        yield made
    finally:
        server.terminate()
        server.wait(30)


@pytest.mark.timeout(14_400)
def test_what_is_killed_is_taken_up_where_it_was(place: Place, tmp_path: Path) -> None:
    """Killed again and again, the results are those of runs that were left in peace."""
    place.finish("night")
    for number in range(KILLS):
        kind = _KINDS[number] if number < len(_KINDS) else place.chance.choice(_KINDS)
        place.change(kind)
        began = time.time_ns()
        _kill(place, kind)
        _assert_readable(place.results)
        written = _written(place.results, began)
        account = place.finish(kind)

        assert account["outcome"] == "done"
        assert _written(place.results, began).items() >= written.items()  # but what was in flight
    if kind != "night":  # a backfill leaves what sees the whole corpus
        place.finish("night")

    config = PipelineConfig.model_validate(place.settings)
    in_process.run(place.corpus, tmp_path / "calm", config)
    assert_same_rows(in_process.rows(place.results), in_process.rows(tmp_path / "calm"))
    assert _hidden(place.results) == _HIDDEN
    assert [path.name for path in (tmp_path / "temporary").iterdir()] == []


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def _kill(place: Place, kind: str) -> None:
    """Start a run and kill it, or all of its processes, at some instant; the others end."""
    process = place.start(kind)
    time.sleep(place.chance.uniform(0.05, 1.0) * place.lasted_s)
    try:
        helpers = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        helpers = []
    if place.chance.random() < _SHARE_OF_ALL:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    _, alive = psutil.wait_procs(helpers, timeout=_HELPERS_END_WITHIN_S)
    assert [one.cmdline() for one in alive] == []


def _written(results: Path, since: int) -> dict[Path, int]:
    """The parts of the document stages that were written since, and when: once, and for all."""
    tables = ("tokens", "entities", "embeddings", "keywords", "sentiment", "summaries")
    parts = [part for table in tables for part in (results / table).glob("part-*.parquet")]
    times = {part: part.stat().st_mtime_ns for part in parts}
    return {part: when for part, when in times.items() if when > since}


def _assert_readable(results: Path) -> None:
    """Every table that is there can be read by pandas as it stands."""
    for table, schema in TABLES.items():
        if any((results / table).glob("part-*.parquet")):
            assert list(pd.read_parquet(results / table).columns) == schema.names


def _hidden(results: Path) -> list[str]:
    """What lies in the folder that is no table: all that a killed run may leave is gone."""
    return sorted(
        path.relative_to(results).as_posix()
        for path in results.rglob("*")
        if any(part.startswith(".") for part in path.relative_to(results).parts)
    )
