"""What a worker process is: one compute thread, bounded memory, and no life after its parent."""

import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tasks import heartbeat, worker_log

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
_LOOK_EVERY_S = 1.0
_RESERVED = 2 * 2**30
"""Bytes that libraries reserve and do not touch: Arrow's allocator takes 1 GiB at a time."""


def single_threaded() -> dict[str, str]:
    """Environment of a process that computes in one thread: rows don't depend on the machine."""
    return dict.fromkeys(_THREADS, "1") | {"TOKENIZERS_PARALLELISM": "false"}


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_worker(
    parent: int, shared: heartbeat.Board, mouth: socket.socket, max_bytes: int
) -> None:
    """Begin a worker's life: one thread, bounded memory, an end when the process `parent` ends.

    It leads a process group of its own, so that what it starts ends with it; what it logs goes to
    `mouth`. An allocation that
    takes it over `max_bytes`, and what libraries reserve, raises `MemoryError`.
    """
    os.environ.update(single_threaded())
    os.setpgid(0, 0)
    limit = max_bytes + _RESERVED
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > limit:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    heartbeat.join(shared)
    worker_log.join(mouth)
    end_with(parent, lambda: os.killpg(0, signal.SIGKILL))


def end_with(parent: int, end: Callable[[], object]) -> None:
    """Call `end` once the process `parent` is no longer this one's parent, even if killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY_S)
        end()

    threading.Thread(target=watch, name="watchdog", daemon=True).start()


def peak_bytes() -> int:
    """Largest resident memory of this process so far, in bytes.

    Linux counts what the process was forked from into ru_maxrss, and so may name another's peak.
    """
    with suppress(OSError), Path("/proc/self/status").open(encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def resident_bytes(pid: int, *, descendants: bool) -> int:
    """Resident memory of a process, in bytes, and of all that it has started; 0 if it is gone."""
    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        total = int(process.memory_info().rss)
        for child in process.children(recursive=True) if descendants else ():
            with suppress(psutil.Error):
                total += int(child.memory_info().rss)
    return total


def stop(pid: int) -> None:
    """Hold a process where it is."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)


def resume(pid: int) -> None:
    """Let a process that was held go on."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def kill(pid: int) -> None:
    """End a worker and all that it has started, at once."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
