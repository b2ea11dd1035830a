"""The flow itself, with workers in this process and tasks that run where they are submitted."""

import errno
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
from prefect.states import Failed

from flows import submissions
from schemas.config import PipelineConfig
from schemas.errors import ResultsLocked
from schemas.stages import STAGES, StageName
from tasks.ingest import ReadJob
from tasks.partitions import Job
from tasks.places.source import Source
from tasks.store import Store
from tests import in_process
from tests.flow_in_process import Here, Runs
from tests.results import part_path
from tests.small_models import SmallModels
from tests.tables import assert_same_rows

pytestmark = pytest.mark.usefixtures("in_place")

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Five texts, one of them empty."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in "abcd":
        (folder / f"{name}.txt").write_text(f"The boat {name} lies in the harbour. It is old.")
    (folder / "void.txt").write_text("")
    return folder


@pytest.fixture
def runs(corpus: Path, tmp_path: Path, small_models: SmallModels) -> Runs:
    """With small models."""
    return Runs(corpus, tmp_path / "results", small_models.settings)


def test_the_first_run_does_all(runs: Runs) -> None:
    """Every stage has an account, and the run is in the table of runs."""
    account = runs.once()

    assert (account.outcome, account.failures) == ("done", ())
    assert [stage.stage for stage in account.stages] == list(STAGES)
    assert {s.books.done for s in account.stages if s.stage != "report"} == {4}
    assert Store(runs.results).read("runs", 0)["outcome"].to_pylist() == ["done"]


def test_the_second_run_submits_nothing(runs: Runs) -> None:
    """What stands is reused without a task."""
    runs.once()

    account = runs.once()

    assert account.tasks == 0
    assert {stage.books.done for stage in account.stages} == {0}


def test_the_flow_is_the_run_in_process(runs: Runs, tmp_path: Path) -> None:
    """The tests' own way to run gives the same rows."""
    runs.once()
    config = PipelineConfig.model_validate(runs.settings)

    in_process.run(runs.corpus, tmp_path / "other", config)

    assert_same_rows(in_process.rows(runs.results), in_process.rows(tmp_path / "other"))


def test_only_the_stages_asked_for(runs: Runs) -> None:
    """And those that they read."""
    account = runs.once((StageName.EMBEDDINGS,))

    assert [stage.stage for stage in account.stages] == ["ingest", "preprocess", "embeddings"]
    assert Store(runs.results).partitions("entities") == []


@pytest.mark.parametrize("table", ["documents", "tokens", "embeddings", "topic_model"])
def test_damaged_parts_are_made_again(runs: Runs, table: str) -> None:
    """Damage within the rows comes to light when they are read; the run mends it."""
    runs.once()
    before = in_process.rows(runs.results)
    path = part_path(Store(runs.results), table, 0)
    broken = bytearray(path.read_bytes())
    broken[len(broken) // 8] ^= 1
    path.write_bytes(broken)
    (runs.corpus / "e.txt").write_text("A new boat lies in the harbour.")

    grown = runs.once()
    (runs.corpus / "e.txt").unlink()
    again = runs.once()

    assert (grown.outcome, again.outcome) == ("done", "done")
    assert_same_rows(in_process.rows(runs.results), before)


def test_a_disk_that_damages_all_ends_the_run(runs: Runs) -> None:
    """After three rounds it is not tried again."""
    from schemas.errors import DamagedPart

    def damage(job: object) -> None:
        if isinstance(job, Job) and job.stage == "sentiment":
            raise DamagedPart("documents/none", "documents", 0, "checksum")

    Here.fails = staticmethod(damage)

    account = runs.once()

    assert account.outcome == "failed"
    assert "check the disk" in account.failures[-1]
    assert sum("set aside" in note for note in runs.notes) == 3


def test_a_stage_that_fails_costs_no_other(runs: Runs) -> None:
    """Stages that read it wait for the next run; the others are done."""

    def fail(job: object) -> None:
        if isinstance(job, Job) and job.stage == "embeddings":
            raise OSError(errno.ENOSPC, "No space left on device")

    Here.fails = staticmethod(fail)

    account = runs.once()

    assert account.outcome == "failed"
    assert {line.split()[0] for line in account.failures} == {"embeddings"}
    assert "No space left on device" in account.failures[0]
    store = Store(runs.results)
    assert store.partitions("sentiment") == [0, 1]
    assert store.partitions("keywords") == store.partitions("similar_documents") == []
    Here.fails = staticmethod(lambda _job: None)
    assert runs.once().outcome == "done"


def test_what_cannot_be_read_stays_as_it_stands(runs: Runs) -> None:
    """A failing disk under the corpus takes no document away."""
    runs.once()
    before = in_process.rows(runs.results)["documents"]
    for name in "ab":
        (runs.corpus / f"{name}.txt").write_text("changed")

    def fail(job: object) -> None:
        if isinstance(job, ReadJob):
            raise OSError(errno.EIO, "Input/output error")

    Here.fails = staticmethod(fail)

    account = runs.once()

    assert account.outcome == "failed"
    assert in_process.rows(runs.results)["documents"] == before


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        ({"max_reject_share": 0.2}, "done"),
        ({"max_reject_share": 0.19}, "rejects"),
        ({"max_reject_share": 1.0, "max_rejects": 0}, "rejects"),
        ({"max_reject_share": 1.0, "max_rejects": 1}, "done"),
    ],
)
def test_too_many_rejects(runs: Runs, limits: dict[str, object], outcome: str) -> None:
    """By share or by number; at the limit is not above it."""
    account = runs.once((StageName.INGEST,), **limits)

    assert account.outcome == outcome


def test_books_that_do_not_balance_fail_the_run(runs: Runs) -> None:
    """A part that vanishes under the run is not passed over."""

    def lose(function: object) -> None:
        Store(runs.results).drop("sentiment", 0)

    Here.fails = staticmethod(lambda job: None if isinstance(job, Job | ReadJob) else lose(job))

    account = runs.once()

    assert account.outcome == "failed"
    assert "sentiment: found 4 but 1 accounted for" in account.failures[0]


def test_one_run_at_a_time(runs: Runs) -> None:
    """A second run is turned away before it does anything."""
    with Store(runs.results).locked(0), pytest.raises(ResultsLocked):
        runs.once()


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (OSError(errno.EIO, "Input/output error"), True),
        (TimeoutError("the share is slow"), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (PermissionError(errno.EACCES, "Permission denied"), False),
        (ValueError("a defect"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: Exception, *, again: bool) -> None:
    """Waiting mends neither a full disk nor a defect."""
    assert submissions.passing(mock.Mock(), mock.Mock(), Failed(data=error)) == again


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_set_changes_no_duration(runs: Runs, hours: int) -> None:
    """A run lasts as long as it does, whatever the clock on the wall says of it."""
    began = time.monotonic()
    with mock.patch("flows.accounting.datetime") as clock:
        clock.now.side_effect = (NOW, *[NOW + timedelta(hours=hours)] * 99)
        account = runs.once((StageName.INGEST,))
    lasted = time.monotonic() - began

    assert account.started_at == NOW
    assert timedelta(0) <= account.finished_at - account.started_at <= timedelta(seconds=lasted)


def test_what_is_gone_and_what_cannot_be_read_is_said(runs: Runs) -> None:
    """A document that is gone takes its facts with it; a file that may not be opened keeps them."""
    runs.once()
    (runs.corpus / "a.txt").unlink()
    opened = Source.open

    def refusing(source: Source, **options: object) -> object:
        if source.source == "b.txt":
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(source, **options)  # type: ignore[arg-type]  # passed on

    with mock.patch.object(Source, "open", refusing):
        account = runs.once()

    said = " ".join(runs.notes)
    left = pd.read_parquet(runs.results / "documents").set_index("doc_id")["source"]
    assert account.outcome == "done"
    assert {*left} == {"b.txt", "c.txt", "d.txt"}
    for table in ("tokens", "entities", "sentiment", "similar_documents"):
        assert {*pd.read_parquet(runs.results / table)["doc_id"]} <= {*left.index}
    assert "1 known sources, a.txt for one, are gone from the corpus" in said
    assert "1 known sources, b.txt for one, cannot be read now" in said
    assert runs.once().tasks == 0
