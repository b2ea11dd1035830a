"""What is done after a run, for each way that one can end."""

import errno
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock
from uuid import uuid4

import pytest
from prefect import flow
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Cancelled, Completed, Crashed, Failed
from prometheus_client.parser import text_string_to_metric_families

from flows import aftermath, artifacts
from flows.progress import listener
from flows.webhook import WebhookFailed
from schemas.config import PipelineConfig
from schemas.receipts import Books
from tasks import history
from tasks.history import RunAccount, StageAccount
from tasks.store import Store

BEGAN = datetime(2026, 3, 4, 2, 0, 0, tzinfo=UTC)
FINISHED = datetime(2026, 3, 4, 2, 1, 30, tzinfo=UTC)
STAGES = (StageAccount("ingest", "f", Books(found=3, done=1, reused=2), seconds=2.0),)


@flow
def analysis() -> None:
    """Hooks are given the flow."""


def account(outcome: str, *failures: str) -> RunAccount:
    return RunAccount(BEGAN, FINISHED, outcome, "corpus", STAGES, failures)


@pytest.fixture
def told() -> Iterator[mock.Mock]:
    """The webhook, which has an address, and no server behind the run."""
    with (
        mock.patch("flows.webhook.address", return_value="https://hook"),
        mock.patch("flows.webhook.post") as post,
        mock.patch("flows.aftermath._name", return_value="corpus → results"),
        mock.patch("flows.aftermath.flow_run_logger"),
    ):
        yield post


def run(store: Store, metrics_file: Path | None) -> FlowRun:
    """A run into the store, as the server knows it: its parameters are JSON."""
    settings = PipelineConfig.model_validate({"run": {"metrics_file": metrics_file}})
    asked = {
        "corpus": "corpus",
        "results": str(store.root),
        "config": settings.model_dump(mode="json"),
    }
    return FlowRun(flow_id=uuid4(), name="of a worker", parameters=asked, start_time=BEGAN)


@pytest.mark.parametrize(
    ("state", "outcome", "failures"),
    [
        (artifacts.final_state(account("rejects")), "rejects", []),
        (artifacts.final_state(account("failed", "disk", "full")), "failed", ["disk", "full"]),
        (Failed(message="ResultsLocked: another"), "failed", ["ResultsLocked: another"]),
        (Crashed(message="SIGKILL"), "crashed", ["SIGKILL"]),
    ],
)
def test_the_webhook_is_told(
    store: Store, told: mock.Mock, state: State[object], outcome: str, failures: list[str]
) -> None:
    """What went wrong, with what is known of the counts."""
    aftermath.call_webhook(analysis, run(store, None), state)

    ((url, body), _) = told.call_args
    assert url == "https://hook"
    assert (body["outcome"], body["failures"]) == (outcome, failures)
    assert body["text"].startswith(f"analysis corpus → results: {outcome}: ")
    assert body["stages"] == (
        {} if state.data is None else {"ingest": {**body["stages"]["ingest"], "reused": 2}}
    )


@pytest.mark.parametrize(
    "state",
    [
        artifacts.final_state(account("done")),
        Completed(name=artifacts.PLANNED),
        Cancelled(),
    ],
)
def test_the_webhook_is_not_told_of_what_is_well(
    store: Store, told: mock.Mock, state: State[object]
) -> None:
    """A run that was cancelled was cancelled by somebody."""
    aftermath.call_webhook(analysis, run(store, None), state)

    told.assert_not_called()


def test_a_webhook_that_fails_is_said_and_no_more(store: Store, told: mock.Mock) -> None:
    """In the log of the run."""
    told.side_effect = WebhookFailed("it answered with status 403")

    with mock.patch("flows.aftermath.flow_run_logger") as log:
        aftermath.call_webhook(analysis, run(store, None), Crashed())

    assert "status 403" in str(log.return_value.warning.call_args)


@pytest.mark.parametrize(
    ("state", "outcome", "documents"),
    [
        (artifacts.final_state(account("done")), "done", True),
        (artifacts.final_state(account("failed", "disk")), "failed", True),
        (Failed(message="ResultsLocked: another"), "failed", False),
        (Crashed(), "crashed", False),
        (Cancelled(), "cancelled", False),
    ],
)
def test_every_end_is_measured(
    store: Store, tmp_path: Path, state: State[object], outcome: str, *, documents: bool
) -> None:
    """With its stages, where it came to do its accounts, and the last success of all runs."""
    config = PipelineConfig()
    for number, how in enumerate(("done", "failed")):
        history.record(store, history.run_rows(number, account(how), config, {}))
    file = tmp_path / "metrics" / "x.prom"

    aftermath.write_metrics(analysis, run(store, file), state)

    said = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(file.read_text("utf-8"))
        for sample in family.samples
    }
    results = ("results", str(store.root))
    assert said["corpusmill_run_outcome", (("outcome", outcome), results)] == 1
    success = said["corpusmill_last_success_timestamp_seconds", (results,)]
    assert success == FINISHED.timestamp()
    assert any(name == "corpusmill_documents" for name, _ in said) == documents


def test_without_a_setting_nothing_is_measured(store: Store, tmp_path: Path) -> None:
    """Nor where a run only planned."""
    before = sorted(tmp_path.rglob("*"))

    aftermath.write_metrics(analysis, run(store, None), artifacts.final_state(account("done")))
    planned: State[object] = Completed(name=artifacts.PLANNED)
    aftermath.write_metrics(analysis, run(store, tmp_path / "x.prom"), planned)

    assert sorted(tmp_path.rglob("*")) == before


def test_metrics_that_cannot_be_written_are_said_and_no_more(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk that is full under them is no fault of the run; the line names file and fix."""
    file, hears = tmp_path / "a.prom", mock.Mock()
    token = listener.set(hears)
    with mock.patch.object(Path, "write_bytes", side_effect=OSError(errno.ENOSPC, "full")):
        aftermath.write_metrics(analysis, run(store, file), artifacts.final_state(account("done")))
    listener.reset(token)

    (line,) = (call.args[0] for call in hears.note.call_args_list)
    assert f"No space left on device: '{file}'; free space on that disk" in line
    assert line in caplog.text
    assert not file.exists()
