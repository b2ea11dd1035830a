"""A server that speaks S3, in this process, with a bucket of five objects."""

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

SECRET = "very/secret"  # noqa: S105  # of the server of these tests
TEXTS = {
    "a.txt": b"The council met on a windy day.",
    "sub/b.txt": b"Another text, about herring and nets.",
    "sub/c=d <img> #1?x%20y.txt": b"A third one, with an odd name.",
    ".hidden": b"x",
    "~$a.docx": b"x",
}


class Bucket:
    """The objects below s3://corpus/texts."""

    url = "s3://corpus/texts"

    def __init__(self, client: Any, serving: Any) -> None:
        self._client, self._serving = client, serving
        client.create_bucket(Bucket="corpus")

    def stop(self) -> None:
        """Be out of reach; the objects stay."""
        if self._serving is not None:
            _, self._port = self._serving.get_host_and_port()
            self._serving.stop()
            self._serving = None

    def start(self) -> None:
        """Be there again, at the same address."""
        from moto.server import ThreadedMotoServer

        self._serving = ThreadedMotoServer(port=self._port, verbose=False)
        self._serving.start()

    def put(self, name: str, data: bytes) -> None:
        """Write an object."""
        self._client.put_object(Bucket="corpus", Key=f"texts/{name}", Body=data)

    def names(self, prefix: str) -> list[str]:
        """The keys that begin so, wherever they are in the bucket."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket="corpus", Prefix=prefix
        )
        return [one["Key"] for page in pages for one in page.get("Contents", ())]

    def drop(self, name: str) -> None:
        """Delete an object."""
        self._client.delete_object(Bucket="corpus", Key=f"texts/{name}")


@contextmanager
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A server for the block; its endpoint and credentials stand in the environment."""
    pytest.importorskip("s3fs", reason="object storage needs `pip install '.[s3]'`")
    server = pytest.importorskip("moto.server", reason="needs moto[server], of the extra dev")
    import boto3
    import s3fs

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    serving = server.ThreadedMotoServer(port=0, verbose=False)
    serving.start()
    host, port = serving.get_host_and_port()
    for name, value in (
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
        ("AWS_ACCESS_KEY_ID", "reader"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    made = Bucket(boto3.client("s3"), serving)
    for name, data in TEXTS.items():
        made.put(name, data)
    yield made
    s3fs.S3FileSystem.clear_instance_cache()
    reset = urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")  # ours
    urllib.request.urlopen(reset).close()  # noqa: S310  # the next server knows what this one does
    made.stop()
