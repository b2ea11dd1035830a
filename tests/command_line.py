"""The command line as a person calls it: in a process of its own, from the checkout."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.small_models import SmallModels

ROOT = Path(__file__).resolve().parent.parent
_THINGS = (
    *("boat", "net", "pier", "storm", "lighthouse", "ferry", "herring", "gull", "rope", "tide"),
    *("market", "council", "price", "euro", "bread", "wool", "mill", "bridge", "school", "bell"),
)


@dataclass(frozen=True)
class CalmRun:
    """A run that nothing disturbed."""

    corpus: Path
    results: Path
    account: Mapping[str, object]
    lasted_s: float


def call(
    *words: str, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """`python -m flows` with these words, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "flows", *words],
        cwd=ROOT,
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )


def arguments(settings: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Settings as flags; JSON writes these values as TOML does."""
    for stage, values in settings.items():
        for name, value in values.items():
            yield "--set"
            yield f"{stage}.{name}={json.dumps(value)}"


def start_run(
    corpus: Path, results: Path, models: SmallModels, environment: Mapping[str, str]
) -> "subprocess.Popen[str]":
    """A run of two workers on partitions of five, in a session of its own."""
    return start(
        *("run", str(corpus), "--results", str(results), "--workers", "2", "--json"),
        *("--partition-size", "5", *arguments(models.settings)),
        environment=environment,
    )


def start(*words: str, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    """`python -m flows` with these words, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "flows", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish_run(process: "subprocess.Popen[str]") -> dict[str, object]:
    """The account of a run that goes to its end."""
    said, complaints = process.communicate(timeout=600)
    assert process.returncode == 0, complaints
    account: dict[str, object] = json.loads(said)
    return account


def write_corpus(folder: Path) -> None:
    """26 texts, one of them empty and two the same, and a table of 6."""
    folder.mkdir()
    chance = random.Random(3)

    def text() -> str:
        things = chance.sample(_THINGS, 5)
        pairs = [chance.sample(things, 2) for _ in range(12)]
        day = f"On 3 May {chance.randint(1990, 2020)} it rained."
        return " ".join([day, *(f"The {one} is near the {other}." for one, other in pairs)])

    for number in range(24):
        (folder / f"{number:02d}.txt").write_text(text())
    (folder / "24.txt").write_bytes((folder / "03.txt").read_bytes())
    (folder / "25.txt").write_text("")
    rows = ({"text": text(), "title": f"Row {n}"} for n in range(6))
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
