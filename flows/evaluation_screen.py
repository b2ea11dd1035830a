"""What an evaluation prints: systems side by side on each set."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from flows import screen
from tasks.evaluation.results import Result

_ROUND = 100
"""Rates from which on decimals say nothing."""


def show_results(results: Sequence[Result], *, as_json: bool) -> None:
    """A table a task: its sets, and on each the systems side by side, in per cent."""
    if as_json:
        screen.write_json([asdict(result) for result in results])
        return
    for task in dict.fromkeys(result.task for result in results):
        some = [result for result in results if result.task == task]
        measures = dict.fromkeys(name for result in some for name in result.scores)
        table = Table(title=task, title_justify="left", box=SIMPLE_HEAD, collapse_padding=True)
        table.add_column("data", no_wrap=True)
        table.add_column("system", overflow="fold")
        for name in (*measures, "documents", "CPU_s", "a_CPU s"):
            table.add_column(name.replace("_", "\n", 1), justify="right", no_wrap=True)
        for data in dict.fromkeys(result.data for result in some):
            for result in (each for each in some if each.data == data):
                shown = [
                    f"{100 * s:.1f}" if (s := result.scores.get(m)) is not None else "·"
                    for m in measures
                ]
                cost = (f"{result.documents:,}", f"{result.cpu_s:.2f}", _rate(result))
                style = "dim" if result.baseline else ""
                table.add_row(Text(data), Text(result.system, style), *shown, *cost)
            table.add_section()
        screen.out.print(table)
        for result in some:
            for note in result.notes:
                screen.out.print(Text(f"{result.data}: {note}"))


def _rate(result: Result) -> str:
    """Documents a CPU-second, to three figures or so."""
    if not result.cpu_s:
        return "·"
    rate = result.documents / result.cpu_s
    return f"{rate:,.0f}" if rate >= _ROUND else f"{rate:.1f}"
