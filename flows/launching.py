"""A flow run from the command line: with a server for the time of the run, and its result back."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from flows.accounting import Request
from flows.progress import Listener, listener
from schemas.backfill import Backfill
from schemas.config import PipelineConfig
from schemas.errors import CorpusmillError
from schemas.stages import StageName, backfilled, with_upstream
from schemas.training import TrainingConfig
from tasks.folders import Results, located
from tasks.history import RunAccount
from tasks.places import storage
from tasks.planning import check_models


def launch(
    corpus: str,
    results: Results,
    config: PipelineConfig,
    stages: tuple[StageName, ...],
    hears: Listener,
    backfill: Backfill | None = None,
) -> RunAccount:
    """Run the flow to its end, its history recorded; its account.

    Raises what the flow raised on purpose, so that the command line can say it; `CorpusError` on a
    URL with a password, before Prefect records it; `ServerLost` where the Prefect server that is
    configured does not answer, or ends.
    """
    storage.check(corpus)
    storage.check(str(results))
    if backfill:
        names = backfilled(stages, config, ranged=backfill.ranged)
    else:
        names = with_upstream(stages, config)
    check_models(config, names)
    for quiet in ("HANDLERS_CONSOLE", "LOGGERS_PREFECT__INTERNAL"):
        os.environ.setdefault(f"PREFECT_LOGGING_{quiet}_LEVEL", "CRITICAL")

    from flows import first_look
    from flows.prefect_api import configured

    token = listener.set(hears)
    try:
        with first_look.kept():
            request = Request(corpus, located(results), config, names, backfill)
            idle = None if configured() else first_look.idle(request)
            return idle or _run(corpus, str(results), stages, backfill, config)
    finally:
        listener.reset(token)


def _run(corpus: str, results: str, *asked: object) -> RunAccount:
    """The account of the flow, with a Prefect server that knows of it."""
    from flows.analyze_corpus import analyze_corpus
    from flows.prefect_api import needed
    from flows.temporary_server import prefect_server, wait_until_recorded

    with prefect_server(), needed():
        state = analyze_corpus(corpus, results, *asked, return_state=True)
        result = state.result(raise_on_failure=False)
        if isinstance(result, RunAccount) and state.state_details.flow_run_id:
            wait_until_recorded(state.state_details.flow_run_id, result.tasks)
    if isinstance(result, RunAccount):
        return result
    if isinstance(result, BaseException):
        raise result
    raise CorpusmillError(f"the flow ended as {state.name}: {state.message}")


def train(
    config: TrainingConfig, data: Sequence[Path], dev: Sequence[Path], out: Path
) -> dict[str, float]:
    """Run the training flow, which says how it goes on the standard error; the scores."""
    from flows.temporary_server import prefect_server
    from flows.train import train_model

    log = logging.getLogger("corpusmill.training")
    log.setLevel(logging.INFO)
    log.addHandler(logging.StreamHandler())
    with prefect_server():
        return train_model(config, data, dev, out)
