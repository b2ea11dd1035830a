"""Topics of one fit told by those of another, on topics of a few words."""

import pytest

from tasks.topic_matching import Event, first, matched, similarities
from tests.topic_models import model_of

SEA = {"boat": 5.0, "harbour": 4.0, "herring": 3.0}
LAW = {"judge": 5.0, "court": 4.0, "law": 3.0}
ART = {"film": 5.0, "actor": 4.0, "stage": 3.0}
WAR = {"army": 5.0, "tank": 4.0, "front": 3.0}


def events(old: dict, new: dict, least: float = 0.5) -> set[tuple[str, str, str]]:
    """Event, topic and the other one."""
    found = matched(model_of(old), model_of(new), least=least).events
    return {(event.event, event.topic_uid, event.other_topic_uid) for event in found}


def test_topics_keep_their_names_in_another_order() -> None:
    """And with other words beside the old."""
    new = {"x": ART | {"herring": 0.5}, "y": SEA | {"port": 2.0}, "z": LAW}

    found = matched(model_of({"a": SEA, "b": LAW, "c": ART}), model_of(new), least=0.5)

    assert found.topic_uids == ("c", "a", "b")
    assert {event.event for event in found.events} == {"kept"}
    assert all(event.similarity > 0.9 for event in found.events)


def test_a_topic_is_born_and_one_dies() -> None:
    """What is like no other gets a name of its own; what nothing is like is gone."""
    assert events({"a": SEA, "b": LAW}, {"x": SEA, "y": WAR}) == {
        ("kept", "a", "a"),
        ("born", "y", ""),
        ("died", "b", ""),
    }


def test_a_topic_is_split() -> None:
    """The part most like it keeps the name, the other says where it comes from."""
    old = {"a": SEA | LAW}
    new = {"x": SEA | {"judge": 1.0}, "y": LAW}

    assert events(old, new) == {("kept", "a", "a"), ("split", "y", "a")}


def test_two_topics_are_merged() -> None:
    """One goes on; the other says where it went."""
    old = {"a": SEA | {"judge": 1.0}, "b": LAW}

    assert events(old, {"x": SEA | LAW}) == {("kept", "a", "a"), ("merged", "b", "a")}


def test_the_assignment_is_the_best_in_sum() -> None:
    """The nearest pair first would leave the others without a match."""
    old = {"a": {"p": 1.0, "q": 1.0}, "b": {"q": 1.0, "r": 0.2}}
    new = {"x": {"q": 1.0, "r": 0.1}, "y": {"q": 1.0, "p": 0.4, "r": 0.9}}
    alike = similarities(model_of(old), model_of(new))

    found = matched(model_of(old), model_of(new), least=0.1)

    pairs = {uid: column for column, uid in enumerate(found.topic_uids)}
    total = sum(alike[row, pairs[uid]] for row, uid in enumerate(("a", "b")))
    assert total == pytest.approx(max(alike[0, 0] + alike[1, 1], alike[0, 1] + alike[1, 0]))


def test_a_first_fit() -> None:
    """All of it is born."""
    found = first(model_of({"a": SEA}))

    assert (found.topic_uids, found.events) == (("a",), (Event("born", "a", "", 0.0),))


def test_vocabularies_may_have_nothing_in_common() -> None:
    """Then nothing is alike."""
    assert similarities(model_of({"a": SEA}), model_of({"x": LAW})).max() == pytest.approx(0.0)
