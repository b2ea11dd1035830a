"""The flow for tests: workers in this process, tasks that run where they are submitted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from unittest import mock

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed, Pending

from flows import submissions
from flows.analyze_corpus import analyze_corpus
from flows.progress import listener
from schemas.backfill import Backfill
from schemas.config import PipelineConfig, RunConfig
from schemas.receipts import Receipt
from schemas.stages import StageName
from tasks import ingest, partitions
from tasks.history import RunAccount
from tasks.ingest import ReadJob
from tasks.partitions import Job

NAMES = tuple(StageName)


class Done:
    """The future of a task that has ended."""

    def __init__(self, state: State[Receipt]) -> None:
        self.state = state

    def result(self, *, raise_on_failure: bool = True) -> Receipt:
        """What it gave, or its error."""
        return self.state.result(raise_on_failure=raise_on_failure)

    def add_done_callback(self, heard: Callable[[Self], None]) -> None:
        """It has ended already."""
        heard(self)


class AtOnce:
    """Prefect's task and its runner: work is done where it is submitted."""

    def with_options(self, **_options: object) -> Self:
        """Retries are Prefect's part."""
        return self

    def submit(
        self,
        _task: object,
        asked: Mapping[str, submissions.Work],
        work: submissions.Work | None = None,
        *,
        wait_for: Sequence[Done],
    ) -> Done:
        """Do it, unless what it waits for has failed."""
        if not all(future.state.is_completed() for future in wait_for):
            return Done(Pending(name="NotReady"))
        try:
            return Done(Completed(data=(work or asked["work"])()))
        except Exception as error:  # noqa: BLE001  # as Prefect does
            return Done(Failed(data=error, message=str(error)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing to end."""


class Here:
    """Workers that work in this process; `fails` says which work goes wrong."""

    fails: Callable[[object], object] = staticmethod(lambda _job: None)

    def __init__(self, config: RunConfig) -> None:
        self.count = 1

    def partition(self, job: Job) -> Receipt:
        """One stage on one partition."""
        Here.fails(job)
        return partitions.run(job)

    def whole(self, function: Callable[..., Receipt], *args: object) -> Receipt:
        """A stage that sees all."""
        Here.fails(function)
        return function(*args)

    def read(self, job: ReadJob) -> Receipt:
        """Some sources."""
        Here.fails(job)
        batch, seconds = ingest.read_batch(job)
        notes = tuple(batch.notes())
        return Receipt("ingest", 0, seconds=seconds, written=(batch.name,), notes=notes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing to end."""


@contextmanager
def in_place() -> Iterator[None]:
    """No Prefect server, no worker processes."""
    with (
        mock.patch("flows.submissions.compute", AtOnce()),
        mock.patch("flows.task_runners.Workers", Here),
        mock.patch("flows.task_runners.threads", return_value=AtOnce()),
        mock.patch("flows.artifacts.publish"),
        mock.patch("flows.artifacts.create_progress_artifact"),
        mock.patch("flows.artifacts.update_progress_artifact"),
        mock.patch.object(Here, "fails", staticmethod(lambda _job: None)),
    ):
        yield


class Runs:
    """Runs of the flow into one folder."""

    def __init__(self, corpus: Path, results: Path, settings: dict[str, dict[str, object]]) -> None:
        self.corpus, self.results, self.settings = corpus, results, settings
        self.notes: list[str] = []

    def once(
        self,
        stages: tuple[StageName, ...] = NAMES,
        *,
        backfill: Backfill | None = None,
        **run: object,
    ) -> RunAccount:
        """The account of a run, with these settings of `run`."""
        settings = self.settings | {"run": self.settings["run"] | run}
        hears = mock.Mock()
        hears.note = self.notes.append
        token = listener.set(hears)
        try:
            config = PipelineConfig.model_validate(settings)
            state = analyze_corpus.fn(str(self.corpus), self.results, stages, backfill, config)
        finally:
            listener.reset(token)
        account: RunAccount = state.data
        return account
