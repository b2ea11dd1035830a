"""Texts in the encodings that they used to be written in, and whether they come back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from schemas.errors import DocumentRejected
from tasks.evaluation.corpora import Corpora
from tasks.evaluation.other_readers import guessed
from tasks.evaluation.results import Result, timed
from tasks.labelled_rows import Row
from tasks.readers.encodings import decode

TASK = "encodings"
DATA, FILE = "PUD", "lang/pud_parallel18.dev.jsonl.gz"
SIZES = (20, 60, 250, 1000, 5000)
"""Characters of a text."""
TEXTS = 20
"""Texts of each encoding, language and size where no limit is asked for."""
ENCODINGS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "Western": ("cp1252", "iso8859-15", "mac_roman", "cp850"),
        "Central European": ("cp1250", "iso8859-2"),
        "Turkish": ("cp1254",),
        "Cyrillic": ("cp1251", "koi8-r", "cp866", "mac_cyrillic", "iso8859-5"),
        "Arabic": ("cp1256", "iso8859-6"),
        "Thai": ("cp874",),
        "Chinese": ("gb18030", "big5"),
        "Korean": ("cp949",),
    }
)
"""The legacy encodings of each group of languages."""
LANGUAGES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "Western": ("en", "de", "fr", "es", "it", "pt", "sv", "fi"),
        "Central European": ("pl", "cs"),
        "Turkish": ("tr",),
        "Cyrillic": ("ru",),
        "Arabic": ("ar",),
        "Thai": ("th",),
        "Chinese": ("zh",),
        "Korean": ("ko",),
    }
)


class Sample(NamedTuple):
    """A text, and its bytes in an encoding that has all of its characters."""

    text: str
    data: bytes


def results(corpora: Corpora) -> Iterator[Result]:
    """Share of texts that come back letter for letter, by group and by size in characters.

    Texts that are all ASCII are left out. Raises `CorpusError` where the set is missing.
    """
    rows = corpora.rows(FILE, "text", most=TEXTS * 20)
    groups = {
        group: [s for size in SIZES for s in samples(rows, group, size, corpora.limit or TEXTS)]
        for group in ENCODINGS
    }
    sizes = {
        f"{size} characters": [
            s for group in ENCODINGS for s in samples(rows, group, size, corpora.limit or TEXTS)
        ]
        for size in SIZES
    }
    for name, some in {**groups, **sizes}.items():
        if not some:
            continue
        for system, baseline, read in (
            ("ours", False, ours),
            ("charset-normalizer", True, guessed),
        ):
            read(some[0].data)
            found, seconds = timed(partial(_all, read, some))
            right = sum(text == s.text for text, s in zip(found, some, strict=True))
            scores = {"right": right / len(some)}
            yield Result(TASK, f"{DATA} {name}", system, baseline, scores, len(some), seconds)


def samples(rows: Sequence[Row], group: str, size: int, count: int) -> list[Sample]:
    """So many texts of about so many characters for each language and encoding of a group."""
    found = []
    for language in LANGUAGES[group]:
        texts = [text for row in rows if (text := _of(row, language))]
        for encoding in ENCODINGS[group]:
            found += list(_samples(texts, encoding, size))[:count]
    return found


def _samples(texts: Sequence[str], encoding: str, size: int) -> Iterator[Sample]:
    """Texts joined up to the size; characters that the encoding has not are left out."""
    text = ""
    for one in texts:
        text = f"{text} {one}".strip()
        if len(text) >= size:
            data = text[:size].encode(encoding, "ignore")
            if not data.isascii():
                yield Sample(data.decode(encoding), data)
            text = ""


def _all(read: Callable[[bytes], str], some: Sequence[Sample]) -> list[str]:
    return [read(sample.data) for sample in some]


def ours(data: bytes) -> str:
    """As the stage ingest reads it; nothing where it refuses to."""
    try:
        return decode(data)[0]
    except DocumentRejected:
        return ""


def _of(row: Row, language: str) -> str:
    texts = row["text"]
    return str(texts.get(language, "")) if isinstance(texts, dict) else ""
