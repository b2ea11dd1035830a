"""Watching a worker: it is killed when an item takes too long, or too much memory."""

from concurrent.futures import CancelledError
from dataclasses import dataclass
from enum import Enum

from pebble import ProcessExpired

from flows.isolation import Stopped
from schemas.errors import WorkerLost
from schemas.receipts import Refusal
from tasks import machine
from tasks.heartbeat import NOTHING, Beat, Place, look

LOADING_S = 180.0
"""Allowance for starting, for loading a model and for writing what was made, on a busy machine."""
_DESCENDANTS_EVERY_S = 1.0
"""Finding what a worker has started takes 3 ms, its own memory 0.06 ms."""


@dataclass(frozen=True)
class Limits:
    """What an item may take."""

    item_s: float
    """Seconds."""
    max_bytes: int
    """Resident memory of the worker, with all that it has started."""


class Verdict(Enum):
    """What is to be done with a worker that was looked at."""

    GO_ON = "within its limits"
    KILL = "over a limit at an item"
    CANCEL = "over a limit at none"


class Watch:
    """Looks at the worker of one job, and ends it over its limits."""

    def __init__(self, place: Place, limits: Limits) -> None:
        self._place, self._limits = place, limits
        self._bytes = self._peak = 0
        self._counted_at = 0.0
        self._killed: Refusal | None = None

    def over(self, now: float) -> bool:
        """Whether the job must be cancelled; a worker over a limit at an item is killed here."""
        beat = look(self._place)
        if not beat.pid or self._killed:
            return False
        self._count(beat, now)
        verdict, why = self._judge(beat, now)
        if verdict is Verdict.KILL:
            machine.stop(beat.pid)
            if look(self._place) == beat:  # it holds none of the pool's locks while at an item
                self._killed = why
                machine.kill(beat.pid)
            else:
                machine.resume(beat.pid)
        elif verdict is Verdict.CANCEL:
            self._killed = why
        return verdict is Verdict.CANCEL

    def ended(self, error: ProcessExpired | CancelledError) -> Exception:
        """What a worker's end means: the item's fault, or the machine's."""
        beat = look(self._place)
        if self._killed and beat.item != NOTHING:
            return Stopped(beat.item, self._killed, beat.part)
        if self._killed:
            return WorkerLost(f"a worker was killed between items: {self._killed.message}")
        if isinstance(error, CancelledError):  # the run is ending
            return error
        died = f"the worker process died ({_signal(error.exitcode)}{self._memory()})"
        if beat.item == NOTHING or beat.loading:
            return WorkerLost(f"{died} before it began a document: free memory, and run again")
        return Stopped(beat.item, Refusal("crashed", died), beat.part)

    def out_of_memory(self, error: MemoryError) -> Exception:
        """What it means that an allocation was refused."""
        beat = look(self._place)
        if beat.item == NOTHING:
            return WorkerLost(f"{_too_large(self._limits.max_bytes)}, at no document: {error}")
        return Stopped(beat.item, Refusal("memory", _too_large(self._limits.max_bytes)), beat.part)

    def _count(self, beat: Beat, now: float) -> None:
        """Look at the memory; what the worker has started is counted once a second."""
        if now - self._counted_at >= _DESCENDANTS_EVERY_S:
            self._counted_at = now
            self._bytes = machine.resident_bytes(beat.pid, descendants=True)
        else:
            self._bytes = machine.resident_bytes(beat.pid, descendants=False)
        self._peak = max(self._peak, self._bytes)

    def _judge(self, beat: Beat, now: float) -> tuple[Verdict, Refusal]:
        waiting = beat.loading or beat.item == NOTHING
        limit_s = LOADING_S if waiting else self._limits.item_s
        verdict = Verdict.CANCEL if waiting else Verdict.KILL
        if self._bytes > self._limits.max_bytes:
            return verdict, Refusal("memory", _too_large(self._limits.max_bytes))
        if now - beat.since > limit_s:
            remedy = "free the machine" if waiting else "raise run.deadline_s, or exclude it"
            return verdict, Refusal("deadline", f"not done after {limit_s:g} s: {remedy}")
        return Verdict.GO_ON, Refusal("", "")

    def _memory(self) -> str:
        return f", at {self._peak / 1e6:,.0f} MB when last seen" if self._peak else ""


def _too_large(max_bytes: int) -> str:
    return (
        f"it took more than {max_bytes / 1e6:,.0f} MB of memory: raise run.max_memory_bytes, or "
        "exclude it"
    )


def _signal(code: int) -> str:
    """An exit code in words: below 0 is the number of a signal."""
    import signal

    try:
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        return f"exit code {code}"
