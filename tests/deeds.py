"""What workers are told to do in tests; in a module that they can import."""

import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path

from tasks import heartbeat

MAX_BYTES = 512 * 2**20
"""The memory cap of these tests."""


def tell() -> dict[str, object]:
    """Who does this, and how."""
    threads = os.environ["OMP_NUM_THREADS"]
    return {"pid": os.getpid(), "parent": os.getppid(), "threads": threads}


def divide(one: int, other: int) -> float:
    """One by the other."""
    return one / other


def hang() -> None:
    """For longer than any test waits."""
    time.sleep(600)


def warn(word: str) -> None:
    """In the log of this process."""
    logging.getLogger("deeds").warning(word)


def warn_and_die(word: str) -> None:
    """At once, with a word."""
    warn(word)
    os._exit(9)


def die() -> None:
    """At once, without a word."""
    os._exit(9)


def go_over(deeds: Sequence[str], log: Path) -> list[str]:
    """Do each deed in turn, saying so, and note in a log that it was begun."""
    for number, deed in enumerate(deeds):
        heartbeat.at(number)
        with log.open("a") as file:
            file.write(f"{deed}\n")
        do(deed)
    heartbeat.at(heartbeat.NOTHING)
    return list(deeds)


def do(deed: str) -> None:
    """Hang, die, fill the memory slowly or at once, or load for long; any other word is nothing."""
    if deed == "hang":
        hang()
    elif deed == "die":
        die()
    elif deed == "fill":
        kept = []
        for _ in range(100):
            kept.append(bytearray(32 * 2**20))
            time.sleep(0.02)
        hang()
    elif deed == "burst":
        bytearray(64 * 2**30)
    elif deed == "load":
        with heartbeat.loading():
            time.sleep(1.5)
    elif deed == "child":
        import subprocess
        import sys

        subprocess.run([sys.executable, "-c", "import time; time.sleep(600)"], check=False)
