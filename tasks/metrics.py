"""The last run as metrics in Prometheus text format, for node_exporter's textfile collector.

A file holds one results folder, named by the label `results`, so that the files of several folders
can stand in one directory. Every metric is a gauge: it tells of the last run, or of what stands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from tasks.folders.disk import replacing
from tasks.history import StageAccount

OUTCOMES = ("done", "rejects", "failed", "crashed", "cancelled")


@dataclass(frozen=True)
class Ended:
    """A run that has ended, one way or another."""

    results: str
    outcome: str
    """One of `OUTCOMES`."""
    started_at: datetime
    finished_at: datetime
    last_success: datetime | None
    """When a run of this folder last ended as done; None if none has."""
    stages: Sequence[StageAccount] = ()
    """Empty where the run ended before it had done its accounts."""
    rejects: Sequence[tuple[str, str, int]] = ()
    """Stage, reason and number of what stands in the table rejects."""


def write(path: Path, ended: Ended) -> None:
    """Write the file, in one go over the one that stood there; its folder is made."""
    with replacing(path) as temporary:
        temporary.write_bytes(generate_latest(registry(ended)))


def registry(ended: Ended) -> CollectorRegistry:
    """The metrics of a run."""
    made = _Gauges(ended.results)
    for name in OUTCOMES:
        made.put(
            "run_outcome", "1 for how the last run ended.", ended.outcome == name, outcome=name
        )
    seconds = max((ended.finished_at - ended.started_at).total_seconds(), 0.0)
    made.put("run_seconds", "Duration of the last run.", seconds)
    at = ended.finished_at.timestamp()
    made.put("run_finished_timestamp_seconds", "When the last run ended.", at)
    if ended.last_success:
        at = ended.last_success.timestamp()
        made.put("last_success_timestamp_seconds", "When a run was last done.", at)
    _stages(made, ended.stages)
    for stage, reason, count in ended.rejects:
        about = "What stands rejected, by stage and reason."
        made.put("rejects", about, count, stage=stage, reason=reason)
    return made.registry


def _stages(made: "_Gauges", stages: Iterable[StageAccount]) -> None:
    for account in stages:
        stage, books = account.stage, asdict(account.books)
        del books["found"]  # the sum of the others
        for outcome, count in books.items():
            about = "Documents at a stage in the last run, by outcome."
            made.put("documents", about, count, stage=stage, outcome=outcome)
        about = "Compute time of a stage in the last run, of one worker."
        made.put("stage_seconds", about, account.seconds, stage=stage)
        rate = account.books.done / account.seconds if account.seconds else 0.0
        about = "Documents that a worker did a second at a stage in the last run."
        made.put("stage_documents_per_second", about, rate, stage=stage)
        about = "Largest resident memory of a worker at a stage in the last run."
        made.put("stage_peak_bytes", about, account.peak_bytes, stage=stage)


class _Gauges:
    """Gauges of one results folder, each made when it is first set."""

    def __init__(self, results: str) -> None:
        self.registry = CollectorRegistry()
        self._results = results
        self._made: dict[str, Gauge] = {}

    def put(self, name: str, about: str, value: float, **labels: str) -> None:
        """Set a gauge for these labels."""
        if name not in self._made:
            names = ["results", *labels]
            self._made[name] = Gauge(f"corpusmill_{name}", about, names, registry=self.registry)
        self._made[name].labels(results=self._results, **labels).set(value)
