"""How fast files are read: our readers beside other libraries, each in a process of its own.

What is measured is time on the processor, so that a busy machine matters little, and only over
files that every way reads: those that one refuses would cost it nothing. Each file is read twice
and the faster time counts: the first also pays for what is imported and loaded on first use.
"""

import io
import logging
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.contenders import afresh
from schemas.config import IngestConfig
from schemas.errors import CorpusError
from tasks.evaluation.corpora import spread
from tasks.evaluation.other_readers import LIBRARIES
from tasks.machine import peak_bytes

OURS = "corpusmill"
_TIMES = 2


@dataclass(frozen=True)
class ReadingSpeed:
    """One way to read the files of one format."""

    format: str
    way: str
    found: int
    """Files of the format."""
    read: int
    """Those that gave text."""
    files: int
    """Those that every way reads; what follows is of them."""
    megabytes: float
    """Their size, in 10^6 bytes."""
    cpu_s: float
    """For all of them, in seconds of one thread."""
    peak_mb: float
    """Largest resident memory of the process, in 10^6 bytes, over all files of the format."""

    @property
    def mb_per_cpu_s(self) -> float:
        """10^6 bytes a second on the processor."""
        return self.megabytes / max(self.cpu_s, 1e-9)

    @property
    def files_per_cpu_s(self) -> float:
        """Files a second on the processor."""
        return self.files / max(self.cpu_s, 1e-9)


def speeds(
    folder: Path, config: IngestConfig, *, without: Sequence[str] = (), limit: int | None = None
) -> list[ReadingSpeed]:
    """Our readers first, then each library that is installed, format by format.

    A format is the extension of a name; one that not every way reads is told with 0 files. `limit`
    is the number of files of each that are taken, evenly spread, and `without` names libraries to
    leave out. Raises `CorpusError` where the folder has no file.
    """
    files: dict[str, list[Path]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        files.setdefault(path.suffix.lower().removeprefix("."), []).append(path)
    if not files:
        raise CorpusError(f"{folder}: no file to measure with: name a folder of documents")
    found = []
    for kind, paths in sorted(files.items()):
        others = [each.name for each in LIBRARIES.get(kind, ()) if each.installed]
        ways = [OURS, *(name for name in others if name not in without)]
        found += _of_format(kind, ways, spread(paths, limit), config)
    return found


def _of_format(
    kind: str, ways: Sequence[str], paths: Sequence[Path], config: IngestConfig
) -> list[ReadingSpeed]:
    """The speed of each way over the files that all of them read."""
    measured = [afresh(_costs, kind, way, paths, config) for way in ways]
    common = [n for n in range(len(paths)) if all(costs[n] is not None for costs, _ in measured)]
    megabytes = sum(paths[n].stat().st_size for n in common) / 1e6
    return [
        ReadingSpeed(
            format=kind,
            way=way,
            found=len(paths),
            read=sum(cost is not None for cost in costs),
            files=len(common),
            megabytes=megabytes,
            cpu_s=sum(costs[n] or 0.0 for n in common),
            peak_mb=peak_mb,
        )
        for way, (costs, peak_mb) in zip(ways, measured, strict=True)
    ]


def _costs(
    kind: str, way: str, paths: Sequence[Path], config: IngestConfig
) -> tuple[list[float | None], float]:
    """Seconds for each file, None where it gives no text, and the largest memory in 10^6 bytes."""
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    read = _reader(kind, way, config)
    return [_cost(read, path) for path in paths], peak_bytes() / 1e6


def _reader(kind: str, way: str, config: IngestConfig) -> Callable[[bytes, str], str]:
    """What gives the text of a file's bytes; ours also has its name."""
    if way != OURS:
        (other,) = (each.read for each in LIBRARIES[kind] if each.name == way)
        return lambda data, _: other(data)

    from tasks.readers import READERS, Record, media_type, read, walk
    from tasks.readers.parts import Budget

    def ours(data: bytes, name: str) -> str:
        kind = media_type(data, name)
        parts = None
        if kind not in READERS:  # a container is as fast as what lies in it
            budget = Budget(len(data), config)
            parts, _ = walk(io.BytesIO(data), kind, name, config, budget)
        if parts is not None:
            return "\n".join(ours(part.data, part.name) for part in parts)
        items = read(data, name, config, kind)
        return "\n".join(item.text for item in items if isinstance(item, Record))

    return ours


def _cost(read: Callable[[bytes, str], str], path: Path) -> float | None:
    """Seconds on the processor for a file, or None where it gives no text."""
    data = path.read_bytes()
    spent = []
    for _ in range(_TIMES):
        started = time.process_time()
        try:
            text = read(data, path.name)
        except Exception:  # noqa: BLE001  # libraries raise anything on damaged files
            return None
        spent.append(time.process_time() - started)
        if not text.strip():
            return None
    return min(spent)
