"""Calls an address of the operator's when a run has gone wrong.

The address may hold a key, so it is no setting: it stands in the environment or in a Secret of
Prefect, and appears in no table, parameter or log line.
"""

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping

VARIABLE = "CORPUSMILL_WEBHOOK_URL"
SECRET = "corpusmill-webhook-url"  # noqa: S105  # its name
TIMEOUT_S = 5.0
"""For connecting and for the answer, each: who is told must not hold up the night."""


class WebhookFailed(Exception):
    """The address could not be told; the message does not name it."""


def address() -> str | None:
    """Where to call: from the environment, or else from Prefect's Secret; None where in neither."""
    if found := os.environ.get(VARIABLE):
        return found
    from prefect.blocks.system import Secret

    try:
        secret = Secret.load(SECRET, _sync=True)  # type: ignore[call-arg]  # a decorator of Prefect takes it
    except ValueError:  # there is none of this name
        return None
    return str(secret.get()) if isinstance(secret, Secret) else None


def post(url: str, body: Mapping[str, object]) -> None:
    """Send the body as JSON. Raises `WebhookFailed`."""
    if not url.startswith(("https://", "http://")):
        raise WebhookFailed(f"{VARIABLE} or the secret {SECRET} is no http address: mend it")
    try:
        request = urllib.request.Request(  # noqa: S310  # http is checked above
            url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310  # likewise
            pass
    except urllib.error.HTTPError as error:
        raise WebhookFailed(f"it answered with status {error.code}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise WebhookFailed(f"it could not be reached ({type(reason).__name__})") from None
