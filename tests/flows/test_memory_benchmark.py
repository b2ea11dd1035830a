"""The benchmark of memory: its corpora, what it sees of a run, and the slope."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from flows import benchmark_screen, generated_texts, memory_benchmark, screen
from flows.memory_benchmark import Growth, Memory
from schemas.errors import CorpusError, CorpusmillError

PARENT = """
import subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
for words in ([], ["flows.temporary_server"]):
    subprocess.Popen([*sleep, *words])
time.sleep(60)
"""


def test_slope_is_bytes_a_document() -> None:
    """By least squares; of one run there is none."""
    runs = [Memory(n, 1.0, 100 + n / 1000, 50.0, 70 - n / 1000) for n in (1000, 2000, 4000)]

    growth = Growth(tuple(runs))

    assert growth.bytes_a_document("main") == pytest.approx(1000)
    assert growth.bytes_a_document("worker") == pytest.approx(0, abs=1e-6)
    assert growth.bytes_a_document("server") == pytest.approx(-1000)
    assert Growth(tuple(runs[:1])).bytes_a_document("main") == 0


def test_documents_are_the_same_in_every_corpus(tmp_path: Path) -> None:
    """A corpus that grows has the documents that it had, each different from the others."""
    words = [f"word{n}" for n in random.Random(1).sample(range(1000), 300)]

    generated_texts.write(tmp_path / "all", range(4), words, 120)
    generated_texts.write(tmp_path / "two", range(2, 4), words, 120)

    texts = [path.read_text() for path in sorted((tmp_path / "all").rglob("*.txt"))]
    assert len(set(texts)) == 4
    assert [len(text.split()) for text in texts] == [121] * 4
    assert texts[2:] == [path.read_text() for path in sorted((tmp_path / "two").rglob("*.txt"))]


def test_processes_of_a_run_are_told_apart() -> None:
    """The one that was started, its workers, and the temporary server."""
    process = subprocess.Popen([sys.executable, "-c", PARENT], start_new_session=True)
    try:
        until = time.monotonic() + 20
        found: list[tuple[str, int]] = []
        while len(found) < 3 and time.monotonic() < until:
            found = list(memory_benchmark._resident(process.pid))
            time.sleep(0.01)
    finally:
        for child in memory_benchmark.psutil.Process(process.pid).children():
            child.kill()
        process.kill()
        process.wait()

    assert [kind for kind, _ in found[:1]] == ["main"]
    assert sorted(kind for kind, _ in found) == ["main", "server", "worker"]
    assert all(resident > 0 for _, resident in found)


def test_a_folder_without_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no words"):
        memory_benchmark.growth(1, "ingest", [], tmp_path)


def test_a_run_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("some words")

    with pytest.raises(CorpusmillError, match="no_such_setting"):
        memory_benchmark.growth(1, "ingest", ["--set", "no_such_setting=1"], tmp_path)


def test_growth_is_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row a run, then what a document adds; the same as JSON."""
    monkeypatch.setattr(screen, "out", Console(width=100, highlight=False))
    runs = (Memory(1000, 9.5, 100.0, 50.0, 70.0), Memory(2000, 20.0, 101.0, 50.0, 70.0))

    benchmark_screen.show_growth(Growth(runs), "a machine", as_json=False)
    rows = [line.replace("│", "").split() for line in capsys.readouterr().out.splitlines()]
    benchmark_screen.show_growth(Growth(runs), "a machine", as_json=True)
    said = json.loads(capsys.readouterr().out)

    assert ["2,000", "20", "101", "50", "70"] in rows
    assert ["bytes", "a", "document", "1,000", "0", "0"] in rows
    assert said["bytes_a_document"] == {"main": 1000, "worker": 0, "server": 0}
    assert [run["documents"] for run in said["runs"]] == [1000, 2000]
