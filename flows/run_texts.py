"""What Prefect shows of a run, as text: its line, its books, its rejects, its plan, as Markdown."""

from collections.abc import Sequence
from dataclasses import astuple

from schemas.errors import DamagedPart
from schemas.receipts import Books
from tasks import page
from tasks import rejects as rejected
from tasks.estimates import Estimate
from tasks.history import RunAccount, StageAccount
from tasks.planning import StagePlan
from tasks.store import Store

_SHOWN = 200
"""Most rows of a table; the results folder has all."""
_LONGEST = 400
"""Characters of a failure that are shown; the log has all."""
_MINUTES = 600
"""Seconds from which on a run's time is told in minutes."""
_COLUMNS = (
    *("stage", "found", "done", "reused", "duplicate", "rejected", "skipped"),
    *("seconds", "docs/s", "MB"),
)
_NO_DOCUMENTS = ("ingest", "report")


def line(account: RunAccount) -> str:
    """How a run went, in a line: what failed first, or what became of the documents."""
    if account.failures:
        more = len(account.failures) - 1
        first = _short(account.failures[0])
        return f"failed: {first} (and {more} more)" if more else f"failed: {first}"
    read = next((stage.books for stage in account.stages if stage.stage == "ingest"), Books())
    counts = {
        "found": read.found,
        "new or changed": read.done,
        "reused": read.reused,
        "duplicate": read.duplicate,
        "rejected": sum(stage.books.rejected for stage in account.stages),
        "results computed": sum(
            stage.books.done for stage in account.stages if stage.stage not in _NO_DOCUMENTS
        ),
    }
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"{account.outcome}: {said or 'nothing to do'}, in {_lasted(account)}"


def summary(store: Store, account: RunAccount) -> str:
    """How a run went, its failures, and its books as a Markdown table."""
    lines = [
        *(f"- {_plain(_short(failure))}" for failure in account.failures[:_SHOWN]),
        "",
        f"| {' | '.join(_COLUMNS)} |",
        "|---" + "|--:" * (len(_COLUMNS) - 1) + "|",
        *map(_row, account.stages),
        "",
        f"- corpus `{account.corpus}`, results `{store.root}`",
        f"- {account.started_at:%Y-%m-%d %H:%M:%S} to {account.finished_at:%H:%M:%S} UTC",
    ]
    if store.folder.exists(page.NAME):
        lines.append(f"- report: `{store.root}/{page.NAME}`")
    return "\n".join(lines)


def rejects(store: Store) -> str | None:
    """What stands rejected and what mends it, as Markdown; None where nothing is."""
    try:
        groups = rejected.groups(store, rejected.Choice())
    except DamagedPart as error:
        return _plain(error)
    if not groups:
        return None
    kinds = [
        f"| {group.stage} | {group.reason} | {group.count:,} | {_plain(group.explanation)} |"
        for group in groups[:_SHOWN]
    ]
    examples = [
        f"| {group.stage} | {_plain(f'{example.source} {example.record}'.rstrip())} "
        f"| {_plain(_short(example.message))} |"
        for group in groups[:_SHOWN]
        for example in group.examples
    ]
    return "\n".join(
        [
            "| stage | reason | number | what it means |",
            "|---|---|--:|---|",
            *kinds,
            "",
            f"The first {rejected.EXAMPLES} of each:",
            "",
            "| stage | source | message |",
            "|---|---|---|",
            *examples,
        ]
    )


def plan(plans: Sequence[StagePlan], costs: Sequence[Estimate]) -> str:
    """What would be computed, why, and what it would cost."""
    rows = [
        f"| {plan.stage} | {plan.current} {plan.unit} | {sum(plan.todo.values())} "
        f"| {_plain(plan.reasons)} | {seconds(cost)} | {cost.size / 1e6:.1f} |"
        for plan, cost in zip(plans, costs, strict=True)
    ]
    head = ["| stage | current | to do | why | seconds | MB |", "|---|---|--:|---|--:|--:|"]
    return "\n".join([*head, *rows])


def seconds(cost: Estimate) -> str:
    """The seconds of an estimate, if known."""
    return "unknown" if cost.seconds is None else f"{cost.seconds:.0f}"


def _row(stage: StageAccount) -> str:
    books = stage.books
    rate = f"{books.done / stage.seconds:,.1f}" if stage.seconds and books.done else ""
    counts = (f"{count:,}" if count else "" for count in astuple(books))
    cells = [stage.stage, *counts, f"{stage.seconds:,.1f}", rate, f"{stage.peak_bytes / 1e6:,.0f}"]
    return f"| {' | '.join(cells)} |"


def _lasted(account: RunAccount) -> str:
    seconds = round((account.finished_at - account.started_at).total_seconds())
    return f"{seconds} s" if seconds < _MINUTES else f"{seconds // 60} min"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _plain(text: object) -> str:
    """A text that Markdown shows as it is."""
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
