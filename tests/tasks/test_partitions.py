"""One document stage on one partition, with a stage that counts words in place of sentiment."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pytest

from schemas.config import PipelineConfig, Settings
from schemas.errors import DamagedPart, DocumentRejected, ModelError, ResultsError
from schemas.receipts import Books, Outcome
from schemas.stages import STAGES
from tasks import partitions
from tasks.partitions import Job, assess, run
from tasks.store import Store
from tests.results import CONFIG, part_path, put_answers, put_documents, recipe_of, word_counts

STAGE = STAGES["sentiment"]
TEXTS = {"a": "one", "b": "one two", "c": "one two three"}
COUNTS = {"a": 1, "b": 2, "c": 3}


class Counting:
    """The stage, noting what it is asked for; a text with a poison's name raises it."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.poison: dict[str, Exception] = {}

    def compute(self, tables: Mapping[str, pa.Table], settings: Settings) -> dict[str, pa.Table]:
        """Rows of words, or the poison."""
        docs = tables["documents"]["doc_id"].to_pylist()
        self.asked.append(docs)
        for doc in docs:
            if doc in self.poison:
                raise self.poison[doc]
        return word_counts(tables, settings)


@pytest.fixture
def stage() -> Iterator[Counting]:
    """The stage in place of sentiment."""
    counting = Counting()
    with mock.patch("tasks.sentiment.compute", counting.compute):
        yield counting


@pytest.fixture
def job(store: Store) -> Job:
    """The stage on partition 0, with three documents in place."""
    put_documents(store, 0, TEXTS)
    return Job(store.root, "sentiment", 0, CONFIG, recipe_of("sentiment"))


def counts(store: Store) -> dict[str, int]:
    rows = store.read("sentiment", 0, ["doc_id", "windows"]).to_pylist()
    return {row["doc_id"]: row["windows"] for row in rows}


def outcomes(store: Store) -> dict[str, str]:
    footer = store.footer("sentiment", 0)
    return {d: answer.outcome.value for d, answer in footer.answers.items()} if footer else {}


def rejects(store: Store) -> list[tuple[str, str, int]]:
    rows = store.read("rejects", 0, stage="sentiment").to_pylist()
    return [(row["doc_id"], row["reason"], row["attempts"]) for row in rows]


# ── reuse ───────────────────────────────────────────────────────────────────────────────────────


def test_all_documents_are_computed_together(store: Store, stage: Counting, job: Job) -> None:
    """The first run computes and writes all; every table answers for every document."""
    receipt = run(job)

    assert stage.asked == [["a", "b", "c"]]
    assert (receipt.done, receipt.reused, len(receipt.written)) == (3, False, 2)
    assert counts(store) == COUNTS
    assert store.read("sentiment_spans", 0).num_rows == 6
    assert outcomes(store) == dict.fromkeys("abc", "done")


def test_what_stands_is_not_computed_again(store: Store, stage: Counting, job: Job) -> None:
    """The second run computes and writes nothing."""
    run(job)
    stage.asked.clear()

    receipt = run(job)

    assert stage.asked == []
    assert (receipt.done, receipt.reused) == (0, True)


@pytest.mark.parametrize(
    ("now", "asked", "expected"),
    [
        (TEXTS | {"d": "four"}, ["d"], COUNTS | {"d": 1}),
        (TEXTS | {"b": "changed now indeed yes"}, ["b"], COUNTS | {"b": 4}),
        ({"a": "one", "c": "one two three"}, [], {"a": 1, "c": 3}),
        ({"b": "x y z", "d": "one"}, ["b", "d"], {"b": 3, "d": 1}),
    ],
)
def test_only_what_changed_is_computed(
    store: Store,
    stage: Counting,
    job: Job,
    now: dict[str, str],
    asked: list[str],
    expected: dict[str, int],
) -> None:
    """New and changed documents are computed, gone ones dropped, the others kept."""
    run(job)
    stage.asked.clear()
    put_documents(store, 0, now)

    run(job)

    assert [doc for call in stage.asked for doc in call] == asked
    assert counts(store) == expected
    assert assess(store, STAGE, 0, job.recipe, CONFIG).settled


def test_another_recipe_computes_all(store: Store, stage: Counting, job: Job) -> None:
    """A changed setting computes every document, and the reason names it."""
    run(job)
    config = PipelineConfig.model_validate({"sentiment": {"window_tokens": 64}})
    made_by = recipe_of("sentiment", config)

    found = assess(store, STAGE, 0, made_by, config)
    run(replace(job, config=config, recipe=made_by))

    assert set(found.todo.values()) == {"stale; sentiment.window_tokens: 128 → 64"}
    assert stage.asked == [["a", "b", "c"]] * 2


def test_reasons_tell_new_from_changed(store: Store, stage: Counting, job: Job) -> None:
    """A plan says why each document is to be computed."""
    run(job)
    put_documents(store, 0, {"a": "one", "b": "changed", "d": "new"})

    found = assess(store, STAGE, 0, job.recipe, CONFIG)

    assert found.todo == {"b": "changed", "d": "new"}
    assert (set(found.current), set(found.gone)) == ({"a"}, {"c"})


def test_duplicates_are_not_computed(store: Store, stage: Counting, job: Job) -> None:
    """A duplicate has no rows, and counts in the books."""
    put_documents(store, 0, TEXTS | {"d": "one"}, duplicates={"d": "a"})

    receipt = run(job)

    assert "d" not in counts(store)
    assert partitions.books(store, STAGE, job.recipe, CONFIG, done=receipt.done) == Books(
        found=4, done=3, duplicate=1
    )


@pytest.mark.parametrize("table", ["sentiment", "sentiment_spans"])
def test_a_lost_table_is_computed_again(
    store: Store, stage: Counting, job: Job, table: str
) -> None:
    """A stage's documents stand only where all its tables say so."""
    run(job)
    store.drop(table, 0)
    stage.asked.clear()

    run(job)

    assert stage.asked == [["a", "b", "c"]]
    assert store.read("sentiment_spans", 0).num_rows == 6


def test_tables_that_disagree_are_computed_again(store: Store, stage: Counting, job: Job) -> None:
    """A run killed between two tables leaves one of them behind: its news count as missing."""
    run(job)
    spans = part_path(store, "sentiment_spans", 0)
    old = spans.read_bytes()
    put_documents(store, 0, TEXTS | {"b": "changed now"})
    run(job)
    spans.write_bytes(old)
    stage.asked.clear()

    run(job)

    assert stage.asked == [["b"]]
    assert outcomes(store) == dict.fromkeys("abc", "done")


@pytest.mark.parametrize("cut", [50, 4])
def test_a_damaged_footer_is_computed_again(
    store: Store, stage: Counting, job: Job, cut: int
) -> None:
    """A part that cannot be opened is as good as absent."""
    run(job)
    path = part_path(store, "sentiment", 0)
    path.write_bytes(path.read_bytes()[:-cut])

    found = assess(store, STAGE, 0, job.recipe, CONFIG)
    run(job)

    assert set(found.todo.values()) == {"file damaged"}
    assert counts(store) == COUNTS


def test_damaged_rows_are_found_when_they_are_kept(store: Store, stage: Counting, job: Job) -> None:
    """Rows that are to be kept beside new ones are verified; the damage names its part."""
    run(job)
    path = part_path(store, "sentiment", 0)
    broken = bytearray(path.read_bytes())
    broken[40] ^= 1
    path.write_bytes(broken)
    put_documents(store, 0, TEXTS | {"d": "four"})

    with pytest.raises(DamagedPart) as damage:
        run(job)

    assert damage.value.name == store.name("sentiment", 0)


# ── partitions that come to an end ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stale", [False, True])
@pytest.mark.parametrize("lost", [(), ("sentiment_spans",), ("rejects", "sentiment_spans")])
def test_an_emptied_partition_is_removed(
    store: Store, stage: Counting, job: Job, lost: tuple[str, ...], *, stale: bool
) -> None:
    """Nothing is left, even if a killed run removed a part of it, or the recipe changed with it."""
    stage.poison = {"a": DocumentRejected("too_long", "it is")}
    run(job)
    store.drop("documents", 0)
    for table in lost:
        store.drop(table, 0, "sentiment")
    made_by = job.recipe | {"version": 99} if stale else job.recipe

    found = assess(store, STAGE, 0, made_by, CONFIG)
    receipt = run(replace(job, recipe=made_by))

    assert not found.settled
    assert receipt.written
    assert [p for p in store.root.glob("*/part-*") if p.parent.name != "documents"] == []
    assert assess(store, STAGE, 0, made_by, CONFIG).settled


# ── documents that fail ─────────────────────────────────────────────────────────────────────────


def test_one_document_costs_no_other(store: Store, stage: Counting, job: Job) -> None:
    """A batch that fails is computed one by one; the one at fault becomes a reject."""
    stage.poison = {"b": DocumentRejected("too_long", "the text has 7 characters")}

    receipt = run(job)

    assert stage.asked == [["a", "b", "c"], ["a"], ["b"], ["c"]]
    assert counts(store) == {"a": 1, "c": 3}
    assert outcomes(store) == {"a": "done", "b": "rejected", "c": "done"}
    assert rejects(store) == [("b", "too_long", 1)]
    assert receipt.notes == ("sentiment: b: too_long: the text has 7 characters",)
    assert partitions.books(store, STAGE, job.recipe, CONFIG, done=2) == Books(3, 2, rejected=1)


def test_an_unforeseen_error_is_a_reject(store: Store, stage: Counting, job: Job) -> None:
    """What a library raises is kept with its name."""
    stage.poison = {"c": ZeroDivisionError("by zero")}

    run(job)

    row = store.read("rejects", 0, stage="sentiment").to_pylist()[0]
    assert (row["reason"], row["message"]) == ("failed", "ZeroDivisionError: by zero")
    assert (row["source"], row["stage"]) == ("c.txt", "sentiment")


def test_a_reject_is_not_tried_again(store: Store, stage: Counting, job: Job) -> None:
    """The same text by the same recipe would fail the same."""
    stage.poison = {"b": DocumentRejected("too_long", "it is")}
    run(job)
    stage.asked.clear()

    receipt = run(job)

    assert (stage.asked, receipt.reused) == ([], True)


def test_a_reject_that_changed_is_tried_again(store: Store, stage: Counting, job: Job) -> None:
    """A mended document leaves the rejects; one that fails again counts its attempts."""
    stage.poison = dict.fromkeys("ab", DocumentRejected("too_long", "it is"))
    run(job)
    del stage.poison["a"]
    put_documents(store, 0, {"a": "mended", "b": "still bad", "c": "one two three"})

    run(job)

    assert rejects(store) == [("b", "too_long", 2)]
    assert outcomes(store) == {"a": "done", "b": "rejected", "c": "done"}


def test_lost_rejects_are_tried_again(store: Store, stage: Counting, job: Job) -> None:
    """A reject without its row would be a silent drop."""
    stage.poison = {"b": DocumentRejected("too_long", "it is")}
    run(job)
    store.drop("rejects", 0, "sentiment")
    stage.asked.clear()

    run(job)

    assert stage.asked == [["b"]]
    assert rejects(store) == [("b", "too_long", 1)]


@pytest.mark.parametrize("error", [OSError(5, "I/O"), MemoryError(), ModelError("no such model")])
def test_faults_of_the_machine_are_no_rejects(
    store: Store, stage: Counting, job: Job, error: Exception
) -> None:
    """They are raised, to be tried again or to end the run; nothing is written."""
    stage.poison = {"b": error}

    with pytest.raises(type(error)):
        run(job)

    assert store.partitions("sentiment") == []
    assert store.partitions("rejects") == []


def test_a_stage_at_fault_ends_the_run(store: Store, stage: Counting) -> None:
    """If the first five documents all fail alike, it is not the documents."""
    texts = {name: name for name in "abcdefg"}
    put_documents(store, 0, texts)
    stage.poison = {name: KeyError("a defect") for name in texts}

    with pytest.raises(KeyError, match="a defect"):
        run(Job(store.root, "sentiment", 0, CONFIG, recipe_of("sentiment")))

    assert len(stage.asked) == 6


def test_documents_can_be_refused_beforehand(store: Store, stage: Counting, job: Job) -> None:
    """A document that killed its worker is rejected without another try."""
    run(replace(job, refuse={"b": ("crashed", "the worker died")}))

    assert stage.asked == [["a", "c"]]
    assert rejects(store) == [("b", "crashed", 1)]


def test_part_of_the_work_can_be_asked_for(store: Store, stage: Counting, job: Job) -> None:
    """Two halves make the whole; the first is not computed twice."""
    run(replace(job, only=frozenset("a")))
    run(replace(job, only=frozenset("bc")))

    assert stage.asked == [["a"], ["b", "c"]]
    assert counts(store) == COUNTS


# ── stages above ────────────────────────────────────────────────────────────────────────────────


def embeddings_job(store: Store) -> Job:
    return Job(store.root, "embeddings", 0, CONFIG, recipe_of("embeddings"))


def test_what_is_rejected_above_is_skipped(store: Store) -> None:
    """A document without tokens gets no vectors, and is not computed."""
    put_documents(store, 0, TEXTS)
    put_answers(
        store,
        "tokens",
        0,
        TEXTS,
        by=recipe_of("preprocess"),
        outcome=Outcome.REJECTED,
    )

    receipt = run(embeddings_job(store))

    footer = store.footer("embeddings", 0)
    assert footer is not None
    assert {a.outcome for a in footer.answers.values()} == {Outcome.SKIPPED}
    assert receipt.done == 0
    books = partitions.books(store, STAGES["embeddings"], recipe_of("embeddings"), CONFIG, done=0)
    assert books == Books(found=3, skipped=3)


def test_what_is_mended_above_is_computed(store: Store) -> None:
    """A document that was skipped is computed once the stage above has it."""
    put_documents(store, 0, TEXTS)
    above = recipe_of("preprocess")
    put_answers(store, "tokens", 0, TEXTS, by=above, outcome=Outcome.REJECTED)
    run(embeddings_job(store))
    put_answers(store, "tokens", 0, TEXTS, by=above)

    found = assess(store, STAGES["embeddings"], 0, recipe_of("embeddings"), CONFIG)

    assert set(found.todo) == set(TEXTS)


def test_input_that_is_missing_is_said(store: Store) -> None:
    """A stage does not compute from rows of other content."""
    put_documents(store, 0, TEXTS)
    put_answers(store, "tokens", 0, {"a": "one", "b": "old"}, by=recipe_of("preprocess"))

    with pytest.raises(ResultsError, match="tokens partition 0 does not answer for 2 documents"):
        run(embeddings_job(store))


def test_a_job_travels(tmp_path: Path) -> None:
    """It is plain values: what a worker gets is what was asked."""
    import pickle

    job = Job(tmp_path, "sentiment", 3, CONFIG, recipe_of("sentiment"), frozenset("a"))

    assert pickle.loads(pickle.dumps(job)) == job  # noqa: S301  # our own bytes
