"""The evaluation of readers: what is compared, how it is scored, and what is said of rejects."""

import json
from collections import Counter
from pathlib import Path

import pytest

from schemas.config import IngestConfig
from schemas.errors import CorpusError
from tasks.evaluation import other_readers, reading
from tasks.evaluation.corpora import Corpora
from tasks.evaluation.other_readers import Library
from tasks.evaluation.results import Result

COLUMNS = ("file", "format", "ground_truth")
CONFIG = IngestConfig()


@pytest.fixture
def corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpora:
    """A text with its truth, one without, one that is empty to us, and a table with its rows."""

    def spells(data: bytes) -> str:
        return data.decode().replace("dog", "cat")

    libraries = {"txt": (Library("spells", "json", spells), Library("none", "no_such", spells))}
    monkeypatch.setattr(other_readers, "LIBRARIES", libraries)
    monkeypatch.setattr(reading, "LIBRARIES", libraries)
    folder = tmp_path / "files"
    (folder / "truth").mkdir(parents=True)
    files = {
        "a.txt": "the dog and the bone",
        "b.txt": "a dog",
        "c.txt": " \n ",
        "d.csv": "x,y\none,two\nthree,four\n",
        "truth/a.txt": "The dog, and the bone!",
        "truth/d.json": json.dumps([{"x": "one", "y": "two"}, {"x": "three", "y": "four"}]),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    rows = ["a.txt,txt,truth/a.txt", "b.txt,txt,", "c.txt,txt,", "d.csv,csv,truth/d.json"]
    (folder / "manifest.csv").write_text("\n".join([",".join(COLUMNS), *rows, "gone.txt,txt,"]))
    return Corpora(tmp_path)


def results(corpora: Corpora) -> dict[tuple[str, str], Result]:
    return {(r.data, r.system): r for r in reading.results(corpora, CONFIG)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One, two: ONE", {"one": 2, "two": 1}),
        ("a ﬁne bro-\n  ken word", {"a": 1, "fine": 1, "broken": 1, "word": 1}),
        ("2-\n3 well-known", {"2": 1, "3": 1, "well": 1, "known": 1}),
        ("", {}),
    ],
)
def test_words(text: str, expected: dict[str, int]) -> None:
    """Ligatures are letters, and words that a line end broke are whole."""
    assert reading.words(text) == Counter(expected)


@pytest.mark.parametrize(
    ("found", "gold", "expected"),
    [("a b", "a b", 1.0), ("a a b", "a b", 0.8), ("a", "b", 0.0), ("", "a", 0.0)],
)
def test_token_f1(found: str, gold: str, expected: float) -> None:
    assert reading.token_f1(reading.words(found), reading.words(gold)) == pytest.approx(expected)


def test_scores_beside_another_library(corpora: Corpora) -> None:
    """Against the truth where it is known, against the nearest library where it is not."""
    found = results(corpora)

    ours, other = found["txt", "corpusmill"], found["txt", "spells"]
    assert ours.scores == {"read": pytest.approx(2 / 3), "token_f1": 1.0, "like_another": 0.5}
    assert other.scores == {"read": pytest.approx(2 / 3), "token_f1": pytest.approx(0.8)}
    assert (ours.baseline, other.baseline) == (False, True)
    assert ours.documents == 3


def test_rows_of_a_table_are_all_its_columns(corpora: Corpora) -> None:
    assert results(corpora)["csv", "corpusmill"].scores == {"read": 1.0, "token_f1": 1.0}


def test_rejects_are_named_with_those_who_read_them(
    corpora: Corpora, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the libraries that are not installed."""
    monkeypatch.setattr(reading, "GOOD_WORDS", 0)

    notes = results(corpora)["txt", "corpusmill"].notes

    assert notes == (
        "c.txt: empty: no text in it; spells finds 0 words",
        "none is not installed: `pip install -c constraints.txt '.[evaluate]'`",
    )


def test_limit_holds_for_each_format(corpora: Corpora) -> None:
    found = results(Corpora(corpora.root, limit=1))

    assert {key: result.documents for key, result in found.items()} == {
        ("csv", "corpusmill"): 1,
        ("txt", "corpusmill"): 1,
        ("txt", "spells"): 1,
    }


def test_missing_collection_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"manifest.csv is missing: .* --corpora"):
        list(reading.results(Corpora(tmp_path), CONFIG))


SAMPLES = {
    "txt": "the text of it",
    "md": "the text of it",
    "rst": "the text of it",
    "html": "<html><body><p>the text of it</p></body></html>",
    "xml": "<a>the <b>text</b> of it</a>",
    "eml": "Subject: x\n\nthe text of it\n",
    "csv": "a,b\nthe text,of it\n",
    "ipynb": json.dumps({"cells": [{"source": ["the text", " of it"]}]}),
    "rtf": r"{\rtf1 the text of it}",
}


@pytest.mark.parametrize(
    ("kind", "library"),
    [(kind, each) for kind, some in other_readers.LIBRARIES.items() for each in some],
    ids=lambda each: each if isinstance(each, str) else each.name,
)
def test_other_libraries(kind: str, library: Library) -> None:
    """Each gives the words of a small file of its format."""
    if not library.installed:
        pytest.skip(f"{library.name} is not installed")
    if kind not in SAMPLES:
        pytest.skip("its files are made by the tests of our own reader")

    text = library.read(SAMPLES[kind].encode())

    assert text.split() == ["the", "text", "of", "it"]
