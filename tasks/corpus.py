"""Stages that see the whole corpus: when they are to be fitted anew, and fitting them."""

import importlib
import time
from collections.abc import Callable, Collection

import pyarrow as pa

from schemas.config import Settings, TopicsConfig
from schemas.errors import DamagedPart
from schemas.fingerprints import Recipe, differences, fingerprint
from schemas.receipts import Books, Outcome, Receipt
from schemas.stages import STAGES, Stage
from tasks import changes, topic_history
from tasks.drift import Sketch, changed_share, sketch
from tasks.footers import Footer
from tasks.machine import peak_bytes
from tasks.partitions import Job
from tasks.rows import Stream
from tasks.store import Store, content_digest

Fit = Callable[[Stream, Settings], dict[str, pa.Table]]
_SKETCH, _CONTENT = "corpus", "content"


def reason_to_fit(
    store: Store, stage: Stage, recipe: Recipe, policy: TopicsConfig, now: Sketch
) -> str:
    """Why a corpus stage must be fitted on the corpus as it is `now`; empty where it need not."""
    try:
        footers = [store.footer(table, 0) for table in stage.writes]
    except DamagedPart:
        return "file damaged"
    if any(footer is None for footer in footers):
        return "new"
    first = footers[0]
    if first is None or len({f.extra.get(_SKETCH) for f in footers if f}) != 1:
        return "not finished"
    for footer in footers:
        if footer is not None and footer.fingerprint != fingerprint(recipe):
            return "; ".join(["stale", *differences(footer.recipe, recipe)[:3]])
    share = changed_share(Sketch.loads(first.extra[_SKETCH]), now)
    if share > {"grown": policy.refit_share, "always": 0.0, "never": float("inf")}[policy.refit]:
        return f"corpus changed by {share:.0%}"
    return ""


def must_fit(store: Store, job: Job) -> bool:
    """Whether a corpus stage must be fitted, as its input stands now."""
    stage = STAGES[job.stage]
    now = corpus_now(store, stage.reads[0])
    return bool(reason_to_fit(store, stage, job.recipe, job.config.topics, now))


def fitted(store: Store) -> dict[str, str]:
    """The content digest of every corpus-wide table that stands, for recipes."""
    found = {}
    for table in ("vocabulary", "topic_model"):
        try:
            footer = store.footer(table, 0)
        except DamagedPart:
            continue
        if footer is not None:
            found[table] = footer.extra[_CONTENT]
    return found


def corpus_now(store: Store, table: str) -> Sketch:
    """The sketch of the documents that a table answers for (footers only)."""
    return sketch(
        (doc, answer.key)
        for partition in store.partitions(table)
        if (footer := store.footer(table, partition)) is not None
        for doc, answer in footer.answers.items()
        if answer.outcome is Outcome.DONE
    )


def books(store: Store, table: str, *, done: int, left_out: Collection[str] = frozenset()) -> Books:
    """The books of a stage that sees all documents through a table: `done` of them just now."""
    outcomes = []
    for partition in store.partitions("documents"):
        documents, seen = store.footer("documents", partition), store.footer(table, partition)
        answers = seen.answers if seen else {}
        for doc, answer in documents.answers.items() if documents else ():
            here = answers.get(doc, answer).outcome
            unseen = here is Outcome.REJECTED or doc in left_out
            outcomes.append(Outcome.SKIPPED if unseen else here)
    return Books.of(len(outcomes), outcomes, reused=outcomes.count(Outcome.DONE) - done)


def run(job: Job) -> Receipt:
    """Fit a corpus stage if it must be, and write its tables; safe to repeat."""
    started = time.perf_counter()
    store, stage = Store(job.results), STAGES[job.stage]
    now = corpus_now(store, stage.reads[0])
    if not reason_to_fit(store, stage, job.recipe, job.config.topics, now):
        return Receipt(stage.name, 0)
    fit: Fit = importlib.import_module(f"tasks.{stage.name}").fit
    tables = fit(store.stream, stage.settings(job.config) or job.config.topics)
    if topic_history.TABLE in stage.writes:
        tables = topic_history.continued(store, tables, job.config.topics)
    for table in stage.writes:
        changes.of_rows(store, job.run, table, 0, tables[table])
    written = [
        store.write(
            table,
            0,
            tables[table],
            Footer(
                job.recipe,
                extra={_SKETCH: now.dumps(), _CONTENT: content_digest(tables[table])},
            ),
        )
        for table in stage.writes
    ]
    return Receipt(
        stage.name,
        0,
        done=now.documents,
        seconds=time.perf_counter() - started,
        peak_bytes=peak_bytes(),
        written=tuple(written),
    )
