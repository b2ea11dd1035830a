"""Metrics of a run, as Prometheus reads them."""

import errno
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest
from prometheus_client.parser import text_fd_to_metric_families

from schemas.receipts import Books
from tasks import metrics
from tasks.history import StageAccount
from tasks.metrics import Ended

BEGAN = datetime(2026, 3, 4, 2, 0, 0, tzinfo=UTC)
FINISHED = datetime(2026, 3, 4, 2, 1, 30, tzinfo=UTC)
BOOKS = Books(found=10, done=4, reused=3, duplicate=1, rejected=2)
STAGES = (
    StageAccount("entities", "f", BOOKS, seconds=8.0, peak_bytes=5_000_000),
    StageAccount("report", "g", Books(found=1, reused=1), seconds=0.0),
)


def values(file: Path) -> dict[str, dict[str, float]]:
    """By name, then by labels but the results, joined by blanks."""
    found: dict[str, dict[str, float]] = {}
    with file.open() as lines:
        for family in text_fd_to_metric_families(lines):
            assert family.type == "gauge"
            assert family.documentation
            for sample in family.samples:
                assert sample.labels.pop("results") == "/srv/results"
                labels = " ".join(sample.labels[name] for name in sorted(sample.labels))
                found.setdefault(sample.name.removeprefix("corpusmill_"), {})[labels] = sample.value
    return found


def test_a_run_is_measured(tmp_path: Path) -> None:
    """Documents by outcome add up to what was found; rates are of one worker."""
    success = datetime(2026, 3, 3, tzinfo=UTC)
    rejects = [("ingest", "empty", 2), ("entities", "deadline", 1)]
    file = tmp_path / "new" / "of-a-night.prom"

    metrics.write(file, Ended("/srv/results", "rejects", BEGAN, FINISHED, success, STAGES, rejects))

    found = values(file)
    documents = {key: n for key, n in found["documents"].items() if key.endswith("entities")}
    assert documents == {
        "done entities": 4,
        "reused entities": 3,
        "duplicate entities": 1,
        "rejected entities": 2,
        "skipped entities": 0,
    }
    assert found["rejects"] == {"empty ingest": 2, "deadline entities": 1}
    assert found["stage_seconds"] == {"entities": 8.0, "report": 0.0}
    assert found["stage_documents_per_second"] == {"entities": 0.5, "report": 0.0}
    assert found["stage_peak_bytes"]["entities"] == 5_000_000
    assert found["run_seconds"] == {"": 90.0}
    assert found["run_finished_timestamp_seconds"] == {"": FINISHED.timestamp()}
    assert found["last_success_timestamp_seconds"] == {"": success.timestamp()}


def test_exactly_one_outcome_is_so(tmp_path: Path) -> None:
    """The others stand there as 0, so that an alert on one has a series from the start."""
    metrics.write(tmp_path / "x", Ended("/srv/results", "failed", BEGAN, FINISHED, None))

    assert values(tmp_path / "x")["run_outcome"] == {
        "done": 0,
        "rejects": 0,
        "failed": 1,
        "crashed": 0,
        "cancelled": 0,
    }


def test_a_run_without_accounts_has_no_stages(tmp_path: Path) -> None:
    """And a folder where no run was done yet no time of success; what stood before is gone."""
    file = tmp_path / "x"
    metrics.write(file, Ended("/srv/results", "done", BEGAN, FINISHED, FINISHED, STAGES))

    metrics.write(file, Ended("/srv/results", "crashed", BEGAN, FINISHED, None))

    assert set(values(file)) == {"run_outcome", "run_seconds", "run_finished_timestamp_seconds"}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_clock_set_back_gives_no_negative_time(tmp_path: Path) -> None:
    """The run took some time, though it seems to have ended before it began."""
    file = tmp_path / "a.prom"

    metrics.write(file, Ended("/srv/results", "failed", FINISHED, BEGAN, None))

    assert values(file)["run_seconds"] == {"": 0.0}


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path: Path) -> None:
    """And nothing beside it that a collector would read."""
    file = tmp_path / "a.prom"
    metrics.write(file, Ended("/srv/results", "done", BEGAN, FINISHED, None))
    before = file.read_bytes()

    with (
        mock.patch.object(Path, "write_bytes", side_effect=OSError(errno.ENOSPC, "full")),
        pytest.raises(OSError, match=r"No space left on device: .*/a\.prom"),
    ):
        metrics.write(file, Ended("/srv/results", "failed", BEGAN, FINISHED, None))

    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.prom"]
