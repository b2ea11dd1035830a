"""What the report says of the run: its books, and what was rejected."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from schemas.tables import REJECT_REASONS
from tasks.rows import Stream
from tasks.tallies import Count, counts

EXAMPLES = 3
"""Sources named for each reason of rejection."""


@dataclass(frozen=True)
class Rejected:
    """What was rejected for one reason."""

    reason: str
    explanation: str
    count: int
    stages: tuple[Count, ...]
    examples: tuple[tuple[str, str], ...]
    """Where (source and record) and the message."""


@dataclass(frozen=True)
class Run:
    """The run that made the page."""

    run_id: str
    started_at: datetime
    finished_at: datetime
    corpus: str
    stages: tuple[dict[str, object], ...]
    versions: dict[str, str]
    models: dict[str, str]


def rejected(stream: Stream) -> tuple[Rejected, ...]:
    """What was rejected, by reason, the most frequent first."""
    stages: dict[str, Counter[str]] = {}
    examples: dict[str, list[tuple[str, str]]] = {}
    for reason, stage, where, message in _rejects(stream):
        stages.setdefault(reason, Counter())[stage] += 1
        if len(shown := examples.setdefault(reason, [])) < EXAMPLES:
            shown.append((where, message))
    return tuple(
        Rejected(
            found.name,
            REJECT_REASONS.get(found.name, ""),
            found.count,
            counts(stages[found.name]),
            tuple(examples[found.name]),
        )
        for found in counts({reason: each.total() for reason, each in stages.items()})
    )


def _rejects(stream: Stream) -> Iterator[tuple[str, str, str, str]]:
    for part in stream("rejects", ("source", "record", "stage", "reason", "message")):
        for row in part.to_pylist():
            where = " · ".join(filter(None, (row["source"], row["record"])))
            yield row["reason"], row["stage"], where, row["message"]


def last_run(runs: pa.Table | None) -> Run | None:
    """The last run of the table; the report's own stage, which is not done yet, is left out."""
    if runs is None or not runs.num_rows:
        return None
    row = max(runs.to_pylist(), key=lambda run: str(run["run_id"]))
    return Run(
        row["run_id"],
        row["started_at"],
        row["finished_at"],
        row["corpus"],
        tuple(stage for stage in row["stages"] if stage["stage"] != "report"),
        json.loads(row["versions"]),
        json.loads(row["models"]),
    )
