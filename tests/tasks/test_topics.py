"""The fit."""

import random

import numpy as np
import pytest

from schemas.config import TopicsConfig
from schemas.tables import TABLES
from tasks.topic_model import from_table
from tasks.topics import fit, labels
from tests.token_tables import stream_of, token_table

THEMES = {
    "fruit": "apple pear plum cherry melon fig grape lemon",
    "sport": "goal match striker referee league stadium coach penalty",
    "money": "bank loan interest market share profit inflation currency",
}
CONFIG = TopicsConfig(count=3, passes=8, terms_per_topic=5)


def corpus(documents: int = 60, words: int = 30, seed: int = 1) -> dict[str, str]:
    """Documents that draw nearly all their words from one theme each."""
    dice = random.Random(seed)
    texts = {}
    for n in range(documents):
        own = list(THEMES.values())[n % 3].split()
        drawn = dice.choices(own, k=words) + dice.choices(" ".join(THEMES.values()).split(), k=2)
        texts[f"{dice.random():.6f}"] = " of ".join(drawn)
    return texts


def test_topics_find_the_themes() -> None:
    """Each topic's best terms come from one theme, and every theme has a topic."""
    tables = fit(stream_of(token_table(corpus())), CONFIG)

    terms = tables["topic_terms"].to_pandas().groupby("topic")["term"].agg(set)
    themes = {name for name, words in THEMES.items() for t in terms if t <= set(words.split())}
    assert themes == set(THEMES)
    assert min(tables["topics"]["coherence"].to_pylist()) > 0


def test_tables_have_their_shape() -> None:
    """Topics are numbered by share, terms ranked by weight, schemas as promised."""
    tables = fit(stream_of(token_table(corpus())), CONFIG)

    topics, terms = tables["topics"].to_pandas(), tables["topic_terms"].to_pandas()
    assert topics["topic"].tolist() == [0, 1, 2]
    assert topics["share"].is_monotonic_decreasing
    assert topics["share"].sum() == pytest.approx(1)
    assert topics["topic_uid"].str.fullmatch("[0-9a-f]{12}").all()
    assert terms["rank"].tolist() == [1, 2, 3, 4, 5] * 3
    assert all(group.is_monotonic_decreasing for _, group in terms.groupby("topic")["weight"])
    assert terms["topic_uid"].unique().tolist() == topics["topic_uid"].tolist()
    assert all(table.schema.equals(TABLES[name]) for name, table in tables.items())


@pytest.mark.parametrize("size", [1, 7, 60])
def test_the_fit_depends_on_the_documents_alone(size: int) -> None:
    """Parts of another size in another order, with other neighbours, give the very same tables."""
    texts = corpus()
    ids = random.Random(size).sample(sorted(texts), k=len(texts))
    parts = [
        token_table({d: texts[d] for d in ids[start : start + size]})
        for start in range(0, len(ids), size)
    ]

    shuffled = fit(stream_of(*parts), CONFIG)

    plain = fit(stream_of(token_table(texts)), CONFIG)
    assert all(shuffled[name].equals(plain[name], check_metadata=True) for name in plain)


def test_another_fit_has_other_topics() -> None:
    """No topic of another seed or another corpus bears the same name."""
    one = fit(stream_of(token_table(corpus())), CONFIG)
    seeded = fit(stream_of(token_table(corpus())), CONFIG.model_copy(update={"seed": 5}))
    other = fit(stream_of(token_table(corpus(documents=59))), CONFIG)

    uids = [
        uid for tables in (one, seeded, other) for uid in tables["topics"]["topic_uid"].to_pylist()
    ]

    assert len(set(uids)) == 9


def test_auto_takes_the_candidate_of_best_coherence() -> None:
    """Of several numbers of topics the one whose mean coherence is highest is chosen."""
    stream = stream_of(token_table(corpus()))
    means = {
        n: np.mean(fit(stream, TopicsConfig(count=n, passes=4))["topics"]["coherence"].to_numpy())
        for n in (2, 3, 12)
    }

    chosen = fit(stream, TopicsConfig(count="auto", candidates=(12, 3, 2), passes=4))["topics"]

    assert chosen.num_rows == max(means, key=lambda n: means[n])


def test_phrases_become_terms() -> None:
    """Neighbouring words that go together are one term, and labels show them as words."""
    texts = {d: text.replace("goal", "goal keeper") for d, text in corpus().items()}

    tables = fit(stream_of(token_table(texts)), CONFIG)

    assert "goal_keeper" in tables["topic_model"]["term"].to_pylist()
    assert "goal" not in tables["topic_model"]["term"].to_pylist()
    assert from_table(tables["topic_model"]).phrasing.first == ("goal_keeper",)


@pytest.mark.parametrize(
    "documents",
    [{}, {"a": "the of"}, {"a": "apple"}, {"a": "apple", "b": "pear"}],
    ids=["no documents", "no words", "one document", "nothing shared"],
)
def test_a_corpus_too_small_has_no_topics(documents: dict[str, str]) -> None:
    """Where no two documents share a term all tables are empty, and stand."""
    tables = fit(stream_of(token_table(documents)), TopicsConfig())

    assert {name: table.num_rows for name, table in tables.items()} == {
        "topics": 0,
        "topic_terms": 0,
        "topic_model": 0,
    }
    assert all(table.schema.equals(TABLES[name]) for name, table in tables.items())


def test_more_topics_than_documents() -> None:
    """A handful of documents still gives topics with names of their own."""
    texts = {str(n): text for n, text in enumerate(list(corpus(documents=6).values()))}

    tables = fit(stream_of(token_table(texts)), TopicsConfig(count=20, passes=2))

    assert len(set(tables["topics"]["topic_uid"].to_pylist())) == 20


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([["tax", "cut", "vote", "law"]], ["tax, cut, vote"]),
        ([["tax_cut", "tax", "vote", "law"]], ["tax cut, vote, law"]),
        ([["a", "b", "c", "d"], ["a", "b", "c", "e"]], ["a, b, c", "a, b, c, e"]),
        ([["a"], ["a"]], ["a", "a"]),
    ],
)
def test_labels_are_distinct_where_terms_are(terms: list[list[str]], expected: list[str]) -> None:
    """No word twice in a label, and no label twice while there are terms to tell them apart."""
    assert labels(terms) == expected
