"""A corpus in object storage, on a local server that speaks S3, and on one that speaks HTTP."""

import http.server
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from unittest import mock

import pytest

from flows import launching
from flows.progress import Silent
from schemas.config import IngestConfig, PipelineConfig
from schemas.errors import CorpusError, DocumentRejected
from tasks import assembly
from tasks.ingest import Changes, ReadJob, batches, changed, read_batch
from tasks.places import storage
from tasks.places.source import Source
from tasks.sources import hashed, scan
from tasks.store import Store
from tests.object_server import SECRET, TEXTS, Bucket
from tests.results import recipe_of

CONFIG = IngestConfig()
RECIPE = recipe_of("ingest")


def listed(corpus: str, config: IngestConfig = CONFIG) -> dict[str, str]:
    return {source.source: source.skipped for source in scan(corpus, config)}


def take_in(store: Store, corpus: str) -> tuple[Changes, list[str]]:
    """Read and place what is new; how the corpus differed, and which objects were asked for."""
    asked: list[str] = []
    real = storage.read

    def read(url: str, most: int, size: int) -> bytes:
        asked.append(url)
        return real(url, most, size)

    with (
        mock.patch.object(storage, "read", read),
        mock.patch.object(storage, "opened", side_effect=AssertionError),
    ):
        changes = changed(store, hashed(scan(corpus, CONFIG), threads=2), RECIPE)
        read_ones = [
            read_batch(ReadJob(store.root, some, CONFIG, RECIPE))[0] for some in batches(changes)
        ]
    assembly.assemble(store, assembly.Assembly(changes, read_ones, RECIPE, 10))
    return changes, [url.rpartition("/")[2] for url in asked]


def sources_of_documents(store: Store) -> set[str]:
    rows = [row for part in store.stream("documents", ["source"]) for row in part.to_pylist()]
    return {row["source"] for row in rows}


@pytest.mark.parametrize(
    ("below", "names"),
    [
        ("", {*TEXTS}),
        ("/", {*TEXTS}),
        ("/a.txt", {"a.txt"}),
        ("/*.txt", {"a.txt"}),
        ("/**/*.txt", {name for name in TEXTS if name.endswith(".txt")}),
        ("/s?b/b*", {"sub/b.txt"}),
    ],
)
def test_what_a_url_names(bucket: Bucket, below: str, names: set[str]) -> None:
    """A prefix, an object, or a pattern; names are relative to what stands before it."""
    assert set(listed(bucket.url + below)) == names


def test_names_are_left_out_as_on_a_disk(bucket: Bucket) -> None:
    """Hidden, temporary, and those that the patterns leave out."""
    assert listed(bucket.url, IngestConfig(exclude=("sub/c*",))) == {
        ".hidden": "hidden",
        "a.txt": "",
        "sub/b.txt": "",
        "sub/c=d <img> #1?x%20y.txt": "excluded",
        "~$a.docx": "temporary",
    }


def test_marks_of_folders_are_no_documents(bucket: Bucket) -> None:
    """Some programs put an empty object where a folder would be."""
    bucket.put("empty/", b"")

    assert "empty/" not in listed(bucket.url)


def test_results_below_the_corpus_are_no_documents(bucket: Bucket) -> None:
    """They are left out as one, however many objects they are."""
    bucket.put("results/.corpusmill.json", b"{}")
    bucket.put("results/topics/part-00000.parquet", b"PAR1")

    found = listed(bucket.url)

    assert found["results"] == "results"
    assert found.keys() == {*TEXTS, "results"}


def test_only_what_changed_is_asked_for(bucket: Bucket, store: Store) -> None:
    """The listing tells, by its ETags: not by size, not by time."""
    first, all_three = take_in(store, bucket.url)
    bucket.put("sub/b.txt", TEXTS["sub/b.txt"].upper())
    bucket.put("a.txt", TEXTS["a.txt"])

    second, one = take_in(store, bucket.url)
    third, none = take_in(store, bucket.url)

    assert (len(first.unread), len(all_three)) == (5, 3)
    assert ([source.source for source in second.unread], one) == (["sub/b.txt"], ["b.txt"])
    assert (third.settled, none) == (True, [])
    (text,) = (
        row["text"]
        for part in store.stream("documents", ["source", "text"])
        for row in part.to_pylist()
        if row["source"] == "sub/b.txt"
    )
    assert text == TEXTS["sub/b.txt"].upper().decode()


def test_an_object_that_vanishes_is_gone(bucket: Bucket, store: Store) -> None:
    """Its documents go with it."""
    take_in(store, bucket.url)
    bucket.drop("a.txt")

    changes, asked = take_in(store, bucket.url)

    assert changes.gone == {"a.txt"}
    assert not asked
    assert sources_of_documents(store) == {name for name in TEXTS if name.startswith("sub")}


def test_an_object_that_vanishes_before_it_is_read(bucket: Bucket, store: Store) -> None:
    """It is unreadable, and asked for again by the next run."""
    sources = tuple(source for source in scan(bucket.url, CONFIG) if source.source == "a.txt")
    bucket.drop("a.txt")

    batch, _ = read_batch(ReadJob(store.root, sources, CONFIG, RECIPE))

    (reject,) = batch.rejects().to_pylist()
    (row,) = batch.sources().to_pylist()
    assert (reject["reason"], reject["message"]) == ("unreadable", "No such file or directory")
    assert (row["version"], row["source_sha256"]) == ("", "")


def test_bytes_that_a_listing_does_not_tell_are_hashed(bucket: Bucket) -> None:
    """A storage without ETags, or with weak ones, is read."""
    with mock.patch("tasks.places.buckets._TAGS", ()):
        found = hashed(scan(bucket.url, CONFIG), threads=2)

    assert all(source.sha256 for source in found if not source.skipped)


def test_a_large_object_is_read_in_pieces(bucket: Bucket) -> None:
    """An archive above ingest.max_bytes is gone through, anything else is not taken whole."""
    (source,) = scan(f"{bucket.url}/a.txt", IngestConfig(max_bytes=10))

    with source.open(10) as file:
        assert (file.seek(4), file.read(7), file.seek(0), file.read(3)) == (
            4,
            b"council",
            0,
            b"The",
        )
    with pytest.raises(DocumentRejected, match="more than 10 bytes"):
        source.read(10)


def test_worker_processes_read_objects(bucket: Bucket) -> None:
    """A source is plain values: another process finds the endpoint in its environment."""
    (source,) = scan(f"{bucket.url}/a.txt", CONFIG)

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(source.read, 1000).result() == TEXTS["a.txt"]


def test_a_list_of_urls(bucket: Bucket, tmp_path: Path) -> None:
    """What is not there costs nothing else."""
    (tmp_path / "b.txt").write_bytes(b"text")
    (tmp_path / "list").write_text(f"{bucket.url}/a.txt\n{bucket.url}/gone.txt\nb.txt\n")

    found = {source.source: source for source in scan(f"@{tmp_path}/list", CONFIG)}

    assert set(found) == {f"{bucket.url}/a.txt", f"{bucket.url}/gone.txt", "b.txt"}
    assert found[f"{bucket.url}/gone.txt"].refused == ("unreadable", "No such file or directory")
    assert found[f"{bucket.url}/a.txt"].read(1000) == TEXTS["a.txt"]


@pytest.mark.parametrize("corpus", ["s3://corpus/none", "s3://nobody/x", "s3://corpus/texts/*.pdf"])
def test_nothing_there_is_an_error(bucket: Bucket, corpus: str) -> None:
    """As it is for a folder."""
    with pytest.raises(CorpusError, match=r"there is no s3://|nothing to read in s3://"):
        scan(corpus, CONFIG)


def test_a_storage_that_does_not_answer(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the remedy, and neither password nor key."""
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://me:hush@127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()

    with (
        mock.patch.object(s3fs.S3FileSystem, "retries", 1),
        pytest.raises(CorpusError, match=r"cannot be listed .*credentials and endpoint") as failed,
    ):
        scan(bucket.url, CONFIG)

    assert "hush" not in str(failed.value)
    assert SECRET not in str(failed.value)
    assert failed.value.__cause__ is None


@pytest.mark.parametrize(
    "corpus",
    [
        "s3://key:hush@corpus/texts",
        "s3://key:hu/sh@corpus/texts",
        "https://me:hush@host/a.zip",
        "https://host/a.zip?X-Amz-Signature=hush",
        "ftp://me:hush@host/a",
        "simplecache::s3://key:hush@corpus/texts",
    ],
)
def test_a_password_in_a_url_is_refused(tmp_path: Path, corpus: str) -> None:
    """Before a run begins that would record it, and without repeating it."""
    (tmp_path / "list").write_text(f"{corpus}\n")

    with pytest.raises(CorpusError, match=r"must hold no password") as launched:
        launching.launch(corpus, tmp_path, PipelineConfig(), (), Silent())
    with pytest.raises(CorpusError, match=r"must hold no password") as scanned:
        scan(f"@{tmp_path}/list", CONFIG)

    assert "hush" not in f"{launched.value} {scanned.value}"


@pytest.mark.parametrize(
    "corpus",
    ["hdfs://host:8020/a@b", "abfs://box@account.dfs.core.windows.net/a", "s3://box/a:b@c.txt",
     "s3://arn:aws:s3:eu-west-1:1:accesspoint/x/a@b", "sftp://me@host/a", "/data/a:b@c"],
)  # fmt: skip
def test_what_is_no_password(corpus: str) -> None:
    """A port, a container, a name."""
    storage.check(corpus)


def test_a_package_that_is_not_there_is_named() -> None:
    """With the command that installs it."""
    with (
        mock.patch("fsspec.core.url_to_fs", side_effect=ImportError("Install s3fs")),
        pytest.raises(CorpusError, match=r"pip install -c constraints\.txt '\.\[s3\]'"),
    ):
        scan("s3://corpus/texts", CONFIG)


def test_a_storage_that_nobody_knows() -> None:
    """It is no path either."""
    with pytest.raises(CorpusError, match="nothing:// cannot be read"):
        scan("nothing://x", CONFIG)


def test_memory() -> None:
    """Any storage of fsspec is read; this one has no ETags, so its bytes are hashed."""
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe({"/texts/a.txt": b"text", "/texts/sub/b.txt": b"more"})

    found = {source.source: source for source in hashed(scan("memory://texts", CONFIG), threads=1)}

    assert {name: source.read(10) for name, source in found.items()} == {
        "a.txt": b"text",
        "sub/b.txt": b"more",
    }
    assert all(source.sha256 for source in found.values())


@contextmanager
def web(folder: Path) -> Iterator[str]:
    """The folder, served on a free port."""
    handler = partial(_Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_address[1]}"
        serving.shutdown()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        pass


def test_a_file_of_the_web(tmp_path: Path) -> None:
    """One file, called by its last name; a server without ETags is asked for its bytes."""
    (tmp_path / "a.txt").write_bytes(b"text")
    with web(tmp_path) as url:
        (source,) = hashed(scan(f"{url}/a.txt", CONFIG), threads=1)
        data = source.read(10)
        with pytest.raises(CorpusError, match="there is no http"):
            scan(f"{url}/b.txt", CONFIG)

    assert (source.source, data, len(source.sha256)) == ("a.txt", b"text", 64)


def test_secrets_are_taken_out_of_messages() -> None:
    """Whatever a library says."""
    said = "no http://me:hush@host/a?key=hush, nor s3://box/a"

    assert storage.without_secrets(said) == "no http://host/a nor s3://box/a"


def test_a_source_says_nothing_of_credentials(bucket: Bucket) -> None:
    """What travels and what is recorded."""
    found: list[Source] = scan(bucket.url, CONFIG)

    assert SECRET not in repr(found)
