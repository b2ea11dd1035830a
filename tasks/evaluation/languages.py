"""Sentences of known language, cut to lengths, and the language they are taken for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from schemas.config import IngestConfig
from tasks.evaluation.corpora import Corpora
from tasks.evaluation.results import Result, timed
from tasks.labelled_rows import Row
from tasks.language import UNDETERMINED, detect, guess

TASK = "languages"
DATA, FILE = "PUD", "lang/pud_parallel18.dev.jsonl.gz"
SIZES = (20, 50, 100, 200, 1000)
"""Characters of a text."""
TEXTS = 50
"""Texts of each language and size where no limit is asked for."""
Detector = Callable[[str], str]


class Sample(NamedTuple):
    """A text and its language."""

    text: str
    language: str


def results(corpora: Corpora, config: IngestConfig) -> Iterator[Result]:
    """Share of texts in 18 languages taken for their own, and for none, by size in characters.

    Raises `CorpusError` where the set is missing.
    """
    rows = corpora.rows(FILE, "text", most=TEXTS * 8)
    systems: tuple[tuple[str, bool, Detector], ...] = (
        ("ours", False, partial(_ours, config.min_language_confidence)),
        ("py3langid, however unsure", True, _unsure),
    )
    for size in SIZES:
        some = samples(rows, size, corpora.limit or TEXTS)
        for name, baseline, detector in systems:
            detector(some[0].text)
            found, seconds = timed(partial(_all, detector, some))
            data = f"{DATA} {size} characters"
            yield Result(TASK, data, name, baseline, scores(found, some), len(some), seconds)


def samples(rows: Sequence[Row], size: int, count: int) -> list[Sample]:
    """So many texts of each language, cut to a size; a sentence too short is filled up."""
    found = []
    for language in _languages(rows[0]):
        texts, text = list[str](), ""
        for row in rows:
            text = f"{text} {_languages(row)[language]}".strip()
            if len(text) >= size:
                texts.append(text[:size])
                text = ""
        found += [Sample(text, language) for text in texts[:count]]
    return found


def scores(found: Sequence[str], some: Sequence[Sample]) -> Mapping[str, float]:
    """Share that is right, share without a language, and share of the others that is right."""
    right = sum(one == sample.language for one, sample in zip(found, some, strict=True))
    without = sum(one == UNDETERMINED for one in found)
    return {
        "right": right / len(some),
        "und": without / len(some),
        "precision": right / max(len(some) - without, 1),
    }


def _all(detector: Detector, some: Sequence[Sample]) -> list[str]:
    return [detector(sample.text) for sample in some]


def _ours(min_confidence: float, text: str) -> str:
    return detect(text, min_confidence=min_confidence)[0]


def _unsure(text: str) -> str:
    return guess(text)[0]


def _languages(row: Row) -> Mapping[str, str]:
    texts = row["text"]
    return texts if isinstance(texts, dict) else {}
