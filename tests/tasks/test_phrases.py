"""Words that are joined to phrases."""

from tasks.phrases import Phrasing, learn


def test_phrases_are_learned_up_to_three_words() -> None:
    """Words that mostly occur together become one term; the second level builds on the first."""
    segments = [["new", "york", "city"]] * 20 + [[f"{w}{n}"] for w in "abc" for n in range(200)]

    phrasing = learn(segments, min_count=2)

    assert phrasing == Phrasing(("new_york", "york_city"), ("new_york city",))
    assert phrasing.terms([["big", "new", "york", "city"]]) == ["big", "new_york_city"]


def test_phrases_do_not_depend_on_order() -> None:
    """The same runs in another order give the same phrases."""
    segments = [["prime", "minister"], ["prime", "number"], ["minister"]] * 5

    assert learn(segments, min_count=2) == learn(segments[::-1], min_count=2)


def test_no_phrase_spans_a_gap() -> None:
    """Two runs are never joined."""
    assert Phrasing(("new_york",)).terms([["new"], ["york"]]) == ["new", "york"]
