"""The tasks of a run, submitted to Prefect: what each waits for, how it ends, who hears of it."""

import logging
from collections.abc import Callable, Iterator
from functools import partial

from prefect import tags, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture
from prefect.states import Completed
from prefect.tasks import Task, exponential_backoff

from flows import artifacts
from flows.progress import Listener, listener
from flows.remedies import FINAL
from flows.run_log import Quota, Speaker, speaker
from flows.task_runners import Runner
from schemas.config import PipelineConfig
from schemas.receipts import Receipt
from schemas.stages import STAGES, Kind, upstream

Work = Callable[[], Receipt]
Future = PrefectFuture[Receipt]


def passing(_task: Task[..., object], _task_run: TaskRun, state: State[object]) -> bool:
    """Whether a task failed by an I/O error that may pass, and so is tried again."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, OSError) and error.errno not in FINAL


@task(
    task_run_name="{stage} {partition:05d}",
    persist_result=False,
    cache_policy=NO_CACHE,
    retry_condition_fn=passing,
)
def compute(stage: str, partition: int, work: Work) -> State[Receipt] | Receipt:  # noqa: ARG001  # they name the task run
    """One stage on one partition; shown as cached where nothing had to be done."""
    receipt = work()
    if receipt.reused:
        return Completed(name="Cached", data=receipt)
    return receipt


class Submissions:
    """The tasks of one run; those of a round are kept until it is settled."""

    def __init__(self, config: PipelineConfig, runner: Runner) -> None:
        self._config, self._runner = config, runner
        self.count = 0
        """Tasks submitted so far."""
        self.progress = artifacts.Progress()
        self._quota = Quota("more was rejected than is shown here: see the table rejects")
        self._futures: dict[tuple[str, int], Future] = {}
        self._compute = compute.with_options(
            retries=config.run.retries,
            retry_delay_seconds=exponential_backoff(config.run.retry_delay_s),
        )

    def submit(self, name: str, partition: int, work: Work, *, here: bool = False) -> Future:
        """Submit a task that waits for the same partition, or all, of the stages it reads.

        What needs all that this process knows is done `here`, in a thread.
        """
        stage = STAGES[name]
        above = {s.name for s in upstream(stage, self._config)}
        same = stage.kind is Kind.DOCUMENT
        after = [
            future
            for (other, number), future in self._futures.items()
            if other in above and (not same or number == partition)
            if STAGES[other].kind is Kind.DOCUMENT
        ]
        hears = listener.get()
        hears.expects(name, 1)
        self.progress.submitted()
        future: Future
        with tags(name):
            if here:
                future = self._compute.submit(name, partition, work, wait_for=after)  # type: ignore[call-overload]  # Prefect's overloads forget wait_for
            else:
                asked = {"stage": name, "partition": partition, "work": work}
                future = self._runner.submit(self._compute, asked, wait_for=after)
        future.add_done_callback(partial(self._heard, hears, speaker(), name))
        self._futures[name, partition] = future
        self.count += 1
        return future

    def pending(self, name: str) -> bool:
        """Whether a task that a stage waits for has been submitted in this round."""
        above = {s.name for s in upstream(STAGES[name], self._config)}
        return any(stage in above for stage, _ in self._futures)

    def of(self, *names: str) -> Iterator[object]:
        """What the tasks of these stages end with, each as it ends."""
        for (name, _), future in self._futures.items():
            if name in names:
                yield result(future)

    def settled(self) -> Iterator[tuple[str, int, object]]:
        """The stage, partition and end of every task of the round, which is over then."""
        for (name, partition), future in self._futures.items():
            yield name, partition, result(future)
        self._futures.clear()

    def _heard(self, hears: Listener, say: Speaker, name: str, future: Future) -> None:
        """Say that a task has ended, and what it rejected; called in a thread of the runner."""
        self.progress.ended()
        ended = result(future)
        if not isinstance(ended, Receipt):
            hears.finished(name, None)
            return
        hears.finished(name, ended)
        for line in map(self._quota.passed, ended.notes):
            if line is not None:
                say(line, logging.WARNING)


def result(future: Future) -> object:
    """The receipt of a task, or its error, or that of the cluster that was to do it."""
    try:
        return future.result(raise_on_failure=False)
    except Exception as error:  # noqa: BLE001  # of Prefect, of Dask
        return error


def ended_well(future: Future) -> bool:
    """Whether a task has done its work."""
    return isinstance(result(future), Receipt)
