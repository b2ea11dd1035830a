"""Where the marks of a chart stand, in per cent of its width and height."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from tasks.sentiment_months import MONTHS_A_YEAR, Month

SCALES = (0.25, 0.5, 1.0)
"""Ends of the axis of scores: the smallest that holds all of them is taken."""
TICKS = 6
"""Most labels on the axis of time: what fits on a narrow page, every other one being left out."""
STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
"""Months between two labels."""
BAR = 0.7
"""Width of a bar, as a share of its month's place."""


@dataclass(frozen=True)
class Point:
    """One month on the chart."""

    month: Month
    x: float
    y: float
    bar: float
    """Height of its bar."""


@dataclass(frozen=True)
class Timeline:
    """A line of monthly scores over bars of the number of documents."""

    scale: float
    """The axis of scores goes from -scale to scale."""
    points: tuple[Point, ...]
    lines: tuple[str, ...]
    """SVG point lists of the runs of neighbouring months."""
    ticks: tuple[tuple[float, str], ...]
    """x and label."""
    bar_width: float
    most: int
    """Documents of the highest bar."""


def timeline(months: Sequence[Month]) -> Timeline | None:
    """The chart of these months, in order of time; None without any."""
    if not months:
        return None
    first, last = months[0].number, months[-1].number
    place = 100 / (last - first + 1)
    highest = max(abs(month.score) for month in months)
    scale = next((s for s in SCALES if highest <= s), SCALES[-1])
    most = max(month.documents for month in months)
    points = tuple(
        Point(
            month,
            (month.number - first + 0.5) * place,
            50 - 50 * month.score / scale,
            100 * month.documents / most,
        )
        for month in months
    )
    ticks = tuple(((n - first + 0.5) * place, _label(n)) for n in _ticks(first, last))
    return Timeline(scale, points, tuple(_lines(points)), ticks, place * BAR, most)


def _lines(points: Sequence[Point]) -> list[str]:
    """A list for each run of months without a gap, of two or more."""
    runs = [[points[0]]]
    for before, after in pairwise(points):
        if after.month.number == before.month.number + 1:
            runs[-1].append(after)
        else:
            runs.append([after])
    return [" ".join(f"{p.x:.3f},{p.y:.3f}" for p in run) for run in runs if len(run) > 1]


def _ticks(first: int, last: int) -> range:
    """The months that get a label: at most `TICKS`, at round distances."""
    step = next((s for s in STEPS if (last - first) // s < TICKS), STEPS[-1])
    return range(first + -first % step, last + 1, step)


def _label(month: int) -> str:
    year, zero_based = divmod(month, MONTHS_A_YEAR)
    return date(year, zero_based + 1, 1).strftime("%b %Y")
