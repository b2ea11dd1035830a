"""What the benchmarks print: measurements side by side."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.table import Table

from flows import screen
from flows.benchmarks import Measure
from flows.cluster_benchmark import ClusterMeasure
from flows.contenders import Speed
from flows.memory_benchmark import Growth
from flows.nights_benchmark import Nights
from flows.reading_benchmark import ReadingSpeed


def show_measures(measures: Sequence[Measure], machine: str, *, as_json: bool) -> None:
    """Measurements side by side, each also as a ratio to the first."""
    if as_json:
        screen.write_json(
            {"machine": machine, "measures": [asdict(measure) for measure in measures]}
        )
        return
    table = Table("way", title=machine, title_justify="left")
    for name in ("wall s", "ratio", "CPU s", "ratio"):
        table.add_column(name, justify="right")
    first = measures[0]
    for m in measures:
        wall, cpu = f"{m.wall_s / first.wall_s:.3f}", f"{m.cpu_s / first.cpu_s:.3f}"
        table.add_row(m.way, f"{m.wall_s:.1f}", wall, f"{m.cpu_s:.1f}", cpu)
    screen.out.print(table)


def show_clusters(measures: Sequence[ClusterMeasure], machine: str, *, as_json: bool) -> None:
    """Clusters side by side: their time as a ratio to the first, and whether rows are equal."""
    if as_json:
        screen.write_json(
            {"machine": machine, "measures": [asdict(measure) for measure in measures]}
        )
        return
    table = Table("workers", title=machine, title_justify="left")
    for name in ("wall s", "ratio", "rows", "the same rows"):
        table.add_column(name, justify="right")
    first = measures[0]
    for m in measures:
        same = "yes" if m.digest == first.digest else "no"
        ratio = f"{m.wall_s / first.wall_s:.3f}"
        table.add_row(str(m.workers), f"{m.wall_s:.1f}", ratio, f"{m.rows}", same)
    screen.out.print(table)


def show_speeds(speeds: Sequence[Speed], counted: str, machine: str, *, as_json: bool) -> None:
    """Speeds side by side, each also as a ratio to the first; `counted` is what they count."""
    if as_json:
        screen.write_json({"machine": machine, "speeds": [asdict(speed) for speed in speeds]})
        return
    table = Table("way", title=machine, title_justify="left")
    for name in ("start CPU s", "peak MB", counted, "CPU s", f"{counted} a CPU-second", "ratio"):
        table.add_column(name, justify="right")
    first = speeds[0].count / speeds[0].work_cpu_s
    for speed in speeds:
        rate = speed.count / speed.work_cpu_s
        table.add_row(
            speed.way,
            f"{speed.start_cpu_s:.2f}",
            f"{speed.peak_mb:.0f}",
            f"{speed.count:,}",
            f"{speed.work_cpu_s:.1f}",
            f"{rate:,.1f}",
            f"{rate / first:.2f}",
        )
    screen.out.print(table)


def show_reading_speeds(speeds: Sequence[ReadingSpeed], machine: str, *, as_json: bool) -> None:
    """A row for each way to read a format; the ratio is to the first of them, which is ours."""
    if as_json:
        screen.write_json({"machine": machine, "speeds": [asdict(speed) for speed in speeds]})
        return
    table = Table("format", "way", title=machine, title_justify="left")
    counts, rates = ("read", "compared", "MB", "CPU s"), ("MB a CPU s", "files a CPU s", "ratio")
    for name in (*counts, *rates, "peak MB"):
        table.add_column(name, justify="right")
    first = {speed.format: speed.mb_per_cpu_s for speed in reversed(speeds)}
    for s in speeds:
        read, size, spent = f"{s.read} of {s.found}", f"{s.megabytes:.2f}", f"{s.cpu_s:.2f}"
        rate, files = f"{s.mb_per_cpu_s:.2f}", f"{s.files_per_cpu_s:.1f}"
        peak = f"{s.peak_mb:.0f}"
        ratio = f"{s.mb_per_cpu_s / first[s.format]:.2f}" if s.files else "·"
        table.add_row(s.format, s.way, read, str(s.files), size, spent, rate, files, ratio, peak)
    screen.out.print(table)


def show_growth(growth: Growth, machine: str, *, as_json: bool) -> None:
    """A row a run, and below them how much each process grows with a document more."""
    kinds = ("main", "worker", "server")
    slopes = {kind: growth.bytes_a_document(kind) for kind in kinds}
    if as_json:
        runs = [asdict(run) for run in growth.runs]
        screen.write_json({"machine": machine, "runs": runs, "bytes_a_document": slopes})
        return
    table = Table(title=machine, title_justify="left")
    for name in ("documents", "wall s", "main MB", "worker MB", "server MB"):
        table.add_column(name, justify="right")
    for run in growth.runs:
        sizes = (f"{getattr(run, f'{kind}_mb'):.0f}" for kind in kinds)
        table.add_row(f"{run.documents:,}", f"{run.wall_s:.0f}", *sizes)
    table.add_section()
    table.add_row("bytes a document", "", *(f"{slopes[kind]:,.0f}" for kind in kinds))
    screen.out.print(table)


def show_nights(nights: Nights, machine: str, *, as_json: bool) -> None:
    """A row a run, beside the full one."""
    runs = (nights.start, nights.full, nights.idle, nights.night)
    if as_json:
        said = [asdict(run) for run in runs]
        screen.write_json({"machine": machine, "runs": said, "share_of_full": nights.share})
        return
    table = Table("run", title=machine, title_justify="left")
    for name in ("documents", "new or changed", "CPU s", "of the full run", "wall s"):
        table.add_column(name, justify="right")
    for run in runs:
        share = f"{run.cpu_s / nights.full.cpu_s:.2%}"
        counts = f"{run.documents:,}", f"{run.changed:,}"
        table.add_row(run.name, *counts, f"{run.cpu_s:.1f}", share, f"{run.wall_s:.1f}")
    screen.out.print(table)
    screen.out.print(f"The night beyond a start: {nights.share:.2%} of the full run.")
