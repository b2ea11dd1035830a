"""What there is in a corpus, and what of it is read."""

import hashlib
import os
from pathlib import Path
from unittest import mock

import pytest

from schemas.config import IngestConfig
from schemas.errors import CorpusError
from tasks.sources import hashed, scan

ALL = IngestConfig()


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def listed(corpus: Path | str, config: IngestConfig = ALL) -> dict[str, str]:
    return {source.source: source.skipped for source in scan(str(corpus), config)}


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
        "out": "link out of the corpus",
        "nowhere": "broken link",
        "round": "broken link",
        "folder": "link to a folder",
    }


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    """Its files must not look as if they were gone."""
    put(tmp_path, "a.txt", "closed/b.txt")
    listing = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    with (
        mock.patch("os.scandir", scandir),
        pytest.raises(CorpusError, match=r"closed cannot be listed .Permission denied.: mend"),
    ):
        scan(str(tmp_path), ALL)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A pipe would wait for ever."""
    put(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe")

    assert listed(tmp_path) == {"a.txt": "", "pipe": "not a regular file"}


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


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (IngestConfig(include=("*.txt",)), ["a.txt", "sub/b.txt"]),
        (IngestConfig(exclude=("sub/*",)), ["a.md", "a.txt"]),
        (IngestConfig(include=("a.*",), exclude=("*.md",)), ["a.txt"]),
    ],
)
def test_include_and_exclude(tmp_path: Path, config: IngestConfig, names: list[str]) -> None:
    """What is left out is not listed at all."""
    put(tmp_path, "a.txt", "a.md", "sub/b.txt")

    assert list(listed(tmp_path, config)) == names


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


def test_names_that_are_not_unicode(tmp_path: Path) -> None:
    """Bytes of a name that are not UTF-8 are shown as such."""
    put(tmp_path, "a.txt")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).touch()

    assert list(listed(tmp_path)) == ["\\xff.txt", "a.txt"]


def test_bytes_are_hashed(tmp_path: Path) -> None:
    """In the same order; what is skipped, or has vanished since, has no hash."""
    put(tmp_path, "a.txt", "b.txt", ".c")
    found = scan(str(tmp_path), ALL)
    (tmp_path / "b.txt").unlink()

    hashes = {source.source: source.sha256 for source in hashed(found, threads=2)}

    assert hashes == {".c": "", "a.txt": hashlib.sha256(b"a.txt").hexdigest(), "b.txt": ""}
    assert found[1].size == 5
    assert found[1].modified.utcoffset() is not None
