"""What a night costs: a full run, one with nothing to do, and one in which a little has changed."""

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows import generated_texts
from schemas.errors import CorpusmillError


@dataclass(frozen=True)
class Night:
    """One run, with all its processes."""

    name: str
    documents: int
    """Of the corpus."""
    changed: int
    """Of these, new or changed since the run before."""
    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class Nights:
    """The runs over one results folder."""

    start: Night
    """A run over one document: what any run costs."""
    full: Night
    idle: Night
    night: Night

    @property
    def share(self) -> float:
        """CPU time of the night beyond that of a start, as a share of the full run's."""
        return max(self.night.cpu_s - self.start.cpu_s, 0.0) / self.full.cpu_s


@dataclass(frozen=True)
class Asked:
    """What is to be measured."""

    documents: int
    new: float
    """Share of the documents that come in the night."""
    changed: float
    """Share of those that stand that change."""
    words: int
    """Of a document."""
    stages: str
    arguments: Sequence[str] = ()
    """Further ones of `run`."""


def nights(asked: Asked, texts: Path) -> Nights:
    """The runs, one after the other, over generated documents.

    CPU time is user and system time of the run and all processes that it started and waited for
    (getrusage(2), RUSAGE_CHILDREN): its workers and the temporary Prefect server. Raises
    `CorpusmillError` where a run fails.
    """
    vocabulary = generated_texts.vocabulary(texts)
    with tempfile.TemporaryDirectory() as folder:
        corpus, single = Path(folder) / "corpus", Path(folder) / "single"
        generated_texts.write(single, range(1), vocabulary, asked.words)
        _measured("warming", (1, 1), single, Path(folder) / "warm", asked)  # Prefect's database
        start = _measured("one document", (1, 1), single, Path(folder) / "one", asked)
        generated_texts.write(corpus, range(asked.documents), vocabulary, asked.words)
        standing, results = asked.documents, Path(folder) / "results"
        full = _measured("full run", (standing, standing), corpus, results, asked)
        idle = _measured("nothing changed", (standing, 0), corpus, results, asked)
        new, changed = round(standing * asked.new), round(standing * asked.changed)
        generated_texts.write(corpus, range(standing, standing + new), vocabulary, asked.words)
        chance = random.Random(1)  # noqa: S311  # no secret
        for path in chance.sample(sorted(corpus.rglob("*.txt")), changed):
            path.write_text(f"{path.read_text(encoding='utf-8')}It changed.\n", encoding="utf-8")
        sizes = standing + new, new + changed
        night = _measured("night", sizes, corpus, results, asked)
    return Nights(start, full, idle, night)


def _measured(
    name: str, sizes: tuple[int, int], corpus: Path, results: Path, asked: Asked
) -> Night:
    words = [str(corpus), "--results", str(results), "--json"]
    words += ["--stages", asked.stages] if asked.stages else []
    before, began = _cpu_s(), time.perf_counter()
    said = subprocess.run(
        [sys.executable, "-m", "flows", "run", *words, *asked.arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        raise CorpusmillError(f"{name}: the run failed: {said.stderr[-1000:]}")
    return Night(name, *sizes, _cpu_s() - before, time.perf_counter() - began)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
