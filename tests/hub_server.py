"""A hub for tests: the few answers of the Hugging Face hub that a download needs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

COMMIT = "a" * 40


@contextmanager
def serving(
    name: str, files: Path, monkeypatch: pytest.MonkeyPatch, *, error: str = ""
) -> Iterator[list[str]]:
    """Serve a directory as a model at one commit, or refuse it; the paths that were asked for."""
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def _answer(self, *, body: bool) -> None:
            path = self.path.partition("?")[0]
            asked.append(path)
            if error or not path.startswith((f"/api/models/{name}/", f"/{name}/")):
                self._send(403 if error == "GatedRepo" else 404, b"{}", {"X-Error-Code": error})
            elif path == f"/api/models/{name}/tree/{COMMIT}":
                self._send(200, json.dumps(list(_tree(files))).encode(), {})
            else:
                found = files / path.removeprefix(f"/{name}/resolve/{COMMIT}/")
                content = found.read_bytes()
                tag = {"ETag": f'"{_oid(content)}"', "X-Repo-Commit": COMMIT}
                self._send(200, content, tag, body=body)

        def _send(
            self, code: int, content: bytes, headers: dict[str, str], *, body: bool = True
        ) -> None:
            self.send_response(code)
            for key, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(key, value)
            self.end_headers()
            if body:
                self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_port}"
    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.constants.ENDPOINT", here)
        patch.setattr(
            "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
            here + "/{repo_id}/resolve/{revision}/{filename}",
        )
        yield asked
    server.shutdown()
    server.server_close()


def _tree(files: Path) -> Iterator[dict[str, object]]:
    for path in sorted(files.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            about = {"path": path.relative_to(files).as_posix(), "size": len(content)}
            yield {"type": "file", "oid": _oid(content), **about}


def _oid(content: bytes) -> str:
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
