"""A story for every failure of the machine below a run.

Disks that are full, read-only or failing, parts that are not what their names say, storage that
goes away, clocks that jump: the run ends with a word that names the cause and the fix, what stood
stands, and the next run goes to its end with the rows of one that nothing disturbed.
"""

import errno
import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
import typer

from flows.options import FAILED, errors
from schemas.stages import StageName
from schemas.tables import TABLES
from tasks.folders.lease import Lease
from tasks.store import Store
from tests import in_process
from tests.flow_in_process import Here, Runs
from tests.object_server import Bucket
from tests.results import part_path
from tests.small_models import SmallModels
from tests.tables import assert_same_rows

pytestmark = pytest.mark.usefixtures("in_place")

SOME = (StageName.SENTIMENT, StageName.VOCABULARY)
"""Stages of documents and of the corpus, and soon done."""


@pytest.fixture
def runs(tmp_path: Path, small_models: SmallModels) -> Runs:
    """Over six texts, with small models, in two partitions."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in "abcdef":
        (corpus / f"{name}.txt").write_text(f"The boat {name} lies in the harbour. It is old.")
    return Runs(corpus, tmp_path / "results", small_models.settings)


def said(runs: Runs, capsys: pytest.CaptureFixture[str], **run: object) -> str:
    """What a run that fails says of it; on the command line it ends with code 1."""
    codes, failures = [], ("",)
    try:
        with errors():
            account = runs.once(SOME, **run)
            failures = account.failures
            codes.append(FAILED if account.outcome == "failed" else 0)
    except typer.Exit as ended:
        codes.append(ended.exit_code)
    assert codes == [FAILED]
    return "\n".join(failures) + capsys.readouterr().err


def assert_mended(runs: Runs) -> None:
    """The next run is done, its rows are those of an undisturbed one, and nothing is left over."""
    assert runs.once(SOME).outcome == "done"
    calm = Runs(runs.corpus, runs.corpus.parent / "calm", runs.settings)
    calm.once(SOME)
    assert_same_rows(in_process.rows(runs.results), in_process.rows(calm.results))
    assert [path.name for path in runs.results.rglob("*.new")] == []
    assert [*runs.results.glob(".staging/*")] == []


def assert_readable(results: Path) -> None:
    """Every table that is there is whole."""
    for table, schema in TABLES.items():
        if any((results / table).glob("part-*")):
            assert list(pd.read_parquet(results / table).columns) == schema.names


# ── a disk that cannot be written ───────────────────────────────────────────────────────────────

WRITES = {
    "marker": ".corpusmill.json",
    "staging": ".staging/",
    "documents": "documents/part-00001.parquet",
    "part": "sentiment/part-00000.parquet",
    "corpus table": "vocabulary/",
    "change": "changes/",
    "run": "runs/",
}


@contextmanager
def failing(results: Path, place: str, code: int) -> Iterator[list[str]]:
    """A disk on which what is so called cannot be written to its end."""
    failed: list[str] = []
    rename = Path.replace

    def replace(path: Path, to: Path) -> Path:
        if Path(to).relative_to(results).as_posix().startswith(place):
            failed.append(str(to))
            raise OSError(code, os.strerror(code))
        return rename(path, to)

    with mock.patch.object(Path, "replace", replace):
        yield failed


@pytest.mark.parametrize("what", WRITES)
def test_a_disk_that_is_full(runs: Runs, capsys: pytest.CaptureFixture[str], what: str) -> None:
    """Whatever is being written then; the message names it, and the way out."""
    if what == "change":
        runs.once(SOME)
        (runs.corpus / "a.txt").write_text("The boat is gone.")

    with failing(runs.results, WRITES[what], errno.ENOSPC) as failed:
        message = said(runs, capsys)

    assert "No space left on device" in message
    assert "free space" in message
    assert failed
    assert any(path in message for path in (*failed, str(runs.results)))
    assert_readable(runs.results)
    assert_mended(runs)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.EROFS, "mount it for writing"),
        (errno.EACCES, "mend its permissions"),
        (errno.EIO, "check that disk"),
        (errno.EDQUOT, "free space on that disk"),
    ],
)
def test_a_disk_that_cannot_be_written(
    runs: Runs, capsys: pytest.CaptureFixture[str], code: int, remedy: str
) -> None:
    """Each for its own reason, with its own remedy."""
    with failing(runs.results, WRITES["part"], code):
        message = said(runs, capsys)

    assert os.strerror(code) in message
    assert str(runs.results / WRITES["part"]) in message
    assert remedy in message
    assert_mended(runs)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)  # ours
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a file system cannot be mounted here: {error}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False)  # noqa: S607  # ours


@pytest.mark.parametrize("free", [30_000, 90_000])
def test_a_small_disk_that_is_full(
    small_disk: Path, runs: Runs, capsys: pytest.CaptureFixture[str], free: int
) -> None:
    """A real one, from some write on; once there is space, the next run finishes."""
    runs.results = small_disk / "results"
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(2**20 - free))

    message = said(runs, capsys)
    left = set(runs.results.rglob("*.new"))
    ballast.unlink()

    assert "No space left on device" in message
    assert f"{small_disk}/results" in message
    assert "free space" in message
    assert left == set()
    assert_mended(runs)


# ── parts that are not what they seem ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sentiment/part-00000.parquet", "sentiment/part-00001.parquet"),
        ("sentiment/part-00000.parquet", "sentiment_spans/part-00000.parquet"),
        ("tokens/part-00001.parquet", "documents/part-00001.parquet"),
        ("documents/part-00000.parquet", "documents/part-00001.parquet"),
    ],
)
def test_parts_that_are_swapped(runs: Runs, one: str, other: str) -> None:
    """A whole file under the name of another is noticed by its footer, and made anew."""
    runs.once(SOME)
    first, second, aside = (runs.results / name for name in (one, other, "aside"))
    first.rename(aside)
    second.rename(first)
    aside.rename(second)

    assert_mended(runs)
    assert_readable(runs.results)


def test_bits_that_flip(runs: Runs) -> None:
    """Over the whole length of every part: a run that verifies notices them all, and mends them."""
    runs.once(SOME)
    store, chance = Store(runs.results), random.Random(7)
    tables = ("documents", "sources", "tokens", "sentiment", "sentiment_spans", "vocabulary")
    for cut in (0.1, 0.5, 0.9):
        for table in tables:
            path = Path(runs.results, store.parts(table)[0])
            broken = bytearray(path.read_bytes())
            place = int((cut + chance.uniform(-0.1, 0.1)) * len(broken))
            broken[min(place, len(broken) - 1)] ^= 1 << chance.randrange(8)
            path.write_bytes(broken)

        assert runs.once(SOME, verify=True).outcome == "done"

        assert [*store.damaged()] == []
    assert_mended(runs)
    assert sum("set aside" in note for note in runs.notes) >= 2 * len(tables)


@pytest.mark.parametrize("share", [0.0, 0.4, 0.99])
def test_parts_that_are_cut_short(runs: Runs, share: float) -> None:
    """Noticed by any run, for their end is missing."""
    runs.once(SOME)
    for table in ("documents", "tokens", "sentiment", "vocabulary"):
        path = part_path(Store(runs.results), table, 1 if table == "sentiment" else 0)
        path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])

    assert_mended(runs)


def test_staged_sources_that_the_power_took(runs: Runs) -> None:
    """What is staged is not synced: a file may be there without its bytes. It is read again."""
    with failing(runs.results, WRITES["documents"], errno.EIO):
        assert runs.once(SOME).outcome == "failed"
    (staged,) = runs.results.glob(".staging/*/documents.parquet")
    staged.write_bytes(bytes(staged.stat().st_size))

    assert_mended(runs)


# ── storage that goes away ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lost", ["results", "corpus"])
def test_a_storage_that_goes_away(
    bucket: Bucket, runs: Runs, capsys: pytest.CaptureFixture[str], lost: str
) -> None:
    """In the middle of a run; it says which, and takes no document for gone or for bad."""
    import s3fs

    results = "s3://corpus/results" if lost == "results" else str(runs.results)
    corpus = bucket.url if lost == "corpus" else str(runs.corpus)
    afar = Runs(Path(corpus), Path(results), runs.settings)
    afar.corpus, afar.results = corpus, results  # type: ignore[assignment]  # a URL

    def stop(_job: object) -> None:
        bucket.stop()

    with ExitStack() as short:
        short.enter_context(mock.patch.dict(os.environ, AWS_MAX_ATTEMPTS="1"))
        short.enter_context(mock.patch.object(s3fs.S3FileSystem, "retries", 1))
        short.enter_context(
            mock.patch("tasks.folders.objects.Lease", partial(Lease, renew_s=0.05, expires_s=0.2))
        )
        Here.fails = staticmethod(stop)
        message = said(afar, capsys)
        bucket.start()
        Here.fails = staticmethod(lambda _job: None)
        account = afar.once(SOME, lock_timeout_s=30)  # the lease could not be given back

    assert "s3://corpus/" in message or bucket.url in message
    assert "check the network and the storage" in message
    assert account.outcome == "done"
    assert {stage.books.rejected for stage in account.stages} == {0}
