"""Where the marks of the line of sentiment stand."""

import pytest

from tasks.charts import TICKS, timeline
from tasks.sentiment_months import Month


def test_no_months_no_chart() -> None:
    """Without a dated document there is no chart."""
    assert timeline([]) is None


def test_places_months_in_equal_steps() -> None:
    """Each month has its place; the axis of scores is symmetric; bars are to the highest."""
    chart = timeline([Month(2024, 12, 0.25, 2), Month(2025, 1, -0.5, 8)])

    assert chart is not None
    assert chart.scale == 0.5
    assert [(p.x, p.y, p.bar) for p in chart.points] == [(25, 25, 25), (75, 100, 100)]
    assert chart.lines == ("25.000,25.000 75.000,100.000",)


def test_missing_months_leave_a_gap() -> None:
    """A line joins neighbouring months only; a month alone is a dot."""
    months = [Month(2024, month, 0.1, 1) for month in (1, 2, 5, 7, 8)]

    chart = timeline(months)

    assert chart is not None
    assert [len(line.split()) for line in chart.lines] == [2, 2]
    assert len(chart.points) == 5


@pytest.mark.parametrize("last", [2024, 2025, 2030, 2060, 2400])
def test_few_labels_however_long_the_time(last: int) -> None:
    """The axis of time has at least one label and no more than fit."""
    chart = timeline([Month(2024, 1, 0.1, 1), Month(last, 12, 0.1, 1)])

    assert chart is not None
    assert 1 <= len(chart.ticks) <= TICKS
    assert all(0 <= x <= 100 for x, _ in chart.ticks)
