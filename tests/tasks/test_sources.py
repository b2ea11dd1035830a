"""What there is in a corpus, and what of it is read."""

import contextlib
import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from schemas.config import IngestConfig
from schemas.errors import CorpusError
from schemas.tables import SKIP_REASONS
from tasks.sources import hashed, scan

ALL = IngestConfig()


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def listed(corpus: Path | str, config: IngestConfig = ALL) -> dict[str, str]:
    """Each name with the reason to skip it, which is one of those that are explained."""
    found = {source.source: source.skipped for source in scan(str(corpus), config)}
    assert {"", *SKIP_REASONS} >= {*found.values()}
    return found


def test_a_folder_is_read_in_order_of_names(tmp_path: Path) -> None:
    """Names are relative to the folder, with slashes, sorted."""
    put(tmp_path, "b.txt", "a/z.txt", "a/b/c.txt")

    assert list(listed(tmp_path)) == ["a/b/c.txt", "a/z.txt", "b.txt"]


def test_hidden_files_are_skipped(tmp_path: Path) -> None:
    """What begins with a dot is listed, and not read."""
    put(tmp_path, "a.txt", ".hidden", ".git/config")

    assert listed(tmp_path) == {"a.txt": "", ".hidden": "hidden", ".git": "hidden"}


def test_links_stay_inside(tmp_path: Path) -> None:
    """A link to a file of the corpus is read; one that leaves it, or leads nowhere, is not."""
    put(tmp_path, "corpus/a.txt", "secret.txt", "folder/b.txt")
    corpus = tmp_path / "corpus"
    (corpus / "inside").symlink_to("a.txt")
    (corpus / "out").symlink_to(tmp_path / "secret.txt")
    (corpus / "nowhere").symlink_to("nothing")
    (corpus / "round").symlink_to("round")
    (corpus / "folder").symlink_to(tmp_path / "folder")

    assert listed(corpus) == {
        "a.txt": "",
        "inside": "",
        "out": "link_outside",
        "nowhere": "link_broken",
        "round": "link_broken",
        "folder": "link_to_folder",
    }


@contextmanager
def closed(name: str) -> Iterator[None]:
    """A folder of this name that may not be listed; the superuser may list all."""
    listing = os.scandir

    def scandir(path: str) -> object:
        if Path(path).name == name:
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    with mock.patch("os.scandir", scandir):
        yield


def test_a_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    """It is a source that is unreadable, and hides others; the rest is found."""
    put(tmp_path, "a.txt", "shut/b.txt")

    with closed("shut"):
        found = scan(str(tmp_path), ALL)

    assert [(s.source, s.hides, s.refused) for s in found] == [
        ("a.txt", False, None),
        ("shut", True, ("unreadable", "Permission denied")),
    ]


def test_a_corpus_that_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    """Its files must not look as if they were gone."""
    put(tmp_path, "shut/a.txt")

    with closed("shut"), pytest.raises(CorpusError, match=r"shut cannot be listed .Permission"):
        scan(str(tmp_path / "shut"), ALL)


def test_a_file_in_a_folder_that_may_only_be_listed(tmp_path: Path) -> None:
    """It is unreadable, and no other is."""
    put(tmp_path, "a.txt", "b.txt")
    look = Path.lstat

    def lstat(path: Path) -> os.stat_result:
        if path.name == "b.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    with mock.patch.object(Path, "lstat", lstat):
        found = scan(str(tmp_path), ALL)

    assert [source.refused for source in found] == [None, ("unreadable", "Permission denied")]


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A pipe would wait for ever."""
    put(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener, contextlib.chdir(tmp_path):
        listener.bind("socket")

    assert listed(tmp_path) == {"a.txt": "", "pipe": "not_regular", "socket": "not_regular"}


def test_links_from_a_pattern_stay_inside_too(tmp_path: Path) -> None:
    """A folder that is linked is not entered, whether it lies outside or is one above."""
    put(tmp_path, "corpus/a.txt", "secret/b.txt")
    (tmp_path / "corpus/out").symlink_to(tmp_path / "secret")
    (tmp_path / "corpus/up").symlink_to(tmp_path / "corpus")

    assert listed(f"{tmp_path}/corpus/**/*.txt") == {"a.txt": ""}


def test_temporary_files_are_skipped(tmp_path: Path) -> None:
    """What programs leave while they work is listed, and not read."""
    left = ("~$a.docx", ".~lock.a.odt#", "a.tmp", ".a.swp", "a.part", "a.crdownload", "a.txt~",
            "Thumbs.db", "desktop.ini")  # fmt: skip
    put(tmp_path, "a.txt", *left)

    assert listed(tmp_path) == {"a.txt": "", **dict.fromkeys(left, "temporary")}


def test_results_are_no_corpus(tmp_path: Path) -> None:
    """A results folder in the corpus is not read into itself."""
    put(tmp_path, "a.txt", "results/.corpusmill.json", "results/documents/part-00000.parquet")

    assert listed(tmp_path) == {"a.txt": "", "results": "results"}


def test_one_file(tmp_path: Path) -> None:
    """A file alone is a corpus."""
    put(tmp_path, "a.txt", "b.txt")

    assert listed(tmp_path / "b.txt") == {"b.txt": ""}


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.txt", ["a.txt"]),
        ("**/*.txt", ["a.txt", "sub/b.txt", "sub/deep/c.txt"]),
        ("sub/*", ["b.txt"]),
        ("s?b/*/c.*", ["sub/deep/c.txt"]),
    ],
)
def test_a_pattern(tmp_path: Path, pattern: str, names: list[str]) -> None:
    """A glob pattern names its files relative to its part without wildcards."""
    put(tmp_path, "a.txt", "a.md", "sub/b.txt", "sub/deep/c.txt")

    assert list(listed(f"{tmp_path}/{pattern}")) == names


def test_include_and_exclude(tmp_path: Path) -> None:
    """What they leave out is listed, and not read; of a folder that is excluded, the folder."""
    put(tmp_path, "a.txt", "a.md", "b.md", "sub/b.txt", "deep/sub/c.txt")

    assert listed(tmp_path, IngestConfig(include=("*.txt",), exclude=("/sub", "b.*"))) == {
        "a.md": "not_included",
        "a.txt": "",
        "b.md": "excluded",
        "deep/sub/c.txt": "",
        "sub": "excluded",
    }


@pytest.mark.parametrize("corpus", ["nothing", "nothing.txt", "*.pdf", "empty"])
def test_nothing_found_is_an_error(tmp_path: Path, corpus: str) -> None:
    """An empty corpus is taken for a mistake, not for a wish to empty the results."""
    put(tmp_path, "a.txt", "empty/.hidden")

    with pytest.raises(CorpusError):
        scan(str(tmp_path / corpus), ALL)


def test_all_excluded_is_an_error(tmp_path: Path) -> None:
    """The message names the settings that may be to blame."""
    put(tmp_path, "a.txt")

    with pytest.raises(CorpusError, match=r"ingest\.include and ingest\.exclude"):
        scan(str(tmp_path), IngestConfig(include=("*.pdf",)))


NAMES = (
    b"new\nline.txt", b"\xff.txt", rb"\xff.txt", b"\xfe\xff", b"x" * 255, b"case.txt", b"Case.txt",
    "é.txt".encode(), "e\u0301.txt".encode(), b"a=b.txt", b"=1+1.txt", b"<img src=x>.txt", b" .txt",
    b"#.txt", b"s3:", b"[x]*?.txt", b"tab\t\x1b[31m.txt", b"-rf",
)  # fmt: skip


def test_any_name_is_a_name_of_its_own(tmp_path: Path) -> None:
    """Whatever the bytes of a name, the file is found once, under a name that can be written."""
    for name in NAMES:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(name)

    found = scan(str(tmp_path), ALL)

    assert sorted(source.read(1000) for source in found) == sorted(NAMES)
    assert len({source.source.encode() for source in found}) == len(NAMES)
    assert {"\\xff.txt", "\\\\xff.txt", "new\nline.txt"} <= {source.source for source in found}


def test_a_list(tmp_path: Path) -> None:
    """Paths are those from the list's folder; what is missing, or a folder, costs nothing else."""
    put(tmp_path, "lists/a.txt", "lists/sub/b c.txt", "lists/.hidden", "other/d.txt")
    (tmp_path / "lists/link").symlink_to(tmp_path / "other/d.txt")
    names = ("a.txt", "sub/b c.txt", "./a.txt", "", ".hidden", "gone.txt", "../other/d.txt", "link",
             "sub", f"{tmp_path}/other/d.txt")  # fmt: skip
    (tmp_path / "lists/list").write_bytes("\r\n".join(names).encode())

    found = {s.source: s.skipped or s.refused or "" for s in scan(f"@{tmp_path}/lists/list", ALL)}

    assert found == {
        "../other/d.txt": "",
        f"{tmp_path}/other/d.txt": "",
        ".hidden": "hidden",
        "a.txt": "",
        "gone.txt": ("unreadable", "No such file or directory"),
        "link": "link_outside",
        "sub": "not_regular",
        "sub/b c.txt": "",
    }


@pytest.mark.parametrize("content", [None, b"", b"gone.txt"])
def test_a_list_of_nothing_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    """A list that is not there, and one of which nothing is."""
    if content is not None:
        (tmp_path / "list").write_bytes(content)

    with pytest.raises(CorpusError, match="list"):
        scan(f"@{tmp_path}/list", ALL)


def test_a_file_url(tmp_path: Path) -> None:
    """It is the folder on this machine, with its links and pipes."""
    put(tmp_path, "a.txt")
    (tmp_path / "b").symlink_to("nowhere")

    assert listed(f"file://{tmp_path}") == {"a.txt": "", "b": "link_broken"}


def test_bytes_are_hashed(tmp_path: Path) -> None:
    """In the same order; what is skipped, or has vanished since, has no hash."""
    put(tmp_path, "a.txt", "b.txt", ".c")
    found = scan(str(tmp_path), ALL)
    (tmp_path / "b.txt").unlink()

    hashes = {source.source: source.sha256 for source in hashed(found, threads=2)}

    assert hashes == {".c": "", "a.txt": hashlib.sha256(b"a.txt").hexdigest(), "b.txt": ""}
    assert found[1].size == 5
    assert found[1].modified.utcoffset() is not None


def test_threads_share_what_lets_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hashes are the same, in the same order, whether threads share the work or not."""
    names = [f"{n:03d}.txt" for n in range(200)]
    put(tmp_path, *names)
    found = scan(str(tmp_path), ALL)
    alone = hashed(found, threads=2)
    monkeypatch.setattr("tasks.sources._SOON_S", -1.0)

    shared = hashed(found, threads=2)

    assert shared == alone
    assert [source.source for source in shared] == names
    assert len({source.sha256 for source in shared}) == 200


def test_a_large_file_is_not_hashed(tmp_path: Path) -> None:
    """2 GB of nothing cost nothing; its size and time tell whether it has changed."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2 * 2**30)
    put(tmp_path, "a.txt")

    with mock.patch("tasks.places.disk.opened", side_effect=OSError):
        (source,) = (s for s in hashed(scan(str(tmp_path), ALL), threads=1) if s.size > 5)
    os.utime(tmp_path / "large", (1, 1))
    (touched,) = (s for s in hashed(scan(str(tmp_path), ALL), threads=1) if s.size > 5)

    assert source.sha256 == ""
    assert source.version
    assert touched.version != source.version


def test_a_time_beyond_all_calendars(tmp_path: Path) -> None:
    """A file system may hold any number as the time of a file."""
    put(tmp_path, "a.txt")
    with mock.patch("tasks.places.folders.datetime") as clock:
        clock.fromtimestamp.side_effect = ValueError("year 59953 is out of range")
        (source,) = scan(str(tmp_path), ALL)

    assert source.modified.year == 1970
