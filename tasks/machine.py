"""What a worker process is: one compute thread, and no life after its parent."""

import os
import resource
import threading
import time
from collections.abc import Callable

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
_LOOK_EVERY_S = 1.0


def single_threaded() -> dict[str, str]:
    """Environment of a process that computes in one thread: rows don't depend on the machine."""
    return dict.fromkeys(_THREADS, "1") | {"TOKENIZERS_PARALLELISM": "false"}


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_worker(parent: int) -> None:
    """Begin a worker's life: one thread, and an end when the process `parent` ends."""
    os.environ.update(single_threaded())
    end_with(parent, lambda: os._exit(1))


def end_with(parent: int, end: Callable[[], object]) -> None:
    """Call `end` once the process `parent` is no longer this one's parent, even if killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY_S)
        end()

    threading.Thread(target=watch, name="watchdog", daemon=True).start()


def peak_bytes() -> int:
    """Largest resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
