"""What memory a run takes as its corpus grows: one run a size, each in processes of its own."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from flows import generated_texts
from schemas.errors import CorpusmillError

SHARES = (0.1, 0.25, 0.5, 1.0)
"""Of the documents asked for: the sizes of the corpora."""
_LOOK_EVERY_S = 0.1
_SERVER = "flows.temporary_server"


@dataclass(frozen=True)
class Memory:
    """Largest resident memory of each kind of process in a run, in 10^6 bytes."""

    documents: int
    wall_s: float
    main_mb: float
    worker_mb: float
    """Of the largest worker."""
    server_mb: float
    """Of Prefect's temporary server; 0 where another is configured."""


@dataclass(frozen=True)
class Growth:
    """The runs, the smallest first."""

    runs: tuple[Memory, ...]

    def bytes_a_document(self, kind: str) -> float:
        """Least-squares slope of the memory of a kind of process: `main`, `worker` or `server`."""
        if len(self.runs) == 1:
            return 0.0
        mean_x = sum(run.documents for run in self.runs) / len(self.runs)
        over = [run.documents - mean_x for run in self.runs]
        memory: list[float] = [getattr(run, f"{kind}_mb") * 1e6 for run in self.runs]
        return sum(x * y for x, y in zip(over, memory, strict=True)) / sum(x * x for x in over)


def growth(documents: int, stages: str, words: Sequence[str], texts: Path) -> Growth:
    """The memory of runs over a tenth, a quarter, half and all of so many documents.

    The documents are made of the words of the files under `texts`; `words` are further arguments of
    `run`. Raises `CorpusError` where there is no text, and `CorpusmillError` where a run fails.
    """
    vocabulary = generated_texts.vocabulary(texts)
    sizes = sorted({max(1, round(share * documents)) for share in SHARES})
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        corpus, written = Path(folder) / "corpus", 0
        for size in sizes:
            words_each = generated_texts.WORDS_A_DOCUMENT
            generated_texts.write(corpus, range(written, size), vocabulary, words_each)
            written = size
            results = Path(folder) / f"results-{size}"
            arguments = ["--results", str(results), "--stages", stages, "--json", *words]
            runs.append(_measured(size, [str(corpus), *arguments], Path(folder) / "said"))
    return Growth(tuple(runs))


def _measured(documents: int, arguments: Sequence[str], said: Path) -> Memory:
    """The command `run` to its end, looked at all the time."""
    started = time.monotonic()
    peaks = {"main": 0, "worker": 0, "server": 0}
    with said.open("w+b") as log:
        command = [sys.executable, "-m", "flows", "run", *arguments]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                for kind, resident in _resident(process.pid):
                    peaks[kind] = max(peaks[kind], resident)
                time.sleep(_LOOK_EVERY_S)
        finally:
            process.terminate()
        if process.returncode:
            tail = said.read_text(errors="replace")[-1000:]
            raise CorpusmillError(f"the run over {documents} documents failed: {tail}")
    wall_s = time.monotonic() - started
    return Memory(documents, wall_s, *(peaks[kind] / 1e6 for kind in peaks))


def _resident(pid: int) -> Iterator[tuple[str, int]]:
    """The kind and the resident bytes of each process of a run that is there now."""
    try:
        main = psutil.Process(pid)
        own = main.cmdline()
        yield "main", main.memory_info().rss
        children = main.children(recursive=True)
    except psutil.Error:
        return
    for child in children:
        try:
            words = child.cmdline()
            if words != own:  # else a copy of the main process, about to become another program
                yield "server" if _SERVER in words else "worker", child.memory_info().rss
        except psutil.Error:  # it has ended
            continue
