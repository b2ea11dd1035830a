"""The arithmetic that the measures share."""

import time

import pytest

from tasks.evaluation.results import f1, means, timed


@pytest.mark.parametrize(
    ("hits", "found", "gold", "value"),
    [(2, 2, 2, 1.0), (1, 2, 4, 1 / 3), (0, 3, 0, 0.0), (0, 0, 0, 0.0)],
)
def test_f1(hits: int, found: int, gold: int, value: float) -> None:
    """Twice the hits over all that was found and all there was."""
    assert f1(hits, found, gold) == pytest.approx(value)


def test_each_measure_has_its_mean() -> None:
    rows = [{"recall": 0.0, "f1": 0.2}, {"recall": 1.0, "f1": 0.4}]

    assert means(rows) == pytest.approx({"recall": 0.5, "f1": 0.3})


def test_waiting_is_no_work() -> None:
    """Only time on the processor counts."""
    _, waited = timed(lambda: time.sleep(0.2))
    found, worked = timed(lambda: sum(range(2_000_000)))

    assert found == 1_999_999_000_000
    assert waited < worked
