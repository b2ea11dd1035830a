"""What the Prefect server does where no hook can: `python -m flows.automations` sets it up.

A flow killed together with its worker runs no hook, and stays Running for ever; a run that no
worker takes stays Late. Two automations on the server see both. They call the webhook, where
`CORPUSMILL_WEBHOOK_URL` names one; doing it again replaces them.
"""

import os
import sys
from datetime import timedelta
from uuid import UUID

from prefect.automations import Automation
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes, CallWebhook, ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from pydantic import SecretStr

from flows.webhook import VARIABLE

_BLOCK = "corpusmill-webhook"
_ENDS = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Cancelled", "Crashed")}
_SILENT = timedelta(seconds=120)
"""A running flow tells the server every 30 s that it lives."""
_LATE = timedelta(minutes=15)
_PAYLOAD = """{
  "text": "{{ flow.name }} {{ flow_run.name }}: %s",
  "flow": "{{ flow.name }}",
  "run": "{{ flow_run.name }}",
  "flow_run_id": "{{ flow_run.id }}",
  "url": "{{ flow_run|ui_url }}",
  "outcome": "%s"
}"""


def create(url: str | None, *, silent: timedelta = _SILENT, late: timedelta = _LATE) -> list[str]:
    """Create or replace the automations; their names.

    Args:
        url: The webhook; None calls none.
        silent: How long a running flow may say nothing before it counts as crashed.
        late: How long a run may wait for a worker beyond its time.
    """
    made = [_crashed(url, silent)]
    if url:
        made.append(_late(url, late))
    for automation in made:
        _replace(automation)
    return [automation.name for automation in made]


def _crashed(url: str | None, silent: timedelta) -> Automation:
    lives = "prefect.flow-run.heartbeat"
    said = "killed, with its worker: it gave no sign of life"
    crash = ChangeFlowRunState(state=StateType.CRASHED, name="Crashed", message=said, force=False)
    actions: list[ActionTypes] = [crash]
    if url:
        actions.append(_call(url, said, "crashed"))
    return Automation(
        name="corpusmill: a silent run has crashed",
        description="A run without a heartbeat is set to Crashed, and the webhook is told.",
        trigger=_proactive(after={lives}, expect={lives, *_ENDS}, within=silent),
        actions=actions,
    )


def _late(url: str, late: timedelta) -> Automation:
    taken = {f"prefect.flow-run.{state}" for state in ("Pending", "Running")}
    return Automation(
        name="corpusmill: a run is late",
        description="The webhook is told of a run that no worker takes.",
        trigger=_proactive(after={"prefect.flow-run.Late"}, expect=taken | _ENDS, within=late),
        actions=[
            _call(
                url, "late: no worker has taken it, or another run of its deployment lasts", "late"
            )
        ],
    )


def _proactive(*, after: set[str], expect: set[str], within: timedelta) -> EventTrigger:
    """Fires for a flow run where none of `expect` follows on one of `after` in time."""
    return EventTrigger(
        after=after,
        expect=expect,
        match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=within,
    )


def _call(url: str, said: str, outcome: str) -> CallWebhook:
    where = Webhook(method="POST", url=SecretStr(url)).save(_BLOCK, overwrite=True)
    if not isinstance(where, UUID):
        raise TypeError("Prefect saves a block here and now, not in a coroutine")
    return CallWebhook(block_document_id=where, payload=_PAYLOAD % (said, outcome))


def _replace(automation: Automation) -> None:
    with get_client(sync_client=True) as client:
        for standing in client.read_automations_by_name(automation.name):
            client.delete_automation(standing.id)
    automation.create()


if __name__ == "__main__":
    for name in create(os.environ.get(VARIABLE)):
        sys.stdout.write(f"{name}\n")
