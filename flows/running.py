"""One run: it plans from the store, submits what is missing or stale, and keeps the books."""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain

import pyarrow as pa
from prefect.exceptions import UnfinishedRun

from flows import damage
from flows.progress import listener
from flows.remedies import remedy
from flows.run_log import speaker
from flows.submissions import Submissions, ended_well
from flows.task_runners import Crew, Runner
from schemas.backfill import Backfill
from schemas.config import PipelineConfig
from schemas.errors import BooksDoNotBalance, DamagedPart
from schemas.fingerprints import fingerprint
from schemas.receipts import Books, Receipt
from schemas.stages import STAGES, Kind, upstream
from tasks import (
    assembly,
    corpus,
    forcing,
    history,
    ingest,
    neighbours,
    page,
    partitions,
    planning,
)
from tasks.folders import Results
from tasks.ingest import ReadJob
from tasks.scope import Range
from tasks.sources import hashed, scan
from tasks.staging import Batch
from tasks.store import Store

_ROUNDS = 3
"""A damaged part is computed again in the next round; more rounds mean a failing disk."""


@dataclass(frozen=True)
class Request:
    """What a run is asked to do."""

    corpus: str
    results: Results
    config: PipelineConfig
    stages: tuple[str, ...]
    backfill: Backfill | None = None


class Run:
    """The stages of a request, submitted to Prefect and computed by worker processes."""

    def __init__(self, request: Request, store: Store, workers: Crew, runner: Runner) -> None:
        self.request, self.store, self.workers = request, store, workers
        self.started_at, self.number = datetime.now(UTC), history.next_run(store)
        self._began = time.monotonic()
        self.receipts = {name: Receipt(name, 0) for name in request.stages}
        self.failures: list[str] = []
        self.tasks = Submissions(request.config, runner)
        self.recipes = planning.recipes(store, request.config, request.stages)
        self._range = Range(store, request.backfill) if request.backfill else None
        scopes = self._range.scope if self._range else planning.standing(request.config)
        self._ask = planning.Ask(store, request.config, scopes)
        self._damaged: dict[str, DamagedPart] = {}
        self._placed = False

    # ── what the flow says ──────────────────────────────────────────────────────────────────────

    def rounds(self) -> Iterator[int]:
        """Once, and again for as long as parts prove damaged and can be computed anew."""
        for number in range(_ROUNDS):
            yield number
            self._settle()
            if not self._damaged:
                return
            for part in self._damaged.values():
                damage.set_aside(self.store, part)
            self._damaged.clear()
        self.failures.append("parts are damaged as often as they are written: check the disk")

    @contextmanager
    def noting_damage(self) -> Iterator[None]:
        """A part that proves damaged while the work is planned is for the next round, too."""
        try:
            yield
        except DamagedPart as part:
            self._damaged[part.name] = part

    def ingest(self) -> None:
        """Find the sources, read those that are new or changed, and give documents their place."""
        config, made_by = self.request.config, self.recipes["ingest"]
        found = hashed(
            scan(self.request.corpus, config.ingest),
            threads=self.workers.count,
            trust=not config.ingest.rehash,
        )
        keep = planning.keeps_stale(self.request.config)
        changes = ingest.changed(self.store, found, made_by, keep_stale=keep)
        ingest.check_vanished(changes, config.ingest)
        for line in ingest.said(changes):
            speaker()(line, logging.WARNING)
        if changes.settled:
            self.store.clear_staging()
            return
        jobs = [
            ReadJob(self.request.results, sources, config.ingest, made_by)
            for sources in ingest.batches(changes)
        ]
        reads = [
            self.tasks.submit("ingest", n, partial(self.workers.read, job))
            for n, job in enumerate(jobs)
        ]
        unread = {
            source.source
            for job, read in zip(jobs, reads, strict=True)
            if not ended_well(read)
            for source in job.sources
        }
        staged = [
            Batch(self.request.results, name)
            for read in reads
            if ended_well(read)
            for name in read.result().written
        ]
        size = config.run.partition_size
        threshold = config.ingest.near_duplicate_threshold
        known = changes.without(unread)
        work = assembly.Assembly(known, staged, made_by, size, threshold, self.number)
        place = partial(assembly.assemble, self.store, work)
        placed = self.tasks.submit("ingest", len(jobs), place, here=True)
        if ended_well(placed):
            self._placed = True
            self.store.clear_staging()

    def each_partition(self, name: str) -> None:
        """Submit a document stage for every partition where a document is missing or stale."""
        if name not in self.request.stages:
            return
        stage = STAGES[name]
        fits = [s.name for s in upstream(stage, self.request.config) if s.kind is Kind.CORPUS]
        if fits and not self._wait(*fits):
            return
        if fits:
            self.recipes = planning.recipes(self.store, self.request.config, self.request.stages)
        plan = planning.document_stage(self._ask, stage, self.recipes[name])
        for partition in self._in_order(plan.partitions):
            self._compute_part(name, partition)

    def each_stage(self) -> None:
        """Submit all document stages of one partition after another, the first in order first."""
        names = [name for name in self.request.stages if STAGES[name].kind is Kind.DOCUMENT]
        todo = {
            name: planning.document_stage(self._ask, STAGES[name], self.recipes[name]).partitions
            for name in names
        }
        for partition in self._in_order({*chain(*todo.values())}):
            for name in names:
                if partition in todo[name]:
                    self._compute_part(name, partition)

    def call_up(self) -> None:
        """Have all that a backfill names computed again, though it be up to date."""
        asked = self.request.backfill
        if asked and asked.force:
            called = forcing.call_up(self.store, self.request.stages, self._ask.scopes)
            listener.get().note(f"{called} results are called up to be computed again")

    def whole_corpus(self, name: str) -> None:
        """Submit a corpus stage, to run once its input stands, if the corpus has moved enough."""
        if name not in self.request.stages:
            return
        job = self._job(name, 0)
        if self.tasks.pending(name) or corpus.must_fit(self.store, job):
            self.tasks.submit(name, 0, partial(self.workers.whole, corpus.run, job))

    def neighbours(self, name: str) -> None:
        """Submit the comparison of the documents with all others, where the corpus changed."""
        if name not in self.request.stages:
            return
        if not self._wait(*(s.name for s in upstream(STAGES[name], self.request.config))):
            return
        job = self._job(name, 0)
        blocks = list(neighbours.blocks(neighbours.stale(self.store, job.recipe)))
        for n, block in enumerate(blocks):
            work = neighbours.Neighbours(job, block)
            self.tasks.submit(name, n, partial(self.workers.whole, neighbours.run, work))
        if blocks and self._wait(name):
            neighbours.finish(self.store, job.recipe)

    def report(self) -> None:
        """Render the page, once all that it shows stands, if any of that changed."""
        self._settle()
        if "report" not in self.request.stages or self._damaged:
            return
        job = self._job("report", 0)
        if page.stale(self.store, job.recipe):
            rows = self.rows(self.account("done"))
            self.tasks.submit("report", 0, partial(self.workers.whole, page.write, job, rows))

    # ── the books ───────────────────────────────────────────────────────────────────────────────

    def books(self, name: str) -> Books:
        """The books of a stage, from what stands on disk and what this run has done."""
        stage, done = STAGES[name], self.receipts[name].done
        if stage.kind is Kind.SOURCE:
            return assembly.books(self.store, done=done)
        if stage.kind is Kind.DOCUMENT:
            return partitions.books(
                self.store,
                stage,
                self.recipes[name],
                self.request.config,
                done=done,
                scopes=self._ask.scopes,
            )
        if stage.kind is Kind.REPORT:
            return Books(found=1, done=done, reused=1 - done)
        left_out = set[str]()
        if stage.kind is Kind.NEIGHBOUR:
            left_out = neighbours.incomparable(self.store, self.recipes[name])
        return corpus.books(self.store, stage.reads[0], done=done, left_out=left_out)

    def account(self, outcome: str) -> history.RunAccount:
        """The run so far."""
        stages = tuple(
            history.StageAccount(
                name,
                fingerprint(self.recipes[name]),
                self.books(name),
                self.receipts[name].seconds,
                self.receipts[name].peak_bytes,
            )
            for name in self.request.stages
        )
        lasted = timedelta(seconds=time.monotonic() - self._began)  # whatever the clock does
        finished, corpus_asked = self.started_at + lasted, self.request.corpus
        failures = tuple(self.failures)
        return history.RunAccount(
            self.started_at,
            finished,
            outcome,
            corpus_asked,
            stages,
            failures,
            self.tasks.count,
            self.request.backfill,
        )

    def rows(self, account: history.RunAccount) -> pa.Table:
        """The run as a row of the table runs."""
        models = {ref: name for r in self.recipes.values() for ref, name in r["models"].items()}
        return history.run_rows(self.number, account, self.request.config, models)

    def outcome(self) -> str:
        """done, rejects (above the limit) or failed; checks that the books balance."""
        if self.failures:
            return "failed"
        limits, over = self.request.config.run, False
        for name in self.request.stages:
            books = self.books(name)
            try:
                books.check(name)
            except BooksDoNotBalance as error:
                self.failures.append(str(error))
                return "failed"
            share = books.rejected / max(books.found - books.skipped, 1)
            above = limits.max_rejects is not None and books.rejected > limits.max_rejects
            over |= share > limits.max_reject_share or above
        return "rejects" if over else "done"

    # ── helpers ─────────────────────────────────────────────────────────────────────────────────

    def _job(self, name: str, partition: int) -> partitions.Job:
        request = self.request
        recipe, scope = self.recipes[name], self._ask.scopes(partition)
        config = request.config
        return partitions.Job(
            request.results, name, partition, config, recipe, scope, run=self.number
        )

    def _compute_part(self, name: str, partition: int) -> None:
        work = partial(self.workers.partition, self._job(name, partition))
        self.tasks.submit(name, partition, work)

    def _in_order(self, numbers: Iterable[int]) -> list[int]:
        """Partitions in the order in which they are to be computed."""
        return self._range.in_order([*numbers]) if self._range else sorted(numbers)

    def _wait(self, *names: str) -> bool:
        """Wait for the tasks of these stages; whether all of them ended well."""
        well = True
        for ended in self.tasks.of(*names):
            well &= isinstance(ended, Receipt)
            self.store.check_held()
        return well

    def _settle(self) -> None:
        """Wait for every task of the round, and enter what each has done or why it failed."""
        for name, partition, ended in self.tasks.settled():
            self.store.check_held()
            if isinstance(ended, Receipt):
                self.receipts[name] += ended
            elif isinstance(ended, DamagedPart):
                self._damaged[ended.name] = ended
            elif not isinstance(ended, UnfinishedRun):  # a task that it waits for has failed
                self.failures.append(f"{name} {partition:05d}: {_said(ended)}")
        if self._placed:  # again: a cluster that loses a worker reads anew what that one had read
            self.store.clear_staging()


def _said(error: object) -> str:
    """What went wrong, in a line, and the remedy where it is known."""
    line = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return f"{line}; {remedy(error)}" if isinstance(error, OSError) else line
