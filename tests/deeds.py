"""What workers are told to do in tests; in a module that they can import."""

import os
import time


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


def die() -> None:
    """At once, without a word."""
    os._exit(9)
