"""A backfill: which of the documents that stand are brought up to date, and in what order."""

from datetime import date
from typing import Literal, Self

from pydantic import model_validator

from schemas.config import Settings


class Backfill(Settings):
    """Documents of the results to compute anew where they are missing or stale; no file is read.

    Conditions add up: a document must meet all that are given. With none, every document is meant,
    and stages that see the whole corpus take part. Otherwise only stages that work a document at a
    time do, and no row of any other document is touched.
    """

    since: date | None = None
    """First day of publication, UTC; documents without a date are left out."""
    until: date | None = None
    """Last day of publication, UTC; documents without a date are left out."""
    sources: tuple[str, ...] = ()
    """Glob patterns of sources, written as those of ingest.include; a document must match one."""
    languages: tuple[str, ...] = ()
    """Language codes, such as en; a document must be in one of them."""
    force: bool = False
    """Whether what is up to date is computed again too."""
    order: Literal["newest", "oldest"] = "newest"
    """Which partitions come first, by the newest document in range; undated ones come last."""
    dry_run: bool = False
    """Whether to say only what would be computed, and what it would cost."""

    @property
    def ranged(self) -> bool:
        """Whether some documents are left out."""
        return bool(self.since or self.until or self.sources or self.languages)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since {self.since} lies after until {self.until}: exchange them")
        return self
