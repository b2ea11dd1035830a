"""One run: it plans from the store, submits what is missing or stale, and keeps the books."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain

from prefect.exceptions import UnfinishedRun

from flows import damage, first_look
from flows.accounting import Ledger, Request
from flows.progress import listener
from flows.remedies import remedy
from flows.run_log import speaker
from flows.submissions import Submissions, ended_well
from flows.task_runners import Crew, Runner
from schemas.errors import DamagedPart
from schemas.receipts import Receipt
from schemas.stages import STAGES, Kind, upstream
from tasks import (
    assembly,
    corpus,
    forcing,
    ingest,
    neighbours,
    page,
    partitions,
    planning,
)
from tasks.ingest import ReadJob
from tasks.scope import Range
from tasks.staging import Batch
from tasks.store import Store

_ROUNDS = 3
"""A damaged part is computed again in the next round; more rounds mean a failing disk."""


class Run:
    """The stages of a request, submitted to Prefect and computed by worker processes."""

    def __init__(self, request: Request, store: Store, workers: Crew, runner: Runner) -> None:
        self.request, self.store, self.workers = request, store, workers
        self.tasks = Submissions(request.config, runner)
        self._range = Range(store, request.backfill) if request.backfill else None
        scopes = self._range.scope if self._range else planning.standing(request.config)
        self._ask = planning.Ask(store, request.config, scopes)
        self.ledger = Ledger(request, store, scopes)
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
        self.ledger.failures.append(
            "parts are damaged as often as they are written: check the disk"
        )

    @contextmanager
    def noting_damage(self) -> Iterator[None]:
        """A part that proves damaged while the work is planned is for the next round, too."""
        try:
            yield
        except DamagedPart as part:
            self._damaged[part.name] = part

    def ingest(self) -> None:
        """Find the sources, read those that are new or changed, and give documents their place."""
        config, made_by = self.request.config, self.ledger.recipes["ingest"]
        found = first_look.sources(self.request.corpus, config.ingest)
        changes = planning.changes(self.store, self.request.config, found)
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
        work = assembly.Assembly(known, staged, made_by, size, threshold, self.ledger.number)
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
            self.ledger.renew_recipes()
        plan = planning.document_stage(self._ask, stage, self.ledger.recipes[name])
        for partition in self._in_order(plan.partitions):
            self._compute_part(name, partition)

    def each_stage(self) -> None:
        """Submit all document stages of one partition after another, the first in order first."""
        names = [name for name in self.request.stages if STAGES[name].kind is Kind.DOCUMENT]
        todo = {
            name: planning.document_stage(self._ask, STAGES[name], recipe).partitions
            for name, recipe in self.ledger.recipes.items()
            if name in names
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
            rows = self.ledger.rows(self.ledger.account(self.tasks.count, outcome="done"))
            self.tasks.submit("report", 0, partial(self.workers.whole, page.write, job, rows))

    # ── helpers ─────────────────────────────────────────────────────────────────────────────────

    def _job(self, name: str, partition: int) -> partitions.Job:
        request = self.request
        recipe, scope = self.ledger.recipes[name], self._ask.scopes(partition)
        config = request.config
        return partitions.Job(
            request.results, name, partition, config, recipe, scope, run=self.ledger.number
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
                self.ledger.receipts[name] += ended
            elif isinstance(ended, DamagedPart):
                self._damaged[ended.name] = ended
            elif not isinstance(ended, UnfinishedRun):  # a task that it waits for has failed
                self.ledger.failures.append(f"{name} {partition:05d}: {_said(ended)}")
        if self._placed:  # again: a cluster that loses a worker reads anew what that one had read
            self.store.clear_staging()


def _said(error: object) -> str:
    """What went wrong, in a line, and the remedy where it is known."""
    line = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return f"{line}; {remedy(error)}" if isinstance(error, OSError) else line
