"""How well topics hang together."""

import pytest

from tasks.coherence import diversity, npmi


def test_terms_that_occur_together_are_coherent() -> None:
    """Always together is 1, never together is about -1, a single term is 0."""
    texts = [["cat", "dog"], ["sun", "sea"]] * 5

    found = npmi([["cat", "dog"], ["cat", "sea"], ["sun"]], texts)

    assert found == pytest.approx([1, -1, 0], abs=0.1)


@pytest.mark.parametrize("unseen", [["owl"], ["owl", "elk"]])
def test_terms_that_no_text_holds_are_not_judged(unseen: list[str]) -> None:
    """Terms outside the sample leave the measure of the others as it is."""
    texts = [["cat", "dog"], ["sun", "sea"]] * 5

    assert npmi([["cat", "dog", *unseen], unseen], texts) == [*npmi([["cat", "dog"]], texts), 0]


@pytest.mark.parametrize(
    ("topics", "expected"),
    [
        ([["a", "b"], ["c", "d"]], 1),
        ([["a", "b"], ["b", "a"]], 0.5),
        ([["a", "x"], ["a", "y"]], 0.5),
    ],
)
def test_diversity_is_the_share_of_different_terms(
    topics: list[list[str]], expected: float
) -> None:
    """Only the best terms count; here the best two, or the best one."""
    top = 1 if "x" in topics[0] else 2

    assert diversity(topics, top=top) == expected
