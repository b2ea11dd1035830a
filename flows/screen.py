"""What a person or a script sees: bars on a terminal, plain lines in a pipe, or JSON."""

import json
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from flows.progress import Listener, Silent
from schemas.receipts import Receipt

_STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Control characters, line ends, and what turns the direction of a line."""
_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_PREVIEW = 4000
"""Code points of a document that are shown; the table has all."""

_PIPE_WIDTH = 120
"""Columns of a table that is not shown on a terminal."""

_ROUND = 100
"""Rates from which on decimals say nothing."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
err = Console(stderr=True, highlight=False)


@contextmanager
def progress(*, as_json: bool) -> Iterator[Listener]:
    """A listener that shows how the run gets on, on standard error."""
    if as_json:
        yield Silent()
    elif err.is_terminal:
        columns = (
            TextColumn("{task.description:<18}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=err) as bars:
            yield _Bars(bars)
    else:
        yield _Lines()


class _Bars:
    """A bar a stage."""

    def __init__(self, bars: Progress) -> None:
        self._bars, self._lock = bars, threading.Lock()
        self._ids: dict[str, TaskID] = {}

    def expects(self, stage: str, tasks: int) -> None:
        with self._lock:
            if stage not in self._ids:
                self._ids[stage] = self._bars.add_task(stage, total=0)
            bar = self._ids[stage]
            total = next(t.total or 0 for t in self._bars.tasks if t.id == bar)
            self._bars.update(bar, total=total + tasks)

    def finished(self, stage: str, receipt: Receipt | None) -> None:  # noqa: ARG002  # a Listener
        self._bars.advance(self._ids[stage])

    def note(self, line: str) -> None:
        self._bars.console.print(Text(steady(line), style="yellow"))


class _Lines:
    """A line a task, for logs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()

    def expects(self, stage: str, tasks: int) -> None:
        with self._lock:
            self._expected[stage] += tasks

    def finished(self, stage: str, receipt: Receipt | None) -> None:
        with self._lock:
            self._ended[stage] += 1
            said = f"{receipt.done} done in {receipt.seconds:.1f} s" if receipt else "failed"
            self.note(f"{stage} {self._ended[stage]}/{self._expected[stage]}: {said}")

    def note(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def steady(text: str) -> str:
    """A line with names in it, as a terminal may have it: what would steer it is written out."""
    return _STEERS.sub(lambda found: ascii(found[0])[1:-1], text)


def write_json(value: object) -> None:
    """Write a value to standard output, for scripts."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: object) -> object:
    """Times as ISO 8601, numpy numbers as numbers, bytes in hexadecimal, all else as text."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return value.item() if hasattr(value, "item") else str(value)
