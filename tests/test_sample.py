"""The sample corpus holds what data/README.md says."""

import re
from collections import Counter
from pathlib import Path

import pytest

from schemas.config import IngestConfig
from tasks.language import detect
from tasks.readers import Record, Rejected, read

DATA = Path(__file__).parents[1] / "data"
SAMPLE = DATA / "sample"
ROW = re.compile(r"^\| `(.+?)` \| (\d+) \| (\w+) \|", re.MULTILINE)
EVERYTHING = {
    name: (int(documents), outcome)
    for name, documents, outcome in ROW.findall((DATA / "README.md").read_text("utf-8"))
}
LISTED = {name: said for name, said in EVERYTHING.items() if "#" not in name}
"""The files; the others are parts of them."""


def records(name: str) -> list[Record]:
    items = read((SAMPLE / name).read_bytes(), name, IngestConfig())
    return [item for item in items if isinstance(item, Record)]


def test_lists_every_file() -> None:
    """The list and the folder name the same files."""
    found = {path.relative_to(SAMPLE).as_posix() for path in SAMPLE.rglob("*") if path.is_file()}

    assert found == set(LISTED)


@pytest.mark.parametrize("name", sorted(LISTED))
def test_gives_what_is_listed(name: str) -> None:
    """Each file gives the listed number of documents, or the listed reason."""
    documents, outcome = LISTED[name]

    items = list(read((SAMPLE / name).read_bytes(), name, IngestConfig()))

    reasons = [item.reason for item in items if isinstance(item, Rejected)]
    assert len(items) - len(reasons) == documents
    assert reasons == ([] if documents else [outcome])


def test_duplicate_has_the_same_text() -> None:
    """Byte order mark and line ends do not hide the duplicate, and it is the only one."""
    texts = Counter(record.text for name in LISTED for record in records(name))

    assert records("stories/severn-story-final.txt")[0].text in texts
    assert sorted(texts.values(), reverse=True)[:2] == [2, 1]


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("news/ciclismo-valencia.md", "es"),
        ("news/fernwaerme-kiel.txt", "de"),
        ("news/hopital-lyon.txt", "fr"),
        ("news/kanazawa.txt", "ja"),
        ("news/tidal-barrage.txt", "en"),
    ],
)
def test_languages(name: str, language: str) -> None:
    """The articles are in the languages that the list says."""
    (record,) = records(name)

    assert detect(record.text, min_confidence=0.9)[0] == language


def test_is_small_and_dated() -> None:
    """The corpus stays under 400 kB, and its dates lie in 2025 and 2026."""
    size = sum(path.stat().st_size for path in SAMPLE.rglob("*"))
    times = [record.published_at for name in LISTED for record in records(name)]

    assert size < 400_000
    assert {time.year for time in times if time} == {2025, 2026}
    assert sum(time is not None for time in times) > len(times) / 2
