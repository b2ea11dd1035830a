"""What the commands say of runs, results, settings and models."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from rich.table import Table
from rich.text import Text

from flows import screen
from flows.configuration import Setting
from schemas.tables import REJECT_REASONS
from tasks import inventory
from tasks.folders import Results
from tasks.history import RunAccount
from tasks.model_inventory import Model
from tasks.rejects import Group
from tasks.store import Store

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_PREVIEW = 4000
"""Code points of a document that are shown; the table has all."""


def show_run(account: RunAccount, results: Results, *, as_json: bool) -> None:
    """The books of a run."""
    if as_json:
        screen.write_json(asdict(account) | {"results": str(results)})
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
    screen.out.print(table)
    for line in account.failures:
        screen.err.print(Text(line, style="red"))
    screen.out.print(Text(f"Tables: {results}/<table>   Report: {results}/report.html"))


def show_status(store: Store, *, as_json: bool) -> None:
    """Tables, rejects and the last run."""
    tables, rejects = inventory.tables(store), inventory.reject_reasons(store)
    last = inventory.last_run(store)
    if as_json:
        said = [
            {"stage": stage, "reason": reason, "count": count}
            for (stage, reason), count in rejects.items()
        ]
        screen.write_json(
            {"tables": [asdict(t) for t in tables], "rejects": said, "last_run": last}
        )
        return
    grid = Table("table", title=str(store.root), title_justify="left")
    for name in ("parts", "rows", "MB"):
        grid.add_column(name, justify="right")
    grid.add_column("fingerprints")
    for state in tables:
        prints = ", ".join(f"{name} ({count})" for name, count in state.fingerprints.items())
        row = (str(state.parts), str(state.rows), f"{state.size / 1e6:.2f}")
        grid.add_row(state.table, *row, "" if state.table == "runs" else prints)
    screen.out.print(grid)
    for (stage, reason), count in rejects.most_common():
        screen.out.print(
            Text(f"{count} rejected at {stage}: {reason}: {REJECT_REASONS.get(reason, '')}")
        )
    if last:
        ended = f"{last['finished_at']:%Y-%m-%d %H:%M:%S} UTC"
        screen.out.print(Text(f"Last run {last['run_id']}: {last['outcome']}, ended {ended}"))


def show_rejects(groups: Sequence[Group], *, as_json: bool) -> None:
    """What was rejected, a table a stage and reason, with the remedy and examples."""
    if as_json:
        screen.write_json([asdict(group) for group in groups])
        return
    if not groups:
        screen.out.print("Nothing was rejected.")
    for group in groups:
        places = f", in {group.sources:,} sources" if group.sources != group.count else ""
        head = f"{group.stage}: {group.reason}: {group.count:,}{places}"
        screen.out.print(Text(head, style="bold"))
        screen.out.print(Text(f"  {group.explanation}"))
        for example in group.examples:
            where = " · ".join(filter(None, (example.source, example.record)))
            times = f" (tried {example.attempts} times)" if example.attempts > 1 else ""
            screen.out.print(
                Text(screen.steady(f"  {where}: {example.message}{times}"), style="dim")
            )


def show_document(facts: inventory.Facts, *, as_json: bool) -> None:
    """One document with its facts in its text."""
    if as_json:
        screen.write_json(facts)
        return
    document = facts["documents"][0]
    head = Table.grid(padding=(0, 2))
    for name in ("doc_id", "source", "record", "title", "author", "published_at", "language"):
        if document[name]:
            head.add_row(Text(name, style="bold"), Text(screen.steady(str(document[name]))))
    for name, text in _findings(facts):
        head.add_row(Text(name, style="bold"), Text(text))
    screen.out.print(head)
    screen.out.print()
    screen.out.print(marked(str(document["text"])[:_PREVIEW], facts["entities"]))
    hidden = len(str(document["text"])) - _PREVIEW
    if hidden > 0:
        screen.out.print(Text(f"… and {hidden} more characters", style="dim"))


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
        screen.write_json([asdict(setting) for setting in settings])
        return
    table = Table("setting", "value", "from", "meaning")
    for setting in settings:
        style = "" if setting.origin == "default" else "bold"
        row = (setting.name, json.dumps(setting.value), setting.origin, setting.description)
        table.add_row(*(Text(cell, style=style) for cell in row))
    screen.out.print(table)


def show_models(models: Sequence[Model], *, as_json: bool) -> None:
    """The models, their settings and how it stands with them."""
    if as_json:
        screen.write_json([asdict(model) for model in models])
        return
    table = Table("settings", "model", "kind", "state", "MB", "identity", "licence")
    for model in models:
        size = f"{model.size_bytes / 1e6:.1f}" if model.size_bytes else "·"
        name = model.identity.rpartition(":" if model.identity.startswith("sha256") else "@")[2]
        names = "\n".join(model.settings) or "·"
        row = (names, model.reference, model.kind, model.state, size, name[:12], model.licence)
        table.add_row(*map(Text, row))
    screen.out.print(table)
    for problem in dict.fromkeys(model.problem for model in models if model.problem):
        screen.err.print(Text(problem, style="red"))


def show_scores(scores: Mapping[str, float], *, as_json: bool) -> None:
    """The scores of a trained model."""
    if as_json:
        screen.write_json(dict(scores))
        return
    table = Table("score", "value")
    for name, value in scores.items():
        table.add_row(name, f"{value:.4f}")
    screen.out.print(table)


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
