"""One self-contained HTML page over all tables: no script, no network, nothing to install."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from schemas.config import ReportConfig
from tasks import charts, highlights, outcomes, overview, sentiment_months
from tasks.rows import Stream

if TYPE_CHECKING:
    from jinja2 import Environment

NEWEST = 6
"""Documents whose summary is shown."""
_TEMPLATES = Path(__file__).with_name("templates")


def render(tables: Stream, config: ReportConfig, *, runs: pa.Table | None) -> str:
    """The page, as HTML; the same tables and runs give the same page.

    Tables are streamed part by part; what is kept is bounded by what is counted (languages,
    entities, keyphrases, topics), not by the number of documents. A table may be empty or missing.
    """
    count, topics = highlights.topics(tables, config.top)
    newest = overview.newest(tables, NEWEST)
    exemplars = {doc_id for topic in topics for doc_id, _ in topic.exemplars}
    sentiment = sentiment_months.sentiment(tables)
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            title=config.title,
            top=config.top,
            corpus=overview.corpus(tables),
            lines=overview.lines(tables, exemplars.union(newest)),
            topics=topics,
            topic_count=count,
            entities=highlights.entities(tables, config.top),
            keywords=highlights.keywords(tables, config.top),
            sentiment=sentiment,
            timeline=charts.timeline(sentiment.months),
            newest=newest,
            summaries=highlights.summaries(tables, newest),
            rejected=outcomes.rejected(tables),
            run=outcomes.last_run(runs),
        )
    )


def number(value: int) -> str:
    """A whole number with its thousands apart.

    >>> number(12345)
    '12,345'
    """
    return f"{value:,}"


def percent(share: float) -> str:
    """A share as a percentage; a small one is not called none.

    >>> percent(0.254), percent(0.0004), percent(0.0)
    ('25 %', '<1 %', '0 %')
    """
    shown = f"{share:.0%}".replace("%", " %")
    return "<1 %" if share > 0 and shown == "0 %" else shown


def signed(score: float) -> str:
    """A score with its sign, to two decimals.

    >>> signed(0.214), signed(-0.5), signed(-0.001)
    ('+0.21', '−0.50', '0.00')
    """
    rounded = round(score, 2) or 0.0
    return f"{rounded:+.2f}".replace("-", "−") if rounded else "0.00"


def day(time: datetime) -> str:
    """The day of a time, as in 4 March 2025.

    >>> day(datetime(2025, 3, 4))
    '4 March 2025'
    """
    return f"{time.day} {time:%B} {time.year}"


def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(_TEMPLATES),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(number=number, percent=percent, signed=signed, day=day)
    return environment
