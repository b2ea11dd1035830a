"""What a run is asked to do, and its books: from what stands on disk, and what it has done."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from schemas.backfill import Backfill
from schemas.config import PipelineConfig
from schemas.errors import BooksDoNotBalance
from schemas.fingerprints import fingerprint
from schemas.receipts import Books, Receipt
from schemas.stages import STAGES, Kind
from tasks import assembly, corpus, history, neighbours, partitions, planning
from tasks.folders import Results
from tasks.scope import Scopes
from tasks.store import Store


@dataclass(frozen=True)
class Request:
    """What a run is asked to do."""

    corpus: str
    results: Results
    config: PipelineConfig
    stages: tuple[str, ...]
    backfill: Backfill | None = None


class Ledger:
    """The books of one run."""

    def __init__(self, request: Request, store: Store, scopes: Scopes) -> None:
        self.request, self.store, self.scopes = request, store, scopes
        self.started_at, self.number = datetime.now(UTC), history.next_run(store)
        self._began = time.monotonic()
        self.receipts = {name: Receipt(name, 0) for name in request.stages}
        self.failures: list[str] = []
        self.renew_recipes()

    def renew_recipes(self) -> None:
        """Name the present recipes; those of some stages name what a corpus stage has fitted."""
        self.recipes = planning.recipes(self.store, self.request.config, self.request.stages)

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
                scopes=self.scopes,
            )
        if stage.kind is Kind.REPORT:
            return Books(found=1, done=done, reused=1 - done)
        left_out = set[str]()
        if stage.kind is Kind.NEIGHBOUR:
            left_out = neighbours.incomparable(self.store, self.recipes[name])
        return corpus.books(self.store, stage.reads[0], done=done, left_out=left_out)

    def account(self, tasks: int = 0, *, outcome: str = "") -> history.RunAccount:
        """The run so far; `tasks` have been submitted.

        Without an `outcome` it is over: done, rejects (above the limit) or failed, as its books
        say, which must balance.
        """
        books = {name: self.books(name) for name in self.request.stages}
        outcome = outcome or self._outcome(books)
        stages = tuple(
            history.StageAccount(
                name,
                fingerprint(self.recipes[name]),
                books[name],
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
            tasks,
            self.request.backfill,
        )

    def rows(self, account: history.RunAccount) -> pa.Table:
        """The run as a row of the table runs."""
        models = {ref: name for r in self.recipes.values() for ref, name in r["models"].items()}
        return history.run_rows(self.number, account, self.request.config, models)

    def _outcome(self, books: Mapping[str, Books]) -> str:
        if self.failures:
            return "failed"
        limits, over = self.request.config.run, False
        for name, each in books.items():
            try:
                each.check(name)
            except BooksDoNotBalance as error:
                self.failures.append(str(error))
                return "failed"
            share = each.rejected / max(each.found - each.skipped, 1)
            above = limits.max_rejects is not None and each.rejected > limits.max_rejects
            over |= share > limits.max_reject_share or above
        return "rejects" if over else "done"
