"""What the Prefect UI shows of a run: its books, its rejects, the way to the report."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import run_texts
from flows.run_log import speaker
from tasks import estimates, page
from tasks.estimates import Rate
from tasks.history import RunAccount
from tasks.planning import StagePlan
from tasks.store import Store

PLANNED = "Planned"
"""Name of the state that a flow run ends in which was asked only what it would do."""
_EVERY_S = 5.0
"""Least time between two updates of the progress, in seconds: each is a call to the server."""


class Progress:
    """The share of the submitted tasks that have ended, as a progress artifact."""

    def __init__(self) -> None:
        about = "Tasks that ended"
        self._id: object = create_progress_artifact(0.0, key="progress", description=about)
        self._lock = threading.Lock()
        self._submitted = self._ended = 0
        self._told_at = time.monotonic()

    def submitted(self) -> None:
        """One task more."""
        with self._lock:
            self._submitted += 1

    def ended(self) -> None:
        """One task less; the server is told now and then."""
        with self._lock:
            self._ended += 1
            if time.monotonic() - self._told_at < _EVERY_S:
                return
            self._told_at, share = time.monotonic(), self._ended / self._submitted
        self._tell(share * 100)

    def complete(self) -> None:
        """All is done."""
        self._tell(100.0)

    def _tell(self, percent: float) -> None:
        if isinstance(self._id, UUID):
            with shown("the progress"):
                update_progress_artifact(self._id, progress=percent)
                return
            self._id = None  # each try costs a minute of the client's own retries


@contextmanager
def shown(what: str) -> Iterator[None]:
    """Say so where something cannot be shown: a server that does not answer costs no results."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # of Prefect, httpx and others
        line = f"{what} of the run cannot be shown, for the Prefect server does not answer"
        speaker()(f"{line}: {type(error).__name__}", logging.WARNING)


def publish(store: Store, account: RunAccount) -> None:
    """Create the artifacts of a run."""
    said = run_texts.summary(store, account)
    create_markdown_artifact(said, key="summary", description=run_texts.line(account))
    if refused := run_texts.rejects(store):
        about = "What stands rejected, and why"
        create_markdown_artifact(refused, key="rejects", description=about)
    if store.folder.exists(page.NAME):
        where = store.folder.url_of(page.NAME)
        about = f"Where the machines that hold the results find it: {where}"
        create_link_artifact(where, link_text="Report", key="report", description=about)


def publish_scores(scores: Mapping[str, float], out: Path) -> None:
    """Create the artifact of a training: what the model scores on the dev data."""
    rows: list[dict[str, object]] = [{"measure": name, "score": x} for name, x in scores.items()]
    create_table_artifact(rows, key="scores", description=f"Scores of the model in {out}")


def final_state(account: RunAccount) -> State[RunAccount]:
    """The state the flow run ends in; its message says in a line how it went."""
    message = run_texts.line(account)
    if account.outcome == "failed":
        return Failed(message=message, data=account)
    name = "Completed" if account.outcome == "done" else "Too many rejects"
    return Completed(name=name, message=message, data=account)


def planned(plans: Sequence[StagePlan], rates: Mapping[str, Rate]) -> State[RunAccount]:
    """Publish a plan; the state that a flow run ends in which only made one."""
    costs = [estimates.estimate(plan, rates) for plan in plans]
    total = estimates.total(costs)
    todo = sum(not plan.settled for plan in plans)
    said = run_texts.seconds(total)
    line = f"{todo} stages have work: {said} s of one worker, {total.size / 1e6:.1f} MB"
    create_markdown_artifact(run_texts.plan(plans, costs), key="plan", description=line)
    return Completed(name=PLANNED, message=line)
