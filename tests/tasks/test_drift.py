"""How far a corpus has moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.drift import Sketch, changed_share, sketch

corpora = st.dictionaries(st.text("abcdef", max_size=3), st.sampled_from(["x", "y"]), max_size=40)


def numbered(first: int, last: int) -> Sketch:
    return sketch((f"{n:06d}", "key") for n in range(first, last))


@given(corpora, corpora)
def test_small_corpora_are_compared_exactly(fitted: dict[str, str], now: dict[str, str]) -> None:
    """Documents come and gone, as a share of the fitted ones; an edit is one of each."""
    changed = len(set(fitted.items()) ^ set(now.items()))

    share = changed_share(sketch(fitted.items()), sketch(now.items()))

    if fitted or not now:
        assert share == pytest.approx(changed / max(len(fitted), 1))
    else:
        assert share == float("inf")


@pytest.mark.parametrize(
    ("first", "last", "share"),
    [
        (0, 20_000, 0.0),
        (0, 22_000, 0.1),
        (0, 40_000, 1.0),
        (2_000, 20_000, 0.1),
        (1_000, 21_000, 0.1),
        (20_000, 40_000, 2.0),
    ],
)
def test_large_corpora_are_compared_nearly(first: int, last: int, share: float) -> None:
    """From 1,024 hashes of 20,000 documents, within 4 points of a share of 10 %."""
    found = changed_share(numbered(0, 20_000), numbered(first, last))

    assert found == pytest.approx(share, abs=0.04 + 0.05 * share)


def test_a_change_of_one_in_many_is_not_nothing() -> None:
    """The digest of all documents tells that something changed, even where the sketch does not."""
    assert numbered(0, 5_000).digest != numbered(1, 5_001).digest
    assert len(numbered(0, 5_000).smallest) == 1024


@given(corpora)
def test_a_sketch_is_a_text(corpus: dict[str, str]) -> None:
    """As it stands in a footer; the order of the documents does not matter."""
    one = sketch(corpus.items())

    assert Sketch.loads(one.dumps()) == one == sketch(reversed(list(corpus.items())))
