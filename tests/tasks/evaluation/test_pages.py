"""Scores of web pages, on small ones of our own."""

import base64
import gzip
import json
from pathlib import Path

import pytest

from tasks.evaluation import pages
from tasks.evaluation.corpora import Corpora
from tasks.evaluation.pages import Strings

SENTENCE = "The council met and talked about the bridge for a long time, said the mayor. "
PAGE = (
    "<html><head><title>Bridge</title></head><body><nav><a href='/'>Start page</a></nav>"
    f"<article><h1>The bridge</h1><p>{SENTENCE * 6}</p></article>"
    "<footer>Imprint and such</footer></body></html>"
)


def test_string_scores() -> None:
    """Of three that are wanted two are there, and of two that are not one; space is space."""
    asked = [Strings(["a", "b  x"], ["x"]), Strings(["c"], ["y"])]

    found = pages.string_scores(["a b\nx", "nothing"], asked)

    assert found == pytest.approx(
        {"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3, "accuracy": 3 / 5}
    )


def test_a_page_that_is_not_utf_8_is_decoded() -> None:
    """As it declares itself."""
    data = "<meta charset=iso-8859-1><p>Straße</p>".encode("latin-1")

    assert "Straße" in pages.markup({"html": "", "html_base64": base64.b64encode(data).decode()})


@pytest.mark.parametrize("name", pages.extractors())
def test_extractors(name: str) -> None:
    """Each finds what the page is about."""
    assert SENTENCE.strip() in " ".join(pages.extractors()[name](PAGE).split())


def test_results(tmp_path: Path) -> None:
    """Both sets for each system; ours leaves out what stands around the content."""
    row = {"id": "a", "with": ["The council"], "without": ["Start page", "Imprint"], "html": PAGE}
    (tmp_path / "html").mkdir()
    for file, one in (
        (pages.STRINGS_FILE, row),
        (pages.CONTENT_FILE, {"id": "a", "html": PAGE, "expected_html": f"<p>{SENTENCE * 6}</p>"}),
    ):
        with gzip.open(tmp_path / file, "wt", encoding="utf-8") as lines:
            lines.write(json.dumps(one) + "\n")

    found = {(r.data, r.system): r.scores for r in pages.results(Corpora(tmp_path))}

    assert found[pages.STRINGS, pages.OURS]["f1"] == 1.0
    assert found[pages.CONTENT, pages.OURS]["token_f1"] > 0.95
    assert found[pages.STRINGS, "all text (inscriptis)"]["precision"] == pytest.approx(1 / 3)
    assert len(found) == 2 * len(pages.extractors())
