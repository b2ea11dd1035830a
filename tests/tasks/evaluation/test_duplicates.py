"""Scores of near-duplicates, on texts few enough to compare by hand."""

import gzip
import json
from pathlib import Path

import pytest

from schemas.config import IngestConfig
from tasks.evaluation import duplicates
from tasks.evaluation.corpora import Corpora

CONFIG = IngestConfig()
WORDS = [f"word{i}" for i in range(100)]
TEXT = " ".join(WORDS)
COPY = TEXT.upper()
LONGER = " ".join([*WORDS, *(f"more{i}" for i in range(4))])
OTHER = " ".join(reversed(WORDS))


def test_the_index_is_exact() -> None:
    """Of 96 shingles and of 100, 96 are common; a short text has too few."""
    found = duplicates.by_shingles([TEXT, OTHER, LONGER, "Thanks!", "thanks", COPY], CONFIG)

    none = (-1, 0.0)
    assert found == [none, none, (0, 0.96), none, none, (0, 1.0)]


def test_the_baseline_finds_what_is_only_set_otherwise() -> None:
    """Case and punctuation differ, no word."""
    found = duplicates.by_words([TEXT, LONGER, "Thanks!", "thanks", COPY], CONFIG)

    assert [head for head, _ in found] == [-1, -1, -1, -1, 0]


def test_scores() -> None:
    """One of the two that are marked is right, of three to mark; it is off by a tenth."""
    none = (-1, 0.0)

    found = duplicates.scores(
        [none, (0, 0.9), none, (0, 0.8), none], [none, (0, 1.0), (0, 0.8), none, (0, 0.9)]
    )

    assert found == pytest.approx({"precision": 1 / 2, "recall": 1 / 3, "f1": 0.4, "off_by": 0.1})


def test_results(tmp_path: Path) -> None:
    """What is the same to the letter counts once, and what has no body not at all."""
    bodies = [TEXT, TEXT, None, OTHER, LONGER, COPY]
    path = tmp_path / duplicates.FILE
    path.parent.mkdir()
    path.write_bytes(
        gzip.compress("".join(json.dumps({"body": b}) + "\n" for b in bodies).encode())
    )

    ours, same = duplicates.results(Corpora(tmp_path), CONFIG)

    assert (ours.system, ours.documents, ours.scores["f1"]) == ("MinHash", 4, 1)
    assert (same.system, same.baseline, same.scores["recall"]) == ("same words", True, 0.5)
