"""What a run says: to who listens at a terminal, and in the log of its Prefect run."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from flows.progress import listener

Speaker = Callable[[str, int], None]
"""Says a line at a level of `logging`; from any thread."""
MOST = 200
"""Lines of one kind in the log of a run: more than that no person reads."""


def speaker() -> Speaker:
    """Speaks for the task or flow that is run here, and calls this."""
    hears, log = listener.get(), _log()

    def say(line: str, level: int) -> None:
        hears.note(line)
        if log is not None:
            log.log(level, "%s", line)

    return say


@dataclass
class Quota:
    """Lets so many lines pass, then says once where the others are."""

    others: str
    """What is said instead of the first line too many."""
    left: int = MOST

    def passed(self, line: str) -> str | None:
        """The line, or what is said instead, or nothing."""
        self.left -= 1
        if self.left >= 0:
            return line
        return self.others if self.left == -1 else None


def _log() -> "logging.LoggerAdapter[logging.Logger] | logging.Logger | None":
    from prefect import get_run_logger
    from prefect.exceptions import MissingContextError

    with suppress(MissingContextError):
        return get_run_logger()
    return None
