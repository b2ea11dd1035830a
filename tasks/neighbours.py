"""Similar documents kept up to date: the exact neighbours, at the cost of what changed.

Adding a document can change any other's neighbours, so a part is current only for the *corpus it
was compared with*. That corpus is kept once, as the pairs of `doc_id` and content key compared
(`.compared.json`), and each part's footer names its digest. Where a part was made of the corpus on
record, its lists stand: only changed documents are compared with it, and only documents that are
new, or had a neighbour that is gone, search the whole corpus again.
"""

import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.config import SimilarConfig
from schemas.errors import DamagedPart
from schemas.fingerprints import Recipe, digest, fingerprint
from schemas.receipts import Outcome, Receipt
from schemas.tables import TABLES
from tasks.footers import Answer, Footer
from tasks.machine import peak_bytes
from tasks.partitions import Job
from tasks.similar_documents import Vectors, document_vectors, merge, nearest
from tasks.store import Store, of_documents

TABLE, _CORPUS = "similar_documents", "compared"
_RECORD = f"{TABLE}/.compared.json"
_BLOCK = 20
"""Partitions searched in one pass: 10,000 documents of the default size hold 15 MB of vectors."""

Corpus = Mapping[str, str]
"""Content key of each document."""


class _Asked(TypedDict):
    count: int
    min_score: float


def corpus(store: Store, recipe: Recipe) -> dict[str, str]:
    """The documents that can be compared, and their content keys (footers only).

    They have sentence vectors of the present encoder: those of different ones have nothing to do
    with each other.
    """
    return {
        doc: answer.key
        for partition in store.partitions("embeddings")
        for doc, answer in _comparable(store, partition, recipe).items()
    }


def incomparable(store: Store, recipe: Recipe) -> set[str]:
    """The documents whose sentence vectors are of another encoder, and await a backfill."""
    return {
        doc
        for partition in store.partitions("embeddings")
        if (footer := store.footer("embeddings", partition)) is not None
        for same in [_comparable(store, partition, recipe)]
        for doc, answer in footer.answers.items()
        if answer.outcome is Outcome.DONE and doc not in same
    }


def _comparable(store: Store, partition: int, recipe: Recipe) -> dict[str, Answer]:
    footer = store.footer("embeddings", partition)
    if footer is None:
        return {}
    present = _encoder(recipe["reads"]["embeddings"])
    same = {name for name, other in footer.recipes.items() if _encoder(other) == present}
    return {
        doc: answer
        for doc, answer in footer.answers.items()
        if answer.outcome is Outcome.DONE and answer.made_by in same
    }


def _encoder(recipe: Recipe) -> tuple[object, ...]:
    """What vectors must have in common to be compared."""
    return recipe["version"], recipe["config"], recipe["models"]


def name(documents: Corpus) -> str:
    """A digest that names a corpus."""
    return digest(f"{doc} {key}" for doc, key in sorted(documents.items()))


def stale(store: Store, recipe: Recipe) -> list[int]:
    """The partitions whose lists were not made of the corpus as it is now, or are not there."""
    compared = name(corpus(store, recipe))
    return [
        partition
        for partition in sorted({*store.partitions("embeddings"), *store.partitions(TABLE)})
        if not _made_of(store, partition, recipe, compared)
    ]


def blocks(stale: list[int]) -> Iterator[tuple[int, ...]]:
    """Partitions to search together: more would need more memory, fewer more passes."""
    for start in range(0, len(stale), _BLOCK):
        yield tuple(stale[start : start + _BLOCK])


@dataclass(frozen=True)
class Neighbours:
    """Partitions whose lists are to be brought up to date; plain values, so that it travels."""

    job: Job
    partitions: tuple[int, ...]


def run(work: Neighbours) -> Receipt:
    """Bring the lists of some partitions up to date; safe to repeat."""
    started = time.perf_counter()
    store, config = Store(work.job.results), work.job.config.similar
    recipe = work.job.recipe
    now, before = corpus(store, recipe), _on_record(store)
    compared, recorded = name(now), name(before)
    changed = {doc for doc, key in now.items() if before.get(doc) != key}
    gone = {doc for doc, key in before.items() if now.get(doc) != key}
    arrivals = Vectors([], np.zeros((0, 0), np.float32))
    if before:
        arrivals = _joined(vectors.select(changed) for vectors in _all_vectors(store, recipe))
    lists: dict[int, list[pa.Table]] = {}
    search: dict[int, Vectors] = {}
    for partition in work.partitions:
        own, known = _vectors(store, partition, recipe), None
        if _made_of(store, partition, recipe, recorded):
            rows = store.read(TABLE, partition)
            known = own.select({*own.doc_ids} - changed - _with_neighbour(rows, gone))
            rows = of_documents(rows, known.doc_ids)
            lists[partition] = [merge(rows, known, arrivals, **_asked(config))]
        lists.setdefault(partition, [])
        search[partition] = own.select({*own.doc_ids} - {*(known.doc_ids if known else ())})
    for partition, rows in _search(store, search, work.job).items():
        lists[partition].append(rows)
    written = [
        _write(store, partition, rows, recipe, compared) for partition, rows in lists.items()
    ]
    return Receipt(
        TABLE,
        work.partitions[0],
        done=sum(len(vectors.doc_ids) for vectors in search.values()),
        seconds=time.perf_counter() - started,
        peak_bytes=peak_bytes(),
        written=tuple(written),
    )


def finish(store: Store, recipe: Recipe) -> None:
    """Put the corpus on record that every part has now been compared with."""
    store.replace(_RECORD, json.dumps(corpus(store, recipe)).encode())


def forget(store: Store, gone: Collection[str]) -> None:
    """Remove the lists of documents that are gone, and themselves from the lists of others.

    Lists that grow shorter by that are found anew by the next run.
    """
    docs = pa.array(list(gone), pa.string())
    for partition in store.partitions(TABLE):
        rows, footer = store.read(TABLE, partition), store.footer(TABLE, partition)
        named = pc.is_in(rows["other_doc_id"], docs)
        kept = rows.filter(pc.invert(pc.or_(pc.is_in(rows["doc_id"], docs), named)))
        if footer is None or (
            kept.num_rows == rows.num_rows and footer.answers.keys().isdisjoint(gone)
        ):
            continue
        answers = {doc: answer for doc, answer in footer.answers.items() if doc not in gone}
        extra = {} if pc.any(named).as_py() else footer.extra
        store.write(TABLE, partition, kept, Footer(footer.recipe, answers, extra, footer.others))


def _on_record(store: Store) -> dict[str, str]:
    try:
        return dict(json.loads(store.folder.read(_RECORD)))
    except (FileNotFoundError, ValueError):
        return {}


def _made_of(store: Store, partition: int, recipe: Recipe, compared: str) -> bool:
    """Whether the lists of a partition were made by this recipe of the corpus of this name."""
    try:
        footer = store.footer(TABLE, partition)
    except DamagedPart:
        return False
    return (
        footer is not None
        and footer.fingerprint == fingerprint(recipe)
        and footer.extra.get(_CORPUS) == compared
    )


def _asked(config: SimilarConfig) -> _Asked:
    return {"count": config.count, "min_score": config.min_score}


def _vectors(store: Store, partition: int, recipe: Recipe) -> Vectors:
    docs = _comparable(store, partition, recipe).keys()
    return document_vectors(store.read("embeddings", partition, ["doc_id", "vector"], docs=docs))


def _all_vectors(store: Store, recipe: Recipe) -> Iterator[Vectors]:
    for partition in store.partitions("embeddings"):
        yield _vectors(store, partition, recipe)


def _joined(parts: Iterable[Vectors]) -> Vectors:
    some = [vectors for vectors in parts if vectors.doc_ids]
    if not some:
        return Vectors([], np.zeros((0, 0), np.float32))
    ids = [doc for vectors in some for doc in vectors.doc_ids]
    return Vectors(ids, np.concatenate([vectors.matrix for vectors in some]))


def _search(store: Store, queries: Mapping[int, Vectors], job: Job) -> dict[int, pa.Table]:
    """The neighbours of the queries among all documents, in one pass; by partition."""
    everyone = _joined(queries.values())
    if not everyone.doc_ids:
        return {}
    vectors = _all_vectors(store, job.recipe)
    rows = nearest(everyone, vectors, **_asked(job.config.similar))
    return {partition: of_documents(rows, v.doc_ids) for partition, v in queries.items()}


def _with_neighbour(rows: pa.Table, docs: Collection[str]) -> set[str]:
    """The documents that have one of these as a neighbour."""
    hit = pc.is_in(rows.column("other_doc_id"), pa.array(list(docs), pa.string()))
    return set(rows.filter(hit).column("doc_id").to_pylist())


def _write(
    store: Store, partition: int, lists: list[pa.Table], recipe: Recipe, compared: str
) -> str:
    """Write the lists of a partition, or remove its part where the partition is gone."""
    if store.footer("embeddings", partition) is None:
        store.drop(TABLE, partition)
        return f"{TABLE} {partition:05d} removed"
    compared_now = _comparable(store, partition, recipe)
    answers = {doc: Answer(answer.key) for doc, answer in compared_now.items()}
    rows = pa.concat_tables(
        [
            TABLES[TABLE].empty_table(),
            *(r.select(TABLES[TABLE].names).cast(TABLES[TABLE]) for r in lists),
        ]
    )
    return store.write(TABLE, partition, rows, Footer(recipe, answers, {_CORPUS: compared}))
