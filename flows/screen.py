"""What a person or a script sees: bars on a terminal, plain lines in a pipe, or JSON."""

import json
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from flows.benchmarks import Measure
from flows.cluster_benchmark import ClusterMeasure
from flows.configuration import Setting
from flows.contenders import Speed
from flows.memory_benchmark import Growth
from flows.progress import Listener, Silent
from flows.reading_benchmark import ReadingSpeed
from schemas.receipts import Receipt
from schemas.tables import REJECT_REASONS
from tasks import inventory
from tasks.evaluation.results import Result
from tasks.folders import Results
from tasks.history import RunAccount
from tasks.model_inventory import Model
from tasks.rejects import Group
from tasks.store import Store

_STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Control characters, line ends, and what turns the direction of a line."""
_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_PREVIEW = 4000
"""Code points of a document that are shown; the table has all."""

_PIPE_WIDTH = 120
"""Columns of a table that is not shown on a terminal."""

_ROUND = 100
"""Rates from which on decimals say nothing."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
err = Console(stderr=True, highlight=False)


@contextmanager
def progress(*, as_json: bool) -> Iterator[Listener]:
    """A listener that shows how the run gets on, on standard error."""
    if as_json:
        yield Silent()
    elif err.is_terminal:
        columns = (
            TextColumn("{task.description:<18}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=err) as bars:
            yield _Bars(bars)
    else:
        yield _Lines()


class _Bars:
    """A bar a stage."""

    def __init__(self, bars: Progress) -> None:
        self._bars, self._lock = bars, threading.Lock()
        self._ids: dict[str, TaskID] = {}

    def expects(self, stage: str, tasks: int) -> None:
        with self._lock:
            if stage not in self._ids:
                self._ids[stage] = self._bars.add_task(stage, total=0)
            bar = self._ids[stage]
            total = next(t.total or 0 for t in self._bars.tasks if t.id == bar)
            self._bars.update(bar, total=total + tasks)

    def finished(self, stage: str, receipt: Receipt | None) -> None:  # noqa: ARG002  # a Listener
        self._bars.advance(self._ids[stage])

    def note(self, line: str) -> None:
        self._bars.console.print(Text(steady(line), style="yellow"))


class _Lines:
    """A line a task, for logs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()

    def expects(self, stage: str, tasks: int) -> None:
        with self._lock:
            self._expected[stage] += tasks

    def finished(self, stage: str, receipt: Receipt | None) -> None:
        with self._lock:
            self._ended[stage] += 1
            said = f"{receipt.done} done in {receipt.seconds:.1f} s" if receipt else "failed"
            self.note(f"{stage} {self._ended[stage]}/{self._expected[stage]}: {said}")

    def note(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def show_run(account: RunAccount, results: Results, *, as_json: bool) -> None:
    """The books of a run."""
    if as_json:
        write_json(asdict(account) | {"results": str(results)})
        return
    table = Table("stage", title=f"{account.corpus}: {account.outcome}", title_justify="left")
    for name in (
        "found",
        "done",
        "reused",
        "duplicate",
        "rejected",
        "skipped",
        "seconds",
        "MB",
        "docs/s",
    ):
        table.add_column(name, justify="right")
    for stage in account.stages:
        counts = [str(n) if n else "·" for n in asdict(stage.books).values()]
        rate = f"{stage.books.done / stage.seconds:.1f}" if stage.seconds else "·"
        memory = f"{stage.peak_bytes / 1e6:.0f}" if stage.peak_bytes else "·"
        table.add_row(stage.stage, *counts, f"{stage.seconds:.1f}", memory, rate)
    out.print(table)
    for line in account.failures:
        err.print(Text(line, style="red"))
    out.print(Text(f"Tables: {results}/<table>   Report: {results}/report.html"))


def show_status(store: Store, *, as_json: bool) -> None:
    """Tables, rejects and the last run."""
    tables, rejects = inventory.tables(store), inventory.reject_reasons(store)
    last = inventory.last_run(store)
    if as_json:
        said = [
            {"stage": stage, "reason": reason, "count": count}
            for (stage, reason), count in rejects.items()
        ]
        write_json({"tables": [asdict(t) for t in tables], "rejects": said, "last_run": last})
        return
    grid = Table("table", title=str(store.root), title_justify="left")
    for name in ("parts", "rows", "MB"):
        grid.add_column(name, justify="right")
    grid.add_column("fingerprints")
    for state in tables:
        prints = ", ".join(f"{name} ({count})" for name, count in state.fingerprints.items())
        row = (str(state.parts), str(state.rows), f"{state.size / 1e6:.2f}")
        grid.add_row(state.table, *row, "" if state.table == "runs" else prints)
    out.print(grid)
    for (stage, reason), count in rejects.most_common():
        out.print(Text(f"{count} rejected at {stage}: {reason}: {REJECT_REASONS.get(reason, '')}"))
    if last:
        ended = f"{last['finished_at']:%Y-%m-%d %H:%M:%S} UTC"
        out.print(Text(f"Last run {last['run_id']}: {last['outcome']}, ended {ended}"))


def show_rejects(groups: Sequence[Group], *, as_json: bool) -> None:
    """What was rejected, a table a stage and reason, with the remedy and examples."""
    if as_json:
        write_json([asdict(group) for group in groups])
        return
    if not groups:
        out.print("Nothing was rejected.")
    for group in groups:
        places = f", in {group.sources:,} sources" if group.sources != group.count else ""
        head = f"{group.stage}: {group.reason}: {group.count:,}{places}"
        out.print(Text(head, style="bold"))
        out.print(Text(f"  {group.explanation}"))
        for example in group.examples:
            where = " · ".join(filter(None, (example.source, example.record)))
            times = f" (tried {example.attempts} times)" if example.attempts > 1 else ""
            out.print(Text(steady(f"  {where}: {example.message}{times}"), style="dim"))


def show_document(facts: inventory.Facts, *, as_json: bool) -> None:
    """One document with its facts in its text."""
    if as_json:
        write_json(facts)
        return
    document = facts["documents"][0]
    head = Table.grid(padding=(0, 2))
    for name in ("doc_id", "source", "record", "title", "author", "published_at", "language"):
        if document[name]:
            head.add_row(Text(name, style="bold"), Text(steady(str(document[name]))))
    for name, text in _findings(facts):
        head.add_row(Text(name, style="bold"), Text(text))
    out.print(head)
    out.print()
    out.print(marked(str(document["text"])[:_PREVIEW], facts["entities"]))
    hidden = len(str(document["text"])) - _PREVIEW
    if hidden > 0:
        out.print(Text(f"… and {hidden} more characters", style="dim"))


def marked(text: str, entities: Sequence[Mapping[str, object]]) -> Text:
    """The text with each entity mention coloured and followed by its label."""
    labels = sorted({str(entity["label"]) for entity in entities})
    shown, at = Text(), 0
    for entity in sorted(entities, key=lambda e: int(str(e["start"]))):
        start, end = int(str(entity["start"])), int(str(entity["end"]))
        if start < at or end > len(text):
            continue
        colour = _COLOURS[labels.index(str(entity["label"])) % len(_COLOURS)]
        shown.append(text[at:start])
        shown.append(text[start:end], style=f"bold {colour}")
        shown.append(f" {entity['label']}", style=f"dim {colour}")
        at = end
    shown.append(text[at:])
    return shown


def show_settings(settings: Sequence[Setting], *, as_json: bool) -> None:
    """Every setting, its value and origin."""
    if as_json:
        write_json([asdict(setting) for setting in settings])
        return
    table = Table("setting", "value", "from", "meaning")
    for setting in settings:
        style = "" if setting.origin == "default" else "bold"
        row = (setting.name, json.dumps(setting.value), setting.origin, setting.description)
        table.add_row(*(Text(cell, style=style) for cell in row))
    out.print(table)


def show_models(models: Sequence[Model], *, as_json: bool) -> None:
    """The models, their settings and how it stands with them."""
    if as_json:
        write_json([asdict(model) for model in models])
        return
    table = Table("settings", "model", "kind", "state", "MB", "identity", "licence")
    for model in models:
        size = f"{model.size_bytes / 1e6:.1f}" if model.size_bytes else "·"
        name = model.identity.rpartition(":" if model.identity.startswith("sha256") else "@")[2]
        names = "\n".join(model.settings) or "·"
        row = (names, model.reference, model.kind, model.state, size, name[:12], model.licence)
        table.add_row(*map(Text, row))
    out.print(table)
    for problem in dict.fromkeys(model.problem for model in models if model.problem):
        err.print(Text(problem, style="red"))


def show_scores(scores: Mapping[str, float], *, as_json: bool) -> None:
    """The scores of a trained model."""
    if as_json:
        write_json(dict(scores))
        return
    table = Table("score", "value")
    for name, value in scores.items():
        table.add_row(name, f"{value:.4f}")
    out.print(table)


def show_measures(measures: Sequence[Measure], machine: str, *, as_json: bool) -> None:
    """Measurements side by side, each also as a ratio to the first."""
    if as_json:
        write_json({"machine": machine, "measures": [asdict(measure) for measure in measures]})
        return
    table = Table("way", title=machine, title_justify="left")
    for name in ("wall s", "ratio", "CPU s", "ratio"):
        table.add_column(name, justify="right")
    first = measures[0]
    for m in measures:
        wall, cpu = f"{m.wall_s / first.wall_s:.3f}", f"{m.cpu_s / first.cpu_s:.3f}"
        table.add_row(m.way, f"{m.wall_s:.1f}", wall, f"{m.cpu_s:.1f}", cpu)
    out.print(table)


def show_clusters(measures: Sequence[ClusterMeasure], machine: str, *, as_json: bool) -> None:
    """Clusters side by side: their time as a ratio to the first, and whether rows are equal."""
    if as_json:
        write_json({"machine": machine, "measures": [asdict(measure) for measure in measures]})
        return
    table = Table("workers", title=machine, title_justify="left")
    for name in ("wall s", "ratio", "rows", "the same rows"):
        table.add_column(name, justify="right")
    first = measures[0]
    for m in measures:
        same = "yes" if m.digest == first.digest else "no"
        ratio = f"{m.wall_s / first.wall_s:.3f}"
        table.add_row(str(m.workers), f"{m.wall_s:.1f}", ratio, f"{m.rows}", same)
    out.print(table)


def show_speeds(speeds: Sequence[Speed], counted: str, machine: str, *, as_json: bool) -> None:
    """Speeds side by side, each also as a ratio to the first; `counted` is what they count."""
    if as_json:
        write_json({"machine": machine, "speeds": [asdict(speed) for speed in speeds]})
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
    out.print(table)


def show_reading_speeds(speeds: Sequence[ReadingSpeed], machine: str, *, as_json: bool) -> None:
    """A row for each way to read a format; the ratio is to the first of them, which is ours."""
    if as_json:
        write_json({"machine": machine, "speeds": [asdict(speed) for speed in speeds]})
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
    out.print(table)


def show_growth(growth: Growth, machine: str, *, as_json: bool) -> None:
    """A row a run, and below them how much each process grows with a document more."""
    kinds = ("main", "worker", "server")
    slopes = {kind: growth.bytes_a_document(kind) for kind in kinds}
    if as_json:
        runs = [asdict(run) for run in growth.runs]
        write_json({"machine": machine, "runs": runs, "bytes_a_document": slopes})
        return
    table = Table(title=machine, title_justify="left")
    for name in ("documents", "wall s", "main MB", "worker MB", "server MB"):
        table.add_column(name, justify="right")
    for run in growth.runs:
        sizes = (f"{getattr(run, f'{kind}_mb'):.0f}" for kind in kinds)
        table.add_row(f"{run.documents:,}", f"{run.wall_s:.0f}", *sizes)
    table.add_section()
    table.add_row("bytes a document", "", *(f"{slopes[kind]:,.0f}" for kind in kinds))
    out.print(table)


def show_results(results: Sequence[Result], *, as_json: bool) -> None:
    """A table a task: its sets, and on each the systems side by side, in per cent."""
    if as_json:
        write_json([asdict(result) for result in results])
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
        out.print(table)
        for result in some:
            for note in result.notes:
                out.print(Text(f"{result.data}: {note}"))


def steady(text: str) -> str:
    """A line with names in it, as a terminal may have it: what would steer it is written out."""
    return _STEERS.sub(lambda found: ascii(found[0])[1:-1], text)


def _rate(result: Result) -> str:
    """Documents a CPU-second, to three figures or so."""
    if not result.cpu_s:
        return "·"
    rate = result.documents / result.cpu_s
    return f"{rate:,.0f}" if rate >= _ROUND else f"{rate:.1f}"


def _findings(facts: inventory.Facts) -> Iterator[tuple[str, str]]:
    """A line of each stage's findings."""
    document = facts["documents"][0]
    if document["duplicate_kind"] == "near":
        alike = f"{document['duplicate_similarity']:.0%}"
        yield "near-duplicate of", f"{document['duplicate_of']} ({alike} alike)"
    elif document["duplicate_of"]:
        yield "duplicate of", str(document["duplicate_of"])
    for row in facts["summaries"]:
        yield "summary", str(row["summary"])
    if facts["keywords"]:
        yield "keywords", ", ".join(str(row["keyword"]) for row in facts["keywords"])
    for row in facts["sentiment"]:
        yield "sentiment", f"{row['label']} ({row['score']:+.2f}, {row['coverage']:.0%} read)"
    if facts["document_topics"]:
        shares = (f"{row['topic']} ({row['weight']:.0%})" for row in facts["document_topics"])
        yield "topics", ", ".join(shares)
    if facts["similar_documents"]:
        near = (f"{r['other_doc_id']} ({r['score']:.2f})" for r in facts["similar_documents"])
        yield "similar", ", ".join(near)
    counts = f"{len(facts['tokens'])} tokens, {len(facts['entities'])} entity mentions"
    yield "counts", f"{counts}, {len(facts['embeddings'])} sentences"
    for row in facts["rejects"]:
        yield f"rejected at {row['stage']}", f"{row['reason']}: {row['message']}"


def write_json(value: object) -> None:
    """Write a value to standard output, for scripts."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: object) -> object:
    """Times as ISO 8601, numpy numbers as numbers, bytes in hexadecimal, all else as text."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return value.item() if hasattr(value, "item") else str(value)
