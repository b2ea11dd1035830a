"""Who hears how a run gets on: the command line sets a listener, a scheduled run has none."""

from contextvars import ContextVar
from typing import Protocol

from schemas.receipts import Receipt


class Listener(Protocol):
    """Hears of each stage's tasks; called from several threads."""

    def expects(self, stage: str, tasks: int) -> None:
        """So many tasks of a stage have been submitted."""

    def finished(self, stage: str, receipt: Receipt | None) -> None:
        """A task of a stage has ended; None where it failed."""

    def note(self, line: str) -> None:
        """Something a person should know."""


class Silent:
    """A listener that does nothing."""

    def expects(self, stage: str, tasks: int) -> None:
        """Nothing."""

    def finished(self, stage: str, receipt: Receipt | None) -> None:
        """Nothing."""

    def note(self, line: str) -> None:
        """Nothing."""


listener: ContextVar[Listener] = ContextVar("listener", default=Silent())  # noqa: B039  # stateless
