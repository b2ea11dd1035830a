"""The nearest neighbours."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.tables import TABLES
from tasks import similar_documents
from tasks.similar_documents import Vectors, document_vectors, merge, nearest


def vectors(*rows: tuple[str, list[float]]) -> Vectors:
    matrix = np.array([row for _, row in rows], np.float32).reshape(len(rows), -1)
    return Vectors([d for d, _ in rows], matrix / np.linalg.norm(matrix, axis=1, keepdims=True))


def embeddings(*rows: tuple[str, list[float]]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"doc_id": d, "sentence": i, "start": 0, "end": 1, "vector": np.array(v, np.float16)}
            for i, (d, v) in enumerate(rows)
        ],
        schema=TABLES["embeddings"],
    )


SAMPLE = vectors(("a", [1, 0]), ("b", [3, 1]), ("c", [1, 1]), ("d", [0, 1]), ("e", [-1, 0]))


def neighbours(found: pa.Table) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for row in found.to_pylist():
        lists.setdefault(row["doc_id"], []).append(row["other_doc_id"])
        assert row["rank"] == len(lists[row["doc_id"]])
    return lists


def test_a_document_is_the_mean_of_its_sentences() -> None:
    """Vectors have unit length, sentences of one document count alike, chunks do not matter."""
    rows = embeddings(("a", [1, 0]), ("a", [0, 1]), ("b", [0, 2]), ("c", [1, 0]), ("c", [-1, 0]))

    found = document_vectors(pa.concat_tables([rows.slice(0, 1), rows.slice(1, 3), rows.slice(4)]))

    assert found.doc_ids == ["a", "b", "c"]
    assert found.matrix == pytest.approx(np.array([[0.5**0.5, 0.5**0.5], [0, 1], [0, 0]]))
    assert found.matrix.dtype == np.float32


def test_no_sentences_give_no_vectors() -> None:
    """An empty table is fine, and has no neighbours."""
    none = document_vectors(embeddings())

    found = nearest(none, [SAMPLE, none], count=2, min_score=0)

    assert (none.doc_ids, found.num_rows) == ([], 0)
    assert nearest(SAMPLE, [none], count=2, min_score=0).num_rows == 0


def test_neighbours_are_ranked_by_cosine() -> None:
    """The best come first, none below the least score, and never the document itself."""
    found = nearest(SAMPLE, [SAMPLE], count=2, min_score=0.3)

    assert neighbours(found) == {
        "a": ["b", "c"],
        "b": ["a", "c"],
        "c": ["b", "a"],
        "d": ["c", "b"],
    }
    assert found["score"].to_pylist()[:2] == pytest.approx([0.948683, 0.707107])
    assert found.schema.equals(TABLES["similar_documents"])


def test_equal_scores_are_ranked_by_doc_id() -> None:
    """Copies of one vector stand in order of their ids, wherever they come from."""
    copies = [vectors((d, [1, 2])) for d in "ecadb"]

    found = nearest(copies[0], copies, count=3, min_score=0)

    assert neighbours(found) == {"e": ["a", "b", "c"]}


def test_select_keeps_the_order() -> None:
    """A selection has the vectors of its documents."""
    found = SAMPLE.select({"d", "b", "nobody"})

    assert found.doc_ids == ["b", "d"]
    assert np.array_equal(found.matrix, SAMPLE.matrix[[1, 3]])


@st.composite
def corpora(draw: st.DrawFn) -> Vectors:
    """Few dimensions and few values, so that ties abound."""
    values = st.lists(st.integers(-2, 2), min_size=3, max_size=3).filter(any)
    rows = draw(st.lists(values, min_size=2, max_size=24))
    ids = draw(st.permutations([f"d{n:02}" for n in range(len(rows))]))
    return vectors(*((d, [float(x) for x in row]) for d, row in zip(ids, rows, strict=True)))


def by_brute_force(corpus: Vectors, count: int, min_score: float) -> dict[str, list[str]]:
    scores = (corpus.matrix.astype(float) @ corpus.matrix.T.astype(float)).round(6)
    lists = {}
    for i, doc_id in enumerate(corpus.doc_ids):
        pairs = [(-s, d) for s, d in zip(scores[i], corpus.doc_ids, strict=True) if d != doc_id]
        if best := [d for s, d in sorted(pairs) if -s >= min_score][:count]:
            lists[doc_id] = best
    return lists


@settings(deadline=None, max_examples=60)
@given(corpora(), st.integers(1, 6), st.integers(1, 7), st.sampled_from([-1.0, 0.0, 0.4]))
def test_blocks_do_not_matter(corpus: Vectors, count: int, rows: int, min_score: float) -> None:
    """Whatever the blocks, the lists are those of comparing all pairs at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similar_documents, "_ROWS", rows + 1)
        patch.setattr(similar_documents, "_PAIRS", 3)

        found = nearest(corpus, corpus.blocks(rows), count=count, min_score=min_score)

    assert neighbours(found) == by_brute_force(corpus, count, min_score)


@settings(deadline=None, max_examples=60)
@given(corpora(), st.integers(1, 6), st.sampled_from([-1.0, 0.0, 0.4]), st.data())
def test_merging_equals_searching_anew(
    corpus: Vectors, count: int, min_score: float, data: st.DataObject
) -> None:
    """Known lists and the documents that joined give what a search of the whole corpus gives."""
    joined = data.draw(st.sets(st.sampled_from(corpus.doc_ids)))
    old, new = corpus.select(set(corpus.doc_ids) - joined), corpus.select(joined)
    known = nearest(old, [old], count=count, min_score=min_score)

    merged = merge(known, old, new, count=count, min_score=min_score)

    assert merged.equals(nearest(old, [corpus], count=count, min_score=min_score))
