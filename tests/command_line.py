"""The command line as a person calls it: in a process of its own, from the checkout."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def call(*words: str, environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
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
