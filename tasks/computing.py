"""Computes a stage on documents, some at a time, so that one of them costs no other."""

import importlib
from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa

from schemas.config import Settings
from schemas.errors import DocumentRejected, ModelError
from schemas.receipts import Refusal
from schemas.stages import CORPUS_TABLES, Stage
from tasks import heartbeat
from tasks.store import of_documents

Compute = Callable[[Mapping[str, pa.Table], Settings], dict[str, pa.Table]]
Tables = dict[str, pa.Table]

TOGETHER = 32
"""Documents at once: as fast as more, and little is to blame where a worker dies of one."""
_CHARS_TOGETHER = 250_000
"""Code points at once, unless one document has more: spaCy takes 4.3 KB for each."""
_SYSTEMIC = 5
"""If this many documents are tried one by one and all fail alike, the stage is at fault."""


def computed(
    stage: Stage, settings: Settings | None, inputs: Mapping[str, pa.Table], *, together: int
) -> tuple[Tables, dict[str, Refusal]]:
    """The stage's rows, and why each document that failed did.

    `together` documents are computed at once, in the order of their `doc_id`; where that fails,
    each alone. The heartbeat says the number of the first of them.
    """
    documents = inputs["documents"].sort_by("doc_id")
    docs: list[str] = documents.column("doc_id").to_pylist()
    if not docs or settings is None:
        return {}, {}
    compute: Compute = importlib.import_module(f"tasks.{stage.name}").compute
    done: list[Tables] = []
    refused: dict[str, Refusal] = {}
    for first, end in _bounds(documents.column("n_chars").to_pylist(), together):
        heartbeat.at(first)
        some = docs[first:end]
        try:
            done.append(compute(_only(inputs, some), settings))
        except (OSError, MemoryError, ModelError):
            raise
        except Exception as error:  # noqa: BLE001  # one document of several: find it
            if len(some) == 1:
                refused[some[0]] = _reason(error)
            else:
                _one_by_one(compute, settings, inputs, some, into=(done, refused))
    heartbeat.at(heartbeat.NOTHING)
    tables = stage.writes if done else ()
    return {table: pa.concat_tables([each[table] for each in done]) for table in tables}, refused


def _bounds(lengths: list[int], together: int) -> Iterator[tuple[int, int]]:
    """Where each lot of documents begins and ends, given their lengths in code points."""
    first = chars = 0
    for end, length in enumerate(lengths):
        if end > first and (end - first == together or chars + length > _CHARS_TOGETHER):
            yield first, end
            first, chars = end, 0
        chars += length
    yield first, len(lengths)


def _one_by_one(
    compute: Compute,
    settings: Settings,
    inputs: Mapping[str, pa.Table],
    docs: list[str],
    *,
    into: tuple[list[Tables], dict[str, Refusal]],
) -> None:
    """Compute each document alone, and add its rows, or why it failed, to `into`."""
    done, refused = into
    for doc in docs:
        heartbeat.still()
        try:
            done.append(compute(_only(inputs, [doc]), settings))
        except (OSError, MemoryError, ModelError):
            raise
        except Exception as error:  # becomes a row of rejects
            refused[doc] = _reason(error)
            if len(refused) == _SYSTEMIC and not done and refused[doc].reason == "failed":
                raise


def _only(inputs: Mapping[str, pa.Table], docs: list[str]) -> Tables:
    return {
        table: rows if table in CORPUS_TABLES else of_documents(rows, docs)
        for table, rows in inputs.items()
    }


def _reason(error: Exception) -> Refusal:
    if isinstance(error, DocumentRejected):
        return Refusal(error.reason, error.message)
    return Refusal("failed", f"{type(error).__name__}: {error}"[:300])
