"""What the Prefect UI shows of a run: its books, its rejects, the way to the report."""

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
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

from schemas.errors import DamagedPart
from schemas.tables import REJECT_REASONS
from tasks import estimates, page
from tasks.estimates import Estimate, Rate
from tasks.history import RunAccount
from tasks.planning import StagePlan
from tasks.store import Store

_EVERY_S = 5.0
"""Least time between two updates of the progress, in seconds: each is a call to the server."""
_SHOWN = 200
"""Most rejects in the UI; the table has all."""


class Progress:
    """The share of the submitted tasks that have ended, as a progress artifact."""

    def __init__(self) -> None:
        self._id = create_progress_artifact(0.0, key="progress", description="Tasks that ended")
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
            update_progress_artifact(self._id, progress=percent)


def publish(store: Store, account: RunAccount) -> None:
    """Create the artifacts of a run."""
    create_markdown_artifact(summary(account), key="summary", description="Books of the run")
    rejects = _rejects(store)
    if rejects:
        create_table_artifact(rejects, key="rejects", description="What was rejected, and why")
    if page.path(store).exists():
        create_link_artifact(page.path(store).as_uri(), link_text="Report", key="report")


def final_state(account: RunAccount) -> State[RunAccount]:
    """The state the flow run ends in."""
    if account.outcome == "failed":
        return Failed(message="; ".join(account.failures)[:2000], data=account)
    name = "Completed" if account.outcome == "done" else "Too many rejects"
    return Completed(name=name, data=account)


def planned(plans: Sequence[StagePlan], rates: Mapping[str, Rate]) -> State[RunAccount]:
    """Publish a plan; the state that a flow run ends in which only made one."""
    costs = [estimates.estimate(plan, rates) for plan in plans]
    head = ["| stage | current | to do | why | seconds | MB |", "|---|---|---|---|---|---|"]
    rows = [
        f"| {plan.stage} | {plan.current} {plan.unit} | {sum(plan.todo.values())} "
        f"| {_plain(plan.reasons)} | {_seconds(cost)} | {cost.size / 1e6:.1f} |"
        for plan, cost in zip(plans, costs, strict=True)
    ]
    total = estimates.total(costs)
    todo = sum(not plan.settled for plan in plans)
    line = f"{todo} stages have work: {_seconds(total)} s of one worker, {total.size / 1e6:.1f} MB"
    create_markdown_artifact(
        "\n".join([*head, *rows, "", line]), key="plan", description="What would be computed"
    )
    return Completed(name="Planned", message=line)


def _seconds(cost: Estimate) -> str:
    return "unknown" if cost.seconds is None else f"{cost.seconds:.0f}"


def summary(account: RunAccount) -> str:
    """The books of a run as a Markdown table."""
    head = "| stage | found | done | reused | duplicate | rejected | skipped | seconds |"
    rows = [
        f"| {s.stage} | {s.books.found} | {s.books.done} | {s.books.reused} | {s.books.duplicate} "
        f"| {s.books.rejected} | {s.books.skipped} | {s.seconds:.1f} |"
        for s in account.stages
    ]
    failures = [f"- {_plain(line)}" for line in account.failures]
    return "\n".join([f"**{account.outcome}**", "", head, "|---" * 8 + "|", *rows, "", *failures])


def _rejects(store: Store) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    try:
        for part in store.stream("rejects", ["source", "record", "stage", "reason", "message"]):
            rows += [{**row, "message": _plain(row["message"])} for row in part.to_pylist()]
    except DamagedPart:
        return rows
    reasons = Counter(str(row["reason"]) for row in rows)
    totals: list[dict[str, object]] = [
        {"source": "", "stage": "all", "reason": r, "message": f"{n}: {REJECT_REASONS.get(r, '')}"}
        for r, n in reasons.most_common()
    ]
    return [*totals, *rows[:_SHOWN]]


def _plain(text: object) -> str:
    """A text that Markdown shows as it is."""
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
