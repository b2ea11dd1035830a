"""How good a classifier is, and how far its probabilities can be believed."""

import numpy as np
import pytest

from tasks.calibration import expected_error, scores, softmax, surprise, temperature

LOGITS = np.array([[2.0, 0.0], [0.0, 2.0], [2.0, 0.0], [2.0, 0.0]], np.float32)
GOLD = np.array([0, 1, 0, 1])


def test_scores() -> None:
    """Three of four right; F1 of 0.8 for one label and 2/3 for the other."""
    found = scores(LOGITS.argmax(axis=1), GOLD, 2)

    assert found["accuracy"] == 0.75
    assert found["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2)


def test_a_label_that_is_never_found_counts() -> None:
    """Its F1 is 0, and the mean is over all labels."""
    found = scores(np.array([0, 0]), np.array([0, 1]), 3)

    assert found["macro_f1"] == pytest.approx((2 / 3) / 3)


def test_temperature_undoes_what_was_multiplied() -> None:
    """Logits drawn from their own probabilities need none; three times as large need 3."""
    draws = np.random.default_rng(1)
    logits = draws.normal(size=(4000, 3)).astype(np.float32)
    gold = np.array([draws.choice(3, p=p / p.sum()) for p in softmax(logits).astype(np.float64)])

    assert temperature(logits, gold) == pytest.approx(1, abs=0.1)
    assert temperature(logits * 3, gold) == pytest.approx(3, abs=0.3)


def test_temperature_lowers_the_surprise() -> None:
    """The likelihood of the labels is what it is chosen by."""
    heat = temperature(LOGITS * 5, GOLD)

    assert surprise(LOGITS * 5 / heat, GOLD) < surprise(LOGITS * 5, GOLD)


def test_expected_error_is_the_gap_between_sure_and_right() -> None:
    """Ever 0.8 sure and right three times of four: the gap is 0.05."""
    sure = np.array([[0.8, 0.2], [0.2, 0.8], [0.8, 0.2], [0.8, 0.2]], np.float32)

    assert expected_error(sure, GOLD) == pytest.approx(0.05, abs=1e-6)


def test_softmax_of_large_logits() -> None:
    """Neither overflows nor loses the sum of 1."""
    found = softmax(np.array([[1000.0, 0.0], [0.0, 0.0]], np.float32))

    assert found.tolist() == [[1.0, 0.0], [0.5, 0.5]]
