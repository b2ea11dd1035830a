"""The nearest neighbours of documents, by the cosine of their mean sentence vectors.

Exact: every pair is compared, block by block. A pair's score depends on its two documents alone,
not on the block it was computed in, so lists can be kept up to date by what changed.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import TABLES

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

_DECIMALS = 6
"""Scores that agree to this many decimals are equal: then the order of doc_id decides."""
_MARGIN = 1e-5
"""Above the error of a float32 product of unit vectors of up to some thousand dimensions."""
_ROWS = 4096
"""Queries multiplied at a time: their scores with 5,000 others take 80 MB."""
_PAIRS = 16_384
"""Pairs whose score is computed anew at a time: their vectors take 100 MB at 384 dimensions."""

_SCHEMA = TABLES["similar_documents"]
_PAIR = pa.schema([("doc_id", pa.string()), ("other_doc_id", pa.string()), ("score", pa.float64())])
_BEST_FIRST = [("doc_id", "ascending"), ("score", "descending"), ("other_doc_id", "ascending")]


@dataclass(frozen=True, eq=False)
class Vectors:
    """One vector of unit length a document: row i of `matrix` (float32) is that of `doc_ids[i]`."""

    doc_ids: list[str]
    matrix: Floats

    def select(self, wanted: Collection[str]) -> "Vectors":
        """Those of some documents, in the order they stand in."""
        rows = [i for i, doc_id in enumerate(self.doc_ids) if doc_id in wanted]
        return Vectors([self.doc_ids[i] for i in rows], self.matrix[rows])

    def blocks(self, rows: int) -> Iterator["Vectors"]:
        """All of them, at most so many at a time."""
        for start in range(0, len(self.doc_ids), rows):
            yield Vectors(self.doc_ids[start : start + rows], self.matrix[start : start + rows])


def document_vectors(embeddings: pa.Table) -> Vectors:
    """The mean sentence vector of each document that has a sentence, of unit length.

    `embeddings` is sorted by `doc_id`. Vectors that cancel out stay 0: like nothing else.
    """
    if not embeddings.num_rows:
        return Vectors([], np.zeros((0, 0), np.float32))
    ids = embeddings.column("doc_id").combine_chunks()
    flat = pc.list_flatten(embeddings.column("vector")).to_numpy().astype(np.float32)
    changes = pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    sums = np.add.reduceat(flat.reshape(len(ids), -1), starts, axis=0)
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    unit = np.divide(sums, length, out=np.zeros_like(sums), where=length > 0)
    return Vectors(ids.take(pa.array(starts)).to_pylist(), unit)


def nearest(
    queries: Vectors, others: Iterable[Vectors], *, count: int, min_score: float
) -> pa.Table:
    """Table similar_documents of the queries: each one's `count` best of all others.

    `others` are gone through once, so they may come from disk; each document stands in one of them.
    A document is no neighbour of itself. Rows are in order of `doc_id` and rank.
    """
    return _update(_PAIR.empty_table(), queries, others, count=count, min_score=min_score)


def merge(
    known: pa.Table, queries: Vectors, changed: Vectors, *, count: int, min_score: float
) -> pa.Table:
    """Table similar_documents of the queries when `changed` documents join those compared before.

    `known` are their rows so far. The result is what `nearest` gives over the whole corpus, if no
    document in `known` is gone or among the changed ones, and count and min_score are what they
    were.
    """
    scores = pc.round(pc.cast(known.column("score"), pa.float64()), ndigits=_DECIMALS)
    pairs = known.set_column(known.schema.get_field_index("score"), _PAIR.field("score"), scores)
    pairs = pairs.select(_PAIR.names).cast(_PAIR)
    return _update(pairs, queries, [changed], count=count, min_score=min_score)


def _update(
    pairs: pa.Table, queries: Vectors, others: Iterable[Vectors], *, count: int, min_score: float
) -> pa.Table:
    blocks = list(queries.blocks(_ROWS))
    lists = [
        pairs.filter(pc.is_in(pairs["doc_id"], pa.array(b.doc_ids, pa.string()))) for b in blocks
    ]
    floors = [
        _floor(best, block, count, min_score) for best, block in zip(lists, blocks, strict=True)
    ]
    for other in others:
        for i, block in enumerate(blocks):
            found = _above(block, other, floors[i], count=count, min_score=min_score)
            if found.num_rows:
                lists[i] = _best(pa.concat_tables([lists[i], found]), count)
                floors[i] = _floor(lists[i], block, count, min_score)
    best = _best(pa.concat_tables([_PAIR.empty_table(), *lists]), count)
    ranked = best.append_column("rank", pa.array(_rank(best) + 1, pa.int32()))
    return ranked.select(_SCHEMA.names).cast(_SCHEMA)


def _floor(pairs: pa.Table, block: Vectors, count: int, min_score: float) -> Floats:
    """The score that a neighbour must reach to enter each query's list."""
    full = pairs.filter(pa.array(_rank(pairs) == count - 1))
    worst = dict(zip(full["doc_id"].to_pylist(), full["score"].to_pylist(), strict=True))
    return np.array([worst.get(doc_id, min_score) for doc_id in block.doc_ids], np.float32)


def _above(
    queries: Vectors, others: Vectors, floor: Floats, *, count: int, min_score: float
) -> pa.Table:
    """The pairs that may enter a list, with their scores."""
    if not others.doc_ids:
        return _PAIR.empty_table()
    rough = queries.matrix @ others.matrix.T
    places = {doc_id: i for i, doc_id in enumerate(others.doc_ids)}
    own = [(i, places[d]) for i, d in enumerate(queries.doc_ids) if d in places]
    if own:
        rough[tuple(np.array(own).T)] = -np.inf
    likely = rough >= floor[:, None] - _MARGIN
    if rough.shape[1] > count and np.count_nonzero(likely) > 2 * count * rough.shape[0]:
        best = np.partition(rough, -count, axis=1)[:, -count]
        likely = rough >= np.maximum(floor, best)[:, None] - _MARGIN
    row, column = np.nonzero(likely)
    scores = _scores(queries.matrix, others.matrix, row, column)
    good = scores >= min_score
    return pa.table(
        [
            pa.array(queries.doc_ids, pa.string()).take(pa.array(row[good])),
            pa.array(others.doc_ids, pa.string()).take(pa.array(column[good])),
            pa.array(scores[good]),
        ],
        schema=_PAIR,
    )


def _scores(left: Floats, right: Floats, row: Places, column: Places) -> npt.NDArray[np.float64]:
    """The cosines of some pairs, in float64 and a fixed order of addition, rounded."""
    scores = np.empty(len(row))
    for start in range(0, len(row), _PAIRS):
        part = slice(start, start + _PAIRS)
        products = left[row[part]].astype(np.float64) * right[column[part]]
        scores[part] = products.sum(axis=1)
    return scores.round(_DECIMALS)


def _best(pairs: pa.Table, count: int) -> pa.Table:
    """The best pairs of each query, best first."""
    ordered = pairs.sort_by(_BEST_FIRST)
    return ordered.filter(pa.array(_rank(ordered) < count))


def _rank(pairs: pa.Table) -> Places:
    """Place of each pair in its query's list, from 0, where pairs stand query by query."""
    if not pairs.num_rows:
        return np.zeros(0, np.int64)
    ids = pairs.column("doc_id").combine_chunks()
    changes = pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    lengths = np.diff(np.append(starts, pairs.num_rows))
    rank: Places = np.arange(pairs.num_rows) - np.repeat(starts, lengths)
    return rank
