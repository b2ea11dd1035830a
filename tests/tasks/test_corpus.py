"""When a stage that sees the whole corpus is fitted anew."""

from collections.abc import Callable, Iterator, Sequence
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest

from schemas.config import PipelineConfig, Settings
from schemas.receipts import Books, Outcome
from schemas.stages import STAGES
from schemas.tables import TABLES
from tasks import corpus
from tasks.partitions import Job
from tasks.phrases import Phrasing
from tasks.rows import Stream, from_rows
from tasks.store import Store
from tasks.topic_model import TopicModel
from tests.results import part_path, put_answers, put_documents, recipe_of

TOPICS = STAGES["topics"]
TEXTS = {f"{n:02d}": f"text {n}" for n in range(20)}


def config(refit: str = "grown", **other: object) -> PipelineConfig:
    return PipelineConfig.model_validate({"topics": {"refit": refit, **other}})


class Fits:
    """A fit in place of topics: a topic whose share is the number of fits."""

    count = 0

    def fit(self, stream: Stream, _settings: Settings) -> dict[str, pa.Table]:
        """The tables of one fit more."""
        self.count += 1
        row = {"topic_uid": "u", "topic": 0, "label": "all", "coherence": 0.0, "share": self.count}
        model = TopicModel(
            terms=("word",),
            document_frequency=np.array([self.count], np.int32),
            weights=np.ones((1, 1), np.float32),
            alpha=np.ones(1, np.float32),
            topic_uids=("u",),
            phrasing=Phrasing(),
            iterations=1,
            seed=1,
            documents=self.count,
        )
        return {
            "topics": from_rows("topics", [row]),
            "topic_terms": TABLES["topic_terms"].empty_table(),
            "topic_model": model.to_table(),
        }


@pytest.fixture
def fits() -> Iterator[Fits]:
    """The fit in place of topics."""
    found = Fits()
    with mock.patch("tasks.topics.fit", found.fit):
        yield found


def put_tokens(store: Store, docs: Sequence[str], partition: int = 0) -> None:
    texts = {doc: TEXTS.get(doc, doc) for doc in docs}
    put_documents(store, partition, texts)
    put_answers(store, "tokens", partition, texts, by=recipe_of("preprocess"))


def job(store: Store, settings: PipelineConfig) -> Job:
    return Job(store.root, "topics", 0, settings, recipe_of("topics", settings))


def test_a_new_corpus_is_fitted(store: Store, fits: Fits) -> None:
    """All tables are written, with the documents they were fitted on."""
    put_tokens(store, list(TEXTS))

    receipt = corpus.run(job(store, config()))

    assert (receipt.done, len(receipt.written), fits.count) == (20, 4, 1)
    assert store.read("topics", 0)["share"].to_pylist() == [1.0]


def test_the_same_corpus_is_not_fitted_again(store: Store, fits: Fits) -> None:
    """Whatever the policy, and wherever its documents stand."""
    put_tokens(store, list(TEXTS))
    corpus.run(job(store, config()))
    put_tokens(store, list(TEXTS)[:5])
    put_tokens(store, list(TEXTS)[5:], partition=1)

    for refit in ("grown", "always", "never"):
        assert corpus.run(job(store, config(refit))).reused

    assert fits.count == 1


@pytest.mark.parametrize(
    ("refit", "more", "fitted"),
    [
        ("grown", 2, False),
        ("grown", 3, True),
        ("always", 1, True),
        ("never", 20, False),
    ],
)
def test_policies(store: Store, fits: Fits, refit: str, more: int, *, fitted: bool) -> None:
    """Grown waits for more than a tenth of new documents, always and never do as they say."""
    put_tokens(store, list(TEXTS))
    corpus.run(job(store, config()))
    put_tokens(store, [*TEXTS, *(f"new-{n}" for n in range(more))])

    assert corpus.must_fit(store, job(store, config(refit))) == fitted


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda store: store.drop("topic_terms", 0), "new"),
        (lambda store: part_path(store, "topic_model", 0).write_bytes(b"PAR1"), "file damaged"),
    ],
)
def test_lost_tables_are_fitted_again(
    store: Store, fits: Fits, damage: Callable[[Store], object], why: str
) -> None:
    """One that is missing or damaged is reason enough, even under never."""
    put_tokens(store, list(TEXTS))
    settings = config("never")
    corpus.run(job(store, settings))
    damage(store)
    now = corpus.corpus_now(store, "tokens")

    found = corpus.reason_to_fit(store, TOPICS, recipe_of("topics"), settings.topics, now)

    assert found == why


def test_another_recipe_is_fitted_again(store: Store, fits: Fits) -> None:
    """And the reason names the setting."""
    put_tokens(store, list(TEXTS))
    corpus.run(job(store, config()))
    settings = config(seed=3)
    now = corpus.corpus_now(store, "tokens")

    found = corpus.reason_to_fit(store, TOPICS, recipe_of("topics", settings), settings.topics, now)

    assert found == "stale; topics.seed: 20 → 3"


@pytest.mark.parametrize("written", [1, 2, 3])
def test_a_fit_killed_between_its_tables_is_not_finished(
    store: Store, fits: Fits, written: int
) -> None:
    """By another recipe, or of another corpus: tables of two fits never stand together."""
    put_tokens(store, list(TEXTS))
    corpus.run(job(store, config()))
    old = {table: part_path(store, table, 0).read_bytes() for table in TOPICS.writes}
    for settings, docs in ((config("always", seed=3), [*TEXTS]), (config("always"), [*TEXTS, "x"])):
        put_tokens(store, docs)
        corpus.run(job(store, settings))
        for table in TOPICS.writes[written:]:
            part_path(store, table, 0).write_bytes(old[table])

        assert corpus.must_fit(store, job(store, settings))


def test_rejected_documents_are_not_counted(store: Store) -> None:
    """The corpus is what the table answers for with rows or without, but for rejects."""
    put_tokens(store, ["00", "01"])
    put_answers(
        store, "tokens", 1, {"02": "x"}, by=recipe_of("preprocess"), outcome=Outcome.REJECTED
    )

    assert corpus.corpus_now(store, "tokens").documents == 2


def test_digests_of_what_is_fitted(store: Store, fits: Fits) -> None:
    """They change with the rows, and a damaged table counts as not fitted."""
    put_tokens(store, list(TEXTS))
    corpus.run(job(store, config()))
    first = corpus.fitted(store)
    put_tokens(store, [*TEXTS, "more"])
    corpus.run(job(store, config("always")))
    second = corpus.fitted(store)

    part_path(store, "topic_model", 0).write_bytes(b"PAR1")

    assert set(first) == {"topic_model"}
    assert first != second
    assert corpus.fitted(store) == {}


def test_books(store: Store) -> None:
    """A document that the table above rejected is skipped; a duplicate stays one."""
    texts = {"a": "one", "b": "two", "c": "one"}
    put_documents(store, 0, texts, duplicates={"c": "a"})
    by = recipe_of("preprocess")
    put_answers(store, "tokens", 0, {"a": "one"}, by=by)
    put_documents(store, 1, {"d": "three"})
    put_answers(store, "tokens", 1, {"d": "three"}, by=by, outcome=Outcome.REJECTED)

    books = corpus.books(store, "tokens", done=2)

    assert books == Books(found=4, done=2, duplicate=1, skipped=1)
