"""Topics that go on from fit to fit, and what is written down of them."""

from collections.abc import Mapping

import pyarrow as pa
import pytest

from schemas.config import TopicsConfig
from schemas.stages import STAGES
from tasks import topic_model
from tasks.footers import Footer
from tasks.rows import from_rows
from tasks.store import Store
from tasks.topic_history import continued
from tests.results import part_path
from tests.topic_models import model_of

SEA = {"boat": 5.0, "harbour": 4.0, "herring": 3.0}
LAW = {"judge": 5.0, "court": 4.0, "law": 3.0}
WAR = {"army": 5.0, "tank": 4.0, "front": 3.0}
CONFIG = TopicsConfig()
WRITES = STAGES["topics"].writes


def fitted(topics: Mapping[str, Mapping[str, float]]) -> dict[str, pa.Table]:
    """What a fit gives that has found these topics."""
    uids = list(topics)
    rows = [
        {"topic_uid": uid, "topic": n, "label": next(iter(topics[uid])), "coherence": 0, "share": 1}
        for n, uid in enumerate(uids)
    ]
    terms = [
        {"topic_uid": uid, "topic": n, "rank": 1, "term": next(iter(topics[uid])), "weight": 1.0}
        for n, uid in enumerate(uids)
    ]
    return {
        "topics": from_rows("topics", rows),
        "topic_terms": from_rows("topic_terms", terms),
        "topic_model": model_of(topics).to_table(),
    }


def put(store: Store, tables: Mapping[str, pa.Table], names: tuple[str, ...] = WRITES) -> None:
    for name in names:
        store.write(name, 0, tables[name], Footer({"stage": "topics"}))


def history(table: pa.Table) -> list[tuple[int, str, str, str]]:
    """Fit, event, topic and label."""
    return [(row["fit"], row["event"], row["topic_uid"], row["label"]) for row in table.to_pylist()]


def test_names_go_on_in_every_table(store: Store) -> None:
    """In the topics, their terms and the model; labels are those of the new fit."""
    put(store, continued(store, fitted({"a": SEA, "b": LAW}), CONFIG))

    found = continued(store, fitted({"x": LAW, "y": SEA | {"boat": 2.0}}), CONFIG)

    assert found["topics"]["topic_uid"].to_pylist() == ["b", "a"]
    assert found["topic_terms"]["topic_uid"].to_pylist() == ["b", "a"]
    model = topic_model.from_table(found["topic_model"])
    assert (model.topic_uids, model.fit) == (("b", "a"), 1)


def test_history_grows(store: Store) -> None:
    """A row a topic and fit; of one that is gone its last name."""
    for topics in ({"a": SEA, "b": LAW}, {"x": SEA, "y": WAR}):
        put(store, continued(store, fitted(topics), CONFIG))

    rows = store.read("topic_history", 0)

    assert sorted(history(rows)) == [
        (0, "born", "a", "boat"),
        (0, "born", "b", "judge"),
        (1, "born", "y", "army"),
        (1, "died", "b", "judge"),
        (1, "kept", "a", "boat"),
    ]


@pytest.mark.parametrize("written", range(len(WRITES)))
def test_a_fit_killed_half_way_is_made_again_the_same(store: Store, written: int) -> None:
    """After any of its tables: the old model is the last to be replaced."""
    put(store, continued(store, fitted({"a": SEA, "b": LAW}), CONFIG))
    whole = continued(store, fitted({"x": LAW, "y": WAR}), CONFIG)
    put(store, whole, WRITES[:written])

    again = continued(store, fitted({"x": LAW, "y": WAR}), CONFIG)

    assert {name: table.to_pylist() for name, table in again.items()} == {
        name: table.to_pylist() for name, table in whole.items()
    }


def test_a_damaged_model_begins_anew(store: Store) -> None:
    """The record of earlier fits stays."""
    put(store, continued(store, fitted({"a": SEA}), CONFIG))
    part_path(store, "topic_model", 0).write_bytes(b"PAR1")

    found = continued(store, fitted({"x": SEA}), CONFIG)

    assert history(found["topic_history"]) == [(0, "born", "a", "boat"), (1, "born", "x", "boat")]


def test_a_corpus_without_topics_keeps_the_record(store: Store) -> None:
    """What was there before is still told."""
    put(store, continued(store, fitted({"a": SEA}), CONFIG))
    none = {name: table.slice(0, 0) for name, table in fitted({"x": SEA}).items()}

    found = continued(store, none, CONFIG)

    assert history(found["topic_history"]) == [(0, "born", "a", "boat")]
    assert found["topics"].num_rows == 0
