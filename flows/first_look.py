"""A look at the corpus before a run: where there is nothing to do, no server is started for it.

A run with no Prefect server configured would start one of its own, which costs more than all else
that a night without changes does.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from flows import turns
from flows.accounting import Ledger, Request
from schemas.config import IngestConfig
from schemas.errors import CorpusmillError
from schemas.stages import STAGES, Kind
from tasks import history, ingest, planning
from tasks.history import RunAccount
from tasks.ingest import Changes
from tasks.machine import available_cores
from tasks.sources import Source, hashed, scan
from tasks.store import Store

_Seen = tuple[str, IngestConfig, list[Source]]
_seen: ContextVar[_Seen | None] = ContextVar("seen", default=None)
"""What a first look has found, for the run that follows it."""


def sources(corpus: str, config: IngestConfig) -> list[Source]:
    """What there is in a corpus, with its digests; as a first look has found it, if there was one.

    Raises `CorpusError` where nothing can be read.
    """
    seen = _seen.get()
    if seen is not None and seen[:2] == (corpus, config):
        return seen[2]
    return hashed(scan(corpus, config), threads=available_cores(), trust=not config.rehash)


@contextmanager
def kept() -> Iterator[None]:
    """Let what is found in the block be found once."""
    token = _seen.set(None)
    try:
        yield
    finally:
        _seen.reset(token)


def idle(request: Request) -> RunAccount | None:
    """The account of a run that has nothing to do, which is recorded; None where there is work.

    So it is where the run must be seen: to write metrics, to verify, to end as anything but done.
    Errors are left to the run.
    """
    run = request.config.run
    if request.backfill or run.verify or run.metrics_file or run.runner != "local":
        return None
    with suppress(CorpusmillError, OSError):
        store = Store(request.results)
        store.open(create=False)
        with turns.turn(store, 0):
            return _idle(request, store)
    return None


def _idle(request: Request, store: Store) -> RunAccount | None:
    config = request.config
    changes: Changes | None = None
    if any(STAGES[name].kind is Kind.SOURCE for name in request.stages):
        found = sources(request.corpus, config.ingest)
        _seen.set((request.corpus, config.ingest, found))
        changes = planning.changes(store, config, found)
        if not changes.settled or any(ingest.said(changes)):
            return None
    if not all(plan.settled for plan in planning.plan(store, config, request.stages, changes)):
        return None
    ledger = Ledger(request, store, planning.standing(config))
    account = ledger.account()
    if account.outcome != "done":
        return None
    store.clean()
    store.clear_staging()
    history.record(store, ledger.rows(account))
    return account
