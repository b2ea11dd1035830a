"""Shares of texts that are taken for their own language, on sentences of our own."""

import gzip
import json
from pathlib import Path

import pytest

from schemas.config import IngestConfig
from tasks.evaluation import languages
from tasks.evaluation.corpora import Corpora
from tasks.evaluation.languages import Sample

TEXTS = {
    "en": "The council met on Thursday to vote on the new budget of the city.",
    "de": "Der Stadtrat hat am Donnerstag über den neuen Haushalt abgestimmt.",
}


def test_samples_are_cut_to_size() -> None:
    """Sentences too short are filled up with the next."""
    found = languages.samples([{"text": {"en": "one"}}, {"text": {"en": "two and three"}}], 8, 9)

    assert found == [Sample("one two ", "en")]


def test_scores() -> None:
    """Of four, two are right and one has no language."""
    some = [Sample("", name) for name in ("en", "de", "fr", "es")]

    found = languages.scores(["en", "de", "und", "pt"], some)

    assert found == pytest.approx({"right": 0.5, "und": 0.25, "precision": 2 / 3})


def test_results(tmp_path: Path) -> None:
    """A row a size, ours beside the guess."""
    path = tmp_path / languages.FILE
    path.parent.mkdir()
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for number in range(40):
            lines.write(json.dumps({"id": str(number), "text": TEXTS}) + "\n")

    found = list(languages.results(Corpora(tmp_path), IngestConfig()))

    assert len(found) == 2 * len(languages.SIZES)
    assert {result.scores["right"] for result in found if "100 " in result.data} == {1.0}
