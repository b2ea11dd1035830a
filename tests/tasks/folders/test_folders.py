"""A folder of this machine and objects below a URL keep the same promises."""

import errno
import os
from pathlib import Path
from unittest import mock

import pytest

from schemas.errors import DamagedPart, ResultsError, ResultsLocked
from tasks.folders import Folder, Results, folder, located
from tasks.folders.disk import Disk
from tasks.places import storage
from tasks.store import Store
from tests.object_server import SECRET, Bucket
from tests.results import put_documents, recipe_of

URL = "s3://corpus/results"
TEXTS = {"a" * 16: "The boat.", "b" * 16: "The pier."}


@pytest.fixture(params=["disk", "objects"])
def results(request: pytest.FixtureRequest, tmp_path: Path) -> Results:
    """Where results go."""
    if request.param == "disk":
        return tmp_path / "results"
    request.getfixturevalue("bucket")
    return URL


@pytest.fixture
def place(results: Results) -> Folder:
    """An empty folder."""
    return folder(results)


def write(place: Folder, name: str, data: bytes) -> None:
    with place.replacing(name) as path:
        path.write_bytes(data)


def test_what_is_written_is_there(place: Folder) -> None:
    """Whole, in part, by its size and its name."""
    write(place, "table/part-00001.parquet", b"old")
    write(place, "table/part-00001.parquet", b"0123456789")
    write(place, "table/.hidden", b"x")

    assert place.read("table/part-00001.parquet") == b"0123456789"
    assert place.tail("table/part-00001.parquet", 3) == b"789"
    assert place.tail("table/part-00001.parquet", 99) == b"0123456789"
    assert place.size("table/part-00001.parquet") == 10
    assert place.names("table") == [".hidden", "part-00001.parquet"]
    assert place.exists("table/part-00001.parquet")


@pytest.mark.parametrize("times", [1, 2])
def test_files_take_their_place_from_staging(place: Folder, times: int) -> None:
    """Again, too; the others stay, hidden ones as well."""
    for name in ("a", "b", "c", ".hidden"):
        write(place, f"table/{name}", f"old {name}".encode())
    write(place, ".staging/work/table/a", b"new a")

    for _ in range(times):
        new = {"table/a": ".staging/work/table/a"}
        place.exchange("table", new, ["table/b"], ".staging/work")

    assert place.names("table") == [".hidden", "a", "c"]
    assert [place.read(f"table/{name}") for name in ("a", "c")] == [b"new a", b"old c"]


def test_where_folders_cannot_be_exchanged(tmp_path: Path) -> None:
    """By two renames; what ends between them leaves all to be found again."""
    place = Disk(tmp_path)
    write(place, "table/a", b"old")
    write(place, "table/b", b"stays")
    write(place, ".staging/table/a", b"new")
    renamed, moves = Path.replace, []

    def killed(path: Path, other: Path) -> Path:
        if path.name == ".new-table":
            raise KeyboardInterrupt
        moves.append(path)
        return renamed(path, other)

    with mock.patch("tasks.folders.disk.ctypes.CDLL"):
        with mock.patch.object(Path, "replace", killed), pytest.raises(KeyboardInterrupt):
            place.exchange("table", {"table/a": ".staging/table/a"}, [], ".staging")
        between = place.names("table")
        place.exchange("table", {"table/a": ".staging/table/a"}, [], ".staging")

    assert between == []
    assert place.read("table/a") == b"new"
    assert place.read("table/b") == b"stays"


def test_what_is_not_there(place: Folder) -> None:
    """An error, or nothing; removing it is fine."""
    assert place.names("table") == []
    assert not place.exists("table/x")
    for missing in (place.read, place.size):
        with pytest.raises(FileNotFoundError):
            missing("table/x")
    place.remove("table/x")
    place.remove_all("table")


def test_a_write_that_fails_leaves_the_old(place: Folder) -> None:
    """And nothing beside it."""
    write(place, "table/x", b"old")

    with (
        mock.patch.object(Path, "write_bytes", side_effect=OSError(errno.ENOSPC, "full")),
        pytest.raises(OSError, match=r"full|No space left on device: .*/table/x"),
    ):
        write(place, "table/x", b"new")

    assert place.read("table/x") == b"old"
    assert place.names("table") == ["x"]


def test_files_are_moved_and_removed(place: Folder) -> None:
    """One by one, or all below a name."""
    for name in ("table/a", "table/b", "other/c"):
        write(place, name, name.encode())

    place.move("table/a", "table/.a")
    place.remove("table/b")
    place.remove_all("other")

    assert (place.names("table"), place.names("other")) == ([".a"], [])
    assert place.read("table/.a") == b"table/a"


def test_a_store_is_made_and_opened_again(results: Results) -> None:
    """Rows and answers come back; another run is kept out meanwhile."""
    store = Store(results)
    with store.locked(0):
        store.open(create=True)
        put_documents(store, 3, TEXTS)
        store.check_held()
        with (
            pytest.raises(ResultsLocked, match="another run is writing"),
            Store(results).locked(0),
        ):
            pass
    again = Store(results)
    again.open(create=False)

    footer = again.footer("documents", 3)

    assert again.partitions("documents") == [3]
    assert again.read("documents", 3)["text"].to_pylist() == [*TEXTS.values()]
    assert footer is not None
    assert footer.answers.keys() == TEXTS.keys()
    assert footer.recipe == recipe_of("ingest")
    assert again.footer("documents", 4) is None
    assert again.read("documents", 4).num_rows == 0


def test_a_large_footer_is_read_whole(results: Results) -> None:
    """Also where it is longer than what is asked for at first."""
    store = Store(results)
    put_documents(store, 0, {f"{n:016x}": f"Text {n}." for n in range(3000)})

    footer = store.footer("documents", 0)

    assert footer is not None
    assert len(footer.answers) == 3000


def test_damage_is_set_aside(results: Results) -> None:
    """Out of the readers' sight; it can be looked at."""
    store = Store(results)
    write(store.folder, "documents/part-00000.parquet", b"PAR1")

    with pytest.raises(DamagedPart) as damage:
        store.read("documents", 0)
    store.set_aside(damage.value)
    store.set_aside(damage.value)

    assert store.partitions("documents") == []
    assert store.folder.read("documents/.damaged-part-00000.parquet") == b"PAR1"


def test_a_place_of_others_is_refused(results: Results) -> None:
    """What was not made by a run is not written to."""
    write(folder(results), "letters/a.txt", b"Dear")

    with pytest.raises(ResultsError, match="not made by Corpusmill"):
        Store(results).open(create=True)


# ── a network that fails ────────────────────────────────────────────────────────────────────────


def test_a_network_fault_is_no_damage(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an I/O error that names the object and the cause, and tells no secret."""
    import s3fs

    store = Store(URL)
    put_documents(store, 0, TEXTS)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()

    with mock.patch.object(s3fs.S3FileSystem, "retries", 1):
        for ask in (store.read, store.footer):
            with pytest.raises(OSError, match=r"EndpointConnectionError.*documents/part") as failed:
                ask("documents", 0)
            assert isinstance(failed.value, ConnectionError)
            assert SECRET not in str(failed.value)


def test_a_bucket_that_is_not_there(bucket: Bucket) -> None:
    """Is said before any work."""
    with pytest.raises(ResultsError, match="s3://nobody/results cannot be written"):
        Store("s3://nobody/results").open(create=True)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("s3://box/results/", "s3://box/results"),
        ("/data/results", Path("/data/results")),
        ("results", Path("results").absolute()),
    ],
)
def test_where_a_person_means(given: str, meant: Results) -> None:
    """A URL stays one; a path does not depend on where it is read."""
    assert located(given) == meant


def test_any_storage_of_fsspec() -> None:
    """This one lives in memory."""
    store = Store("memory://results")
    store.open(create=True)
    put_documents(store, 0, TEXTS)

    assert store.partitions("documents") == [0]
    assert storage.is_url(str(store.root))


def test_a_stamp_tells_a_file_from_the_one_before(tmp_path: Path) -> None:
    """A file that is written anew has another stamp, though it be as long and as old."""
    here = Disk(tmp_path)
    stamps = set()
    for content in (b"1", b"2"):
        with here.replacing("a") as path:
            path.write_bytes(content)
            (tmp_path / f"kept{len(stamps)}").hardlink_to(path)  # its inode is not given again
        os.utime(tmp_path / "a", ns=(0, 0))
        stamps.add(here.stamp("a"))

    assert len(stamps) == 2
    assert "" not in stamps


def test_a_young_file_has_no_stamp(tmp_path: Path) -> None:
    """It may be written to again within the tick of the clock that it was written in."""
    (tmp_path / "a").write_bytes(b"1")

    assert Disk(tmp_path).stamp("a") == ""
    with pytest.raises(FileNotFoundError):
        Disk(tmp_path).stamp("b")
