"""Rows of labelled data, from jsonl, csv, tsv or Parquet, and what is wrong with them.

Text may be compressed (gz, bz2, zst); csv and tsv hold lists as JSON.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import CorpusError
from tasks.readers.delimited import MAX_FIELD_CHARS

Row = Mapping[str, object]

_SHOWN = 10
"""Most faults that a message lists."""
_COMPRESSED = frozenset({".gz", ".bz2", ".zst"})


class Faults:
    """What is wrong with the data; `end` says it together."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, path: Path, row: int, what: str) -> None:
        """Note a fault; rows count from 1."""
        self._found.append(f"{path.name}, row {row}: {what}")

    def note(self, what: str) -> None:
        """Note a fault of no single row."""
        self._found.append(what)

    def end(self) -> None:
        """Raise `CorpusError` that lists the faults, if there are any."""
        if self._found:
            more = len(self._found) - _SHOWN
            lines = [*self._found[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
            raise CorpusError("the labelled data cannot be used:\n" + "\n".join(lines))


def rows(
    paths: Sequence[Path], faults: Faults, *, needs: Sequence[Sequence[str]], fix: str
) -> Iterator[tuple[Path, int, Row]]:
    """File, number and columns of each row; rows count from 1, those of jsonl as its lines do.

    `needs` are sets of columns of which a file must have one, and `fix` says what to do where it
    has none. Such files, and those that cannot be read, become faults.
    """
    for path in paths:
        try:
            found = _of(path, faults)
            _require(path, found, needs, fix)
        except CorpusError as error:
            faults.note(str(error))
            continue
        for number, row in found:
            yield path, number, row


def whole(text: str) -> str:
    """The text with lone surrogates, which no tokenizer takes, replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _of(path: Path, faults: Faults) -> list[tuple[int, Row]]:
    """The rows of one file. Raises `CorpusError` where it holds none or cannot be read."""
    kinds = [kind for suffix in path.suffixes if (kind := suffix.lower()) not in _COMPRESSED]
    read = _READERS.get(kinds[-1] if kinds else "")
    if read is None:
        raise CorpusError(f"{path} is none of jsonl, csv, tsv or Parquet, by its name")
    try:
        found = list(read(path, faults))
    except FileNotFoundError as error:
        raise CorpusError(f"{path} is missing") from error
    except (OSError, ValueError, pa.ArrowException) as error:
        raise CorpusError(f"{path} cannot be read as {kinds[-1]}: {error}") from error
    if not found:
        raise CorpusError(f"{path} holds no row")
    return found


def _require(
    path: Path, found: Sequence[tuple[int, Row]], needs: Sequence[Sequence[str]], fix: str
) -> None:
    columns = dict.fromkeys(name for _, row in found for name in row)
    if not any(columns.keys() >= set(names) for names in needs):
        wanted = ", or ".join(" and ".join(names) for names in needs)
        raise CorpusError(f"{path} needs the columns {wanted}, and has {', '.join(columns)}: {fix}")


def _lines(path: Path, faults: Faults) -> Iterator[tuple[int, Row]]:
    with _opened(path) as text:
        for number, line in enumerate(text, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                faults.add(path, number, f"it is no JSON: {error}")
                continue
            if isinstance(row, dict):
                yield number, row
            else:
                faults.add(path, number, "it is no JSON object")


def _delimited(delimiter: str) -> Callable[[Path, Faults], Iterator[tuple[int, Row]]]:
    def read(path: Path, faults: Faults) -> Iterator[tuple[int, Row]]:
        csv.field_size_limit(MAX_FIELD_CHARS)
        with _opened(path) as text:
            table = csv.DictReader(text, delimiter=delimiter, strict=True)
            try:
                for number, row in enumerate(table, 1):
                    if None in row:
                        faults.add(path, number, "it has more fields than the first line")
                    else:
                        yield number, row
            except csv.Error as error:
                raise CorpusError(f"{path}, after line {table.line_num}: {error}") from error

    return read


def _parquet(path: Path, _faults: Faults) -> Iterator[tuple[int, Row]]:
    with pq.ParquetFile(path) as file:
        yield from enumerate(file.read().to_pylist(), 1)


def _opened(path: Path) -> io.TextIOWrapper:
    return io.TextIOWrapper(pa.input_stream(path), encoding="utf-8-sig", newline="")


_READERS: Mapping[str, Callable[[Path, Faults], Iterator[tuple[int, Row]]]] = MappingProxyType(
    {
        ".jsonl": _lines,
        ".ndjson": _lines,
        ".csv": _delimited(","),
        ".tsv": _delimited("\t"),
        ".parquet": _parquet,
    }
)
