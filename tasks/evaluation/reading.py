"""Files of all formats: what becomes of each, and how much of its text our readers find.

The measure is the F1 of tokens as bags (Rajpurkar et al. 2016, SQuAD): words of letters and digits
in lower case, each as often as it stands there. It says nothing of their order, nor of what differs
between the truths themselves: ligatures count as their letters, and a word that a line end breaks
counts as whole, on both sides.
"""

import json
import logging
import re
import time
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from csv import DictReader
from dataclasses import dataclass
from pathlib import Path

from schemas.config import IngestConfig
from tasks import readers
from tasks.evaluation.corpora import Corpora, spread
from tasks.evaluation.other_readers import LIBRARIES, Library
from tasks.evaluation.results import Result, f1

TASK = "reading"
OURS = "corpusmill"
FOLDER = "files"
GOOD_WORDS = 5
"""Words from which another library counts as having read a file that ours rejected."""
SAME_TEXT: Mapping[str, str] = {"uns-eng_spa_mult": "uns-eng_spa_mult.txt"}
"""Files whose text is that of another one, as the manifest says, by their stem."""
_WORD = re.compile(r"\w+")
_BROKEN = re.compile(r"(?<=[^\W\d_])[-\xad\u2010\x02\ufffe]\s*\n\s*(?=[^\W\d_])")


@dataclass(frozen=True)
class File:
    """A file of the collection."""

    path: Path
    format: str
    truth: str | None
    """What should be read of it, where that is known."""
    columns: Sequence[str] = ()
    """Of a table whose rows are known: all of them are its text."""


@dataclass(frozen=True)
class Reading:
    """What a system makes of a file."""

    text: str
    fault: str
    """Why there is no text; empty where there is."""
    cpu_s: float

    @property
    def words(self) -> Counter[str]:
        """Its words, each as often as it stands there."""
        return words(self.text)


def results(corpora: Corpora, config: IngestConfig) -> Iterator[Result]:
    """Our readers on each format, then every other library that is installed.

    Scores are the share of files that gave text, the mean F1 against what is known to stand in
    them, and for the others of ours the F1 against the library that comes nearest: a hint only.
    Raises `CorpusError` where the collection is missing.
    """
    found = files(corpora)
    for kind in sorted({file.format for file in found}):
        some = spread([file for file in found if file.format == kind], corpora.limit)
        libraries = [library for library in LIBRARIES.get(kind, ()) if library.installed]
        others = {library.name: _read_all(some, library) for library in libraries}
        ours = [_ours(file, config) for file in some]
        notes = [*_outcomes(some, ours, others), *_not_installed(kind)]
        yield _result(kind, OURS, some, ours, notes, others)
        for name, readings in others.items():
            yield _result(kind, name, some, readings)


def files(corpora: Corpora) -> list[File]:
    """The files that the manifest names, with what is known of them."""
    with corpora.path(f"{FOLDER}/manifest.csv").open(newline="", encoding="utf-8") as manifest:
        rows = list(DictReader(manifest))
    folder = corpora.root / FOLDER
    return [_file(folder, row) for row in rows if (folder / row["file"]).is_file()]


def words(text: str) -> Counter[str]:
    r"""The words of a text, each as often as it stands there.

    >>> sorted(words("One, two - ONE, bro-\nken.").items())
    [('broken', 1), ('one', 2), ('two', 1)]
    """
    whole = _BROKEN.sub("", unicodedata.normalize("NFKC", text))
    return Counter(_WORD.findall(whole.lower()))


def token_f1(found: Counter[str], gold: Counter[str]) -> float:
    """Agreement of two bags of words, 0 to 1."""
    return f1((found & gold).total(), found.total(), gold.total())


def _file(folder: Path, row: Mapping[str, str]) -> File:
    path, truth = folder / row["file"], row["ground_truth"]
    twin = SAME_TEXT.get(path.stem)
    if truth.endswith(".json"):
        table = json.loads((folder / truth).read_text(encoding="utf-8"))
        cells = " ".join(str(cell) for each in table for cell in each.values())
        return File(path, row["format"], cells, tuple(table[0]))
    if truth or (twin and twin != path.name):
        text = (folder / (truth or str(twin))).read_text(encoding="utf-8")
        return File(path, row["format"], text)
    return File(path, row["format"], None)


def _ours(file: File, config: IngestConfig) -> Reading:
    """What our readers make of a file; of a table with known rows, each column."""
    columns = file.columns or (config.text_column,)
    configs = [config.model_copy(update={"text_column": column}) for column in columns]

    def read(data: bytes) -> str:
        items = [i for each in configs for i in readers.read(data, file.path.name, each)]
        texts = [item.text for item in items if isinstance(item, readers.Record)]
        if not texts:
            fault = next(item for item in items if isinstance(item, readers.Rejected))
            raise ValueError(f"{fault.reason}: {fault.message}")
        return "\n".join(texts)

    return _timed(read, file.path)


def _read_all(some: Sequence[File], library: Library) -> list[Reading]:
    """What a library makes of the files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.ERROR)
        try:
            return [_timed(library.read, file.path) for file in some]
        finally:
            logging.disable(logging.NOTSET)


def _timed(read: Callable[[bytes], str], path: Path) -> Reading:
    data = path.read_bytes()
    started = time.process_time()
    try:
        text, fault = read(data), ""
    except Exception as error:  # noqa: BLE001  # libraries raise anything on damaged files
        text, fault = "", str(error) if type(error) is ValueError else type(error).__name__
    spent = time.process_time() - started
    return Reading(text, fault or ("" if text.strip() else "no text"), spent)


def _result(
    kind: str,
    system: str,
    some: Sequence[File],
    readings: Sequence[Reading],
    notes: Sequence[str] = (),
    others: Mapping[str, Sequence[Reading]] | None = None,
) -> Result:
    """A row of the table."""
    scores = {"read": _mean([not reading.fault for reading in readings])}
    known, near = [], []
    for number, (file, reading) in enumerate(zip(some, readings, strict=True)):
        if file.truth is not None:
            known.append(token_f1(reading.words, words(file.truth)))
        elif others and not reading.fault:
            each = (token_f1(reading.words, other[number].words) for other in others.values())
            near.append(max(each))
    measures = {"token_f1": known, "like_another": near}
    scores |= {name: _mean(each) for name, each in measures.items() if each}
    spent = sum(reading.cpu_s for reading in readings)
    return Result(TASK, kind, system, system != OURS, scores, len(some), spent, tuple(notes))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _outcomes(
    some: Sequence[File], ours: Sequence[Reading], others: Mapping[str, Sequence[Reading]]
) -> Iterator[str]:
    """The files that gave no text, why, and who reads them nevertheless."""
    for number, (file, reading) in enumerate(zip(some, ours, strict=True)):
        if reading.fault:
            counts = {name: each[number].words.total() for name, each in others.items()}
            who = [f"{name} finds {n} words" for name, n in counts.items() if n >= GOOD_WORDS]
            yield "; ".join([f"{file.path.name}: {reading.fault}", *who])


def _not_installed(kind: str) -> Iterator[str]:
    for library in LIBRARIES.get(kind, ()):
        if not library.installed:
            yield (
                f"{library.name} is not installed: `pip install -c constraints.txt '.[evaluate]'`"
            )
