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
    return f"{_MARK}{fingerprint(recipe)} {made_of(store)} -->" not in tail


def write(job: Job, runs: pa.Table) -> Receipt:
    """Render the page over all tables and the run so far (a row of the table runs)."""
    from tasks.report import render

    started = time.perf_counter()
    store = Store(job.results)
    html = render(store.stream, job.config.report, runs=runs)
    html = f"{html.rstrip()}\n{_MARK}{fingerprint(job.recipe)} {made_of(store)} -->\n"
    store.replace(NAME, html.encode())
    return Receipt(
        "report",
        0,
        done=1,
        seconds=time.perf_counter() - started,
        peak_bytes=peak_bytes(),
        written=(NAME,),
    )


def keep(store: Store, before: str) -> None:
    """Let the page stand that was made of tables of this digest: their rows are the same now."""
    try:
        html = store.folder.read(NAME)
    except FileNotFoundError:
        return
    head, mark, tail = html.rpartition(_MARK.encode())
    store.replace(NAME, head + mark + tail.replace(before.encode(), made_of(store).encode()))


def made_of(store: Store) -> str:
    """A digest of what every part that the page shows says of itself."""
    said = []
    for table in STAGES["report"].reads:
        for part in store.parts(table):
            said += [part, store.seal(part)]
    return digest(said)
