"""Similar documents kept up to date: always what a comparison of all with all would give."""

from collections.abc import Mapping
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.config import PipelineConfig
from schemas.receipts import Outcome
from tasks import neighbours
from tasks.footers import Answer, Footer
from tasks.neighbours import Neighbours, blocks, finish, run, stale
from tasks.partitions import Job
from tasks.rows import from_rows
from tasks.store import Store
from tests.results import key, part_path, recipe_of

CONFIG = PipelineConfig.model_validate({"similar": {"count": 2, "min_score": 0.1}})
RECIPE = recipe_of("similar_documents", CONFIG)
MADE_BY = recipe_of("embeddings")
SIZE = 3
Vectors = Mapping[str, tuple[float, float]]


def put_vectors(store: Store, vectors: Vectors) -> None:
    """One sentence a document, partitions of three by the number in its name."""
    partitions: dict[int, list[str]] = {}
    for doc in sorted(vectors):
        partitions.setdefault(int(doc) // SIZE, []).append(doc)
    for partition in {*partitions, *store.partitions("embeddings")}:
        docs = partitions.get(partition, [])
        if not docs:
            store.drop("embeddings", partition)
            continue
        rows = [
            {"doc_id": d, "sentence": 0, "start": 0, "end": 1}
            | {"vector": np.array(vectors[d], np.float16) / np.float16(np.hypot(*vectors[d]))}
            for d in docs
        ]
        answers = {d: Answer(key(str(vectors[d]))) for d in docs}
        table = from_rows("embeddings", rows)
        store.write("embeddings", partition, table, Footer(MADE_BY, answers))


def bring_up(store: Store, config: PipelineConfig = CONFIG) -> list[int]:
    """Bring all lists up to date; the documents each task has searched for."""
    recipe = recipe_of("similar_documents", config)
    job = Job(store.root, "similar_documents", 0, config, recipe)
    done = [run(Neighbours(job, block)).done for block in blocks(stale(store, recipe))]
    if done:
        finish(store, recipe)
    return done


def lists(store: Store) -> list[tuple[str, int, str, float]]:
    rows = [
        row
        for part in store.stream("similar_documents", ["doc_id", "rank", "other_doc_id", "score"])
        for row in part.to_pylist()
    ]
    return [(r["doc_id"], r["rank"], r["other_doc_id"], round(r["score"], 4)) for r in rows]


FIVE: Vectors = {"0": (1, 0), "1": (3, 1), "2": (1, 1), "3": (1, 3), "4": (0.1, 1)}


def test_a_new_corpus_is_compared_with_itself(store: Store) -> None:
    """Each document has its nearest, none has itself, and all partitions are current."""
    put_vectors(store, FIVE)

    assert bring_up(store) == [5]

    found = lists(store)
    assert [(doc, rank, other) for doc, rank, other, _ in found][:4] == [
        ("0", 1, "1"),
        ("0", 2, "2"),
        ("1", 1, "0"),
        ("1", 2, "2"),
    ]
    assert stale(store, RECIPE) == []
    assert bring_up(store) == []


def test_one_more_costs_one_search(store: Store) -> None:
    """The others are only compared with the newcomer."""
    put_vectors(store, FIVE)
    bring_up(store)

    put_vectors(store, {**FIVE, "5": (2, 1)})

    assert bring_up(store) == [1]
    assert ("0", 2, "5") in [(doc, rank, other) for doc, rank, other, _ in lists(store)]


def test_who_lost_a_neighbour_searches_again(store: Store) -> None:
    """A list with a gap cannot be filled from itself."""
    put_vectors(store, FIVE)
    bring_up(store)
    hit = {doc for doc, _, other, _ in lists(store) if other == "4"}

    put_vectors(store, {doc: v for doc, v in FIVE.items() if doc != "4"})

    assert bring_up(store) == [len(hit)]
    assert "4" not in {other for _, _, other, _ in lists(store)}


def test_another_recipe_searches_all(store: Store) -> None:
    """More neighbours cannot be had from shorter lists."""
    put_vectors(store, FIVE)
    bring_up(store)
    config = PipelineConfig.model_validate({"similar": {"count": 4, "min_score": -1}})

    assert bring_up(store, config) == [5]
    assert len(lists(store)) == 20


@pytest.mark.parametrize("damage", ["lost", "cut", "unfinished"])
def test_what_is_lost_is_made_again(store: Store, damage: str) -> None:
    """A part, or the record of what was compared; the lists are the same."""
    put_vectors(store, FIVE)
    bring_up(store)
    before = lists(store)
    path = part_path(store, "similar_documents", 1)
    if damage == "lost":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-30])
    else:
        (store.root / "similar_documents" / ".compared.json").write_text("{")
        path.unlink()

    assert stale(store, RECIPE) == [1]
    bring_up(store)

    assert lists(store) == before


def test_a_partition_without_documents_is_removed(store: Store) -> None:
    """With its documents gone, so are their lists."""
    put_vectors(store, FIVE)
    bring_up(store)

    put_vectors(store, {"0": (1, 0), "1": (1, 1)})
    bring_up(store)

    assert store.partitions("similar_documents") == [0]
    assert [(doc, other) for doc, _, other, _ in lists(store)] == [("0", "1"), ("1", "0")]


def test_rejected_documents_are_nobodys_neighbours(store: Store) -> None:
    """They have no vectors, and no lists."""
    put_vectors(store, FIVE)
    answers = {"6": Answer(key("x"), Outcome.REJECTED)}
    store.write("embeddings", 2, from_rows("embeddings", []), Footer(MADE_BY, answers))

    bring_up(store)

    assert "6" not in neighbours.corpus(store, RECIPE)
    assert store.read("similar_documents", 2).num_rows == 0
    assert stale(store, RECIPE) == []


def test_blocks() -> None:
    """Twenty partitions are searched in one pass."""
    assert [len(block) for block in blocks(list(range(45)))] == [20, 20, 5]
    assert list(blocks([])) == []


angles = st.floats(0, 6.28).map(lambda a: (float(np.cos(a)), float(np.sin(a))))
corpora = st.dictionaries(st.sampled_from("012345678"), angles, min_size=1, max_size=9)


@mock.patch("tasks.folders.disk.sync", mock.Mock())
@settings(max_examples=25)
@given(st.lists(corpora, min_size=2, max_size=4))
def test_step_by_step_is_the_same_as_at_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Vectors]
) -> None:
    """After any changes the lists are those of a comparison made anew."""
    grown = Store(tmp_path_factory.mktemp("grown"))
    fresh = Store(tmp_path_factory.mktemp("fresh"))
    for vectors in steps:
        put_vectors(grown, vectors)
        bring_up(grown)
    put_vectors(fresh, steps[-1])
    bring_up(fresh)

    found, wanted = lists(grown), lists(fresh)
    assert [(doc, rank) for doc, rank, _, _ in found] == [(doc, rank) for doc, rank, _, _ in wanted]
    assert [s for *_, s in found] == pytest.approx([s for *_, s in wanted], abs=2e-4)
