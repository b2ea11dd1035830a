"""The report kept up to date: made anew only where a table that it shows has changed."""

import time

import pyarrow as pa

from schemas.fingerprints import Recipe, digest, fingerprint
from schemas.receipts import Receipt
from schemas.stages import STAGES
from tasks.machine import peak_bytes
from tasks.partitions import Job
from tasks.store import Store

NAME = "report.html"
_MARK = "<!-- made of "


def stale(store: Store, recipe: Recipe) -> bool:
    """Whether the page that stands was made of other tables, or by another recipe."""
    try:
        tail = store.folder.tail(NAME, 200).decode("utf-8", "replace")
    except OSError:
        return True
    return f"{_MARK}{_made_of(store, recipe)} -->" not in tail


def write(job: Job, runs: pa.Table) -> Receipt:
    """Render the page over all tables and the run so far (a row of the table runs)."""
    from tasks.report import render

    started = time.perf_counter()
    store = Store(job.results)
    html = render(store.stream, job.config.report, runs=runs)
    html = f"{html.rstrip()}\n{_MARK}{_made_of(store, job.recipe)} -->\n"
    store.replace(NAME, html.encode())
    return Receipt(
        "report",
        0,
        done=1,
        seconds=time.perf_counter() - started,
        peak_bytes=peak_bytes(),
        written=(NAME,),
    )


def _made_of(store: Store, recipe: Recipe) -> str:
    """A digest of the recipe and of what every part that the page shows says of itself."""
    said = [fingerprint(recipe)]
    for table in STAGES["report"].reads:
        for part in store.parts(table):
            said += [part, store.seal(part)]
    return digest(said)
