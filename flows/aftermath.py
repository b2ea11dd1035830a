"""After a run, however it ended: its metrics are written, and who must know of a failure is told.

These are hooks of Prefect: they run in the flow's process, or, where that was killed, in the
worker's. What goes wrong in a hook never changes how the run ended.
"""

from dataclasses import asdict

from prefect import Flow, get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.logging.loggers import flow_run_logger
from prefect.settings import PREFECT_UI_URL

from flows import artifacts, webhook
from flows.progress import listener
from flows.remedies import remedy
from schemas.config import PipelineConfig
from schemas.errors import ResultsError
from tasks import history, metrics, rejects
from tasks.folders import located
from tasks.history import RunAccount
from tasks.store import Store

_FAILURES = 20
"""Most failures that are told; the log has all."""
_TOLD = ("rejects", "failed", "crashed")


def write_metrics(flow: Flow[..., object], flow_run: FlowRun, state: State[object]) -> None:
    """Replace the metrics file, where the settings name one; a run that only planned has none."""
    if state.name == artifacts.PLANNED:
        return
    config = PipelineConfig.model_validate(flow_run.parameters.get("config") or {})
    if config.run.metrics_file is None:
        return
    store = Store(located(flow_run.parameters.get("results", "results")))
    try:
        metrics.write(config.run.metrics_file, _ended(store, flow_run, state))
    except OSError as error:
        line = f"the metrics of this run could not be written: {error}; {remedy(error)}"
        listener.get().note(line)
        flow_run_logger(flow_run, flow).warning("%s", line)


def call_webhook(flow: Flow[..., object], flow_run: FlowRun, state: State[object]) -> None:
    """Tell the address that the operator gave, if any, of a run that did not end as done."""
    if outcome(state) not in _TOLD:
        return
    url = webhook.address()
    if url is None:
        return
    log = flow_run_logger(flow_run, flow)
    try:
        webhook.post(url, body(flow, flow_run, state))
    except webhook.WebhookFailed as error:
        log.warning("the webhook was not told of this run: %s", error)
    else:
        log.info("the webhook was told of this run")


def outcome(state: State[object]) -> str:
    """How a run ended: one of `tasks.metrics.OUTCOMES`."""
    account = _account(state)
    if account is not None:
        return account.outcome
    return "done" if state.is_completed() else state.type.value.lower()


def body(flow: Flow[..., object], flow_run: FlowRun, state: State[object]) -> dict[str, object]:
    """What the webhook is told; `text` alone is what chat services show."""
    account, asked = _account(state), flow_run.parameters
    how, name = outcome(state), _name(flow_run)
    said = state.message or ""
    return {
        "text": f"{flow.name} {name}: {said if account else f'{how}: {said}'}",
        "flow": flow.name,
        "run": name,
        "flow_run_id": str(flow_run.id),
        "url": f"{PREFECT_UI_URL.value()}/runs/flow-run/{flow_run.id}",
        "outcome": how,
        "message": said,
        "corpus": asked.get("corpus"),
        "results": str(asked["results"]) if "results" in asked else None,
        "ended_at": state.timestamp.isoformat(),
        "failures": list(account.failures[:_FAILURES]) if account else [said],
        "stages": {s.stage: asdict(s.books) for s in account.stages} if account else {},
    }


def _name(flow_run: FlowRun) -> str:
    """The name of a run as it is now: a worker knows that from before the run began."""
    with get_client(sync_client=True) as client:
        return client.read_flow_run(flow_run.id).name


def _account(state: State[object]) -> RunAccount | None:
    found = getattr(state.data, "result", state.data)  # Prefect wraps what a flow returns
    return found if isinstance(found, RunAccount) else None


def _ended(store: Store, flow_run: FlowRun, state: State[object]) -> metrics.Ended:
    account = _account(state)
    began = flow_run.start_time or flow_run.expected_start_time or state.timestamp
    return metrics.Ended(
        str(store.root),
        outcome(state),
        account.started_at if account else began,
        account.finished_at if account else state.timestamp,
        history.last_success(store),
        account.stages if account else (),
        _rejects(store),
    )


def _rejects(store: Store) -> list[tuple[str, str, int]]:
    try:
        groups = rejects.groups(store, rejects.Choice())
    except ResultsError:  # damaged: the next run makes it anew
        return []
    return [(group.stage, group.reason, group.count) for group in groups]
