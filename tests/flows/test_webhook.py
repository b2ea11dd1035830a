"""The operator's address: where it stands, and what is said where it cannot be told."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from prefect.blocks.system import Secret

from flows import webhook
from flows.webhook import WebhookFailed, address, post

KEY = "key-of-the-webhook"


@contextmanager
def answering(status: int) -> Iterator[tuple[str, list[bytes]]]:
    """A listener that answers with this status: its address, and what it was told."""
    told: list[bytes] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{KEY}", told
    finally:
        server.shutdown()
        server.server_close()


def test_the_body_is_sent_as_json() -> None:
    """As it is."""
    with answering(204) as (url, told):
        post(url, {"text": "a night → failed"})

    assert told == [b'{"text": "a night \\u2192 failed"}']


def test_a_refusal_is_said_with_its_status() -> None:
    """And without the address, in the error and in what led to it."""
    with answering(403) as (url, _), pytest.raises(WebhookFailed, match="status 403") as error:
        post(url, {})

    assert KEY not in f"{error.getrepr(style='long', chain=True, showlocals=False)}"


def test_an_address_that_nobody_listens_at() -> None:
    """Why it could not be reached, and not where."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/{KEY}"

    with pytest.raises(WebhookFailed, match="ConnectionRefusedError") as error:
        post(url, {})

    assert KEY not in str(error.value)


def test_a_listener_that_does_not_answer_is_left() -> None:
    """After a while that holds nobody up."""
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,
        mock.patch.object(webhook, "TIMEOUT_S", 0.2),
        pytest.raises(WebhookFailed, match="TimeoutError"),
    ):
        post(f"http://127.0.0.1:{deaf.getsockname()[1]}/", {})


@pytest.mark.parametrize("url", ["file:///etc/passwd", KEY, "", "http://[broken", "http://a b/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """No file is opened, and what was given is not repeated."""
    with pytest.raises(WebhookFailed) as error:
        post(url, {})

    assert not url or url not in str(error.value)


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prefect is not asked."""
    monkeypatch.setenv(webhook.VARIABLE, "https://example.org/a")

    with mock.patch.object(Secret, "load", side_effect=AssertionError):
        assert address() == "https://example.org/a"


def test_a_secret_of_prefect_comes_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name."""
    monkeypatch.delenv(webhook.VARIABLE, raising=False)

    with mock.patch.object(Secret, "load", return_value=Secret(value="https://b")) as load:
        assert address() == "https://b"

    assert load.call_args.args == ("corpusmill-webhook-url",)


def test_without_either_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is no fault."""
    monkeypatch.delenv(webhook.VARIABLE, raising=False)

    with mock.patch.object(Secret, "load", side_effect=ValueError("no such block")):
        assert address() is None
