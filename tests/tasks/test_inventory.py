"""What a results folder holds."""

from datetime import UTC, datetime

import pytest

from schemas.errors import ResultsError
from schemas.receipts import Outcome
from tasks import history, inventory
from tasks.footers import Footer
from tasks.partitions import Job, run
from tasks.rows import from_rows
from tasks.store import Store
from tests.results import (
    CONFIG,
    document,
    put_answers,
    put_documents,
    recipe_of,
    sha256,
    word_counts,
)


@pytest.fixture
def filled(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Four documents in two partitions, with their sentiment, and a reject."""
    monkeypatch.setattr("tasks.sentiment.compute", word_counts)
    put_documents(store, 0, {"aa": "one two", "bb": "three"})
    put_documents(store, 1, {"cc": "four five", "dd": "six"})
    for partition in (0, 1):
        run(Job(store.root, "sentiment", partition, CONFIG, recipe_of("sentiment")))
    row = {"doc_id": "cc", "source": "cc.txt", "record": "", "stage": "entities"}
    row |= {"reason": "failed", "message": "no", "attempts": 1}
    store.write("rejects", 1, from_rows("rejects", [row]), Footer({}), "entities")
    return store


def test_tables_are_counted(filled: Store) -> None:
    """Parts, rows, bytes, and the documents each fingerprint answers for."""
    found = {state.table: state for state in inventory.tables(filled)}

    assert set(found) == {"documents", "sentiment", "sentiment_spans", "rejects"}
    spans = found["sentiment_spans"]
    assert (spans.parts, spans.rows, list(spans.fingerprints.values())) == (2, 6, [4])
    assert spans.size > 1000


def test_rejects_are_counted_by_reason(filled: Store) -> None:
    """Over all stages."""
    assert inventory.reject_reasons(filled) == {("entities", "failed"): 1}


def test_the_facts_of_a_document(filled: Store) -> None:
    """All rows of one document, in each table that speaks of documents."""
    found = inventory.facts(filled, "cc")

    assert [row["text"] for row in found["documents"]] == ["four five"]
    assert [row["windows"] for row in found["sentiment"]] == [2]
    assert len(found["sentiment_spans"]) == 2
    assert [row["reason"] for row in found["rejects"]] == ["failed"]
    assert found["tokens"] == []


def test_a_document_can_be_named_by_its_source(filled: Store) -> None:
    """Its path in the corpus will do, where it has one document."""
    assert inventory.facts(filled, "bb.txt") == inventory.facts(filled, "bb")


@pytest.mark.parametrize(
    ("name", "message"),
    [("zz", "no document zz in"), ("table.csv", "table.csv has 2 documents: give the doc_id")],
)
def test_a_name_must_mean_one_document(filled: Store, name: str, message: str) -> None:
    """None, or several, is an error that says what to give."""
    rows = [document(d, d, source="table.csv", text_sha256=sha256(d)) for d in ("ee", "ff")]
    filled.write("documents", 2, from_rows("documents", rows), Footer(recipe_of("ingest")))

    with pytest.raises(ResultsError, match=message):
        inventory.facts(filled, name)


def test_the_last_run(store: Store) -> None:
    """None before the first."""
    before = inventory.last_run(store)
    now = datetime.now(UTC)
    for number, outcome in enumerate(["failed", "done"]):
        account = history.RunAccount(now, now, outcome, "corpus", ())
        history.record(store, history.run_rows(number, account, CONFIG, {}))

    last = inventory.last_run(store)

    assert before is None
    assert last is not None
    assert (last["run_id"], last["outcome"]) == ("00001", "done")


def test_documents_without_rows_are_counted(store: Store) -> None:
    """A part that answers for documents without rows is not empty."""
    put_answers(
        store, "entities", 0, {"a": "x", "b": "y"}, by=recipe_of("entities"), outcome=Outcome.DONE
    )

    (state,) = inventory.tables(store)

    assert (state.rows, list(state.fingerprints.values())) == (0, [2])
