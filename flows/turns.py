"""Runs that write the same results folder take turns, and one that waits says so."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from flows.run_log import speaker
from schemas.errors import ResultsLocked
from tasks import compaction
from tasks.store import Store


@contextmanager
def turn(store: Store, timeout_s: float) -> Iterator[None]:
    """Hold the folder as its one writer, waiting up to so many seconds for another run to leave.

    A compaction that was killed is ended first.
    Raises `ResultsLocked` if another run still holds it then.
    """
    with ExitStack() as held:
        try:
            held.enter_context(store.locked(0))
        except ResultsLocked:
            if not timeout_s:
                raise
            speaker()(
                f"another run is writing {store.root}: this one waits up to {timeout_s:,.0f} s",
                logging.WARNING,
            )
            held.enter_context(store.locked(timeout_s))
        compaction.finish(store)
        yield
