"""What the Prefect UI says of a run."""

from datetime import UTC, datetime, timedelta

import pytest

from flows import run_texts
from flows.run_log import Quota
from schemas.receipts import Books
from tasks.history import RunAccount, StageAccount
from tasks.store import Store

BEGAN = datetime(2026, 3, 4, 2, 0, 0, tzinfo=UTC)
READ = StageAccount("ingest", "f", Books(found=1200, done=3, reused=1196, rejected=1), 2.0)
NAMED = StageAccount("entities", "g", Books(found=1199, done=3, reused=1196), 1.5, 300_000_000)


def account(*failures: str, stages: tuple[StageAccount, ...] = (), lasted_s: int = 9) -> RunAccount:
    outcome = "failed" if failures else "done"
    ended = BEGAN + timedelta(seconds=lasted_s)
    return RunAccount(BEGAN, ended, outcome, "news | <b>", stages, failures)


@pytest.mark.parametrize(
    ("of", "line"),
    [
        (
            account(stages=(READ, NAMED)),
            (
                "done: 1,200 found, 3 new or changed, 1,196 reused, 1 rejected, "
                "3 results computed, in 9 s"
            ),
        ),
        (account(stages=(NAMED,), lasted_s=4000), "done: 3 results computed, in 66 min"),
        (account(), "done: nothing to do, in 9 s"),
        (account("entities 00001: disk full"), "failed: entities 00001: disk full"),
        (account("one", "two", "three"), "failed: one (and 2 more)"),
        (account("x" * 5000), f"failed: {'x' * 399}…"),
    ],
)
def test_a_run_in_a_line(of: RunAccount, line: str) -> None:
    """What became of the documents, or what failed first."""
    assert run_texts.line(of) == line


def test_the_books_as_a_table(store: Store) -> None:
    """Nothing is left blank that counts; what has markup in it stands as text."""
    said = run_texts.summary(store, account("a <b>|</b>", stages=(READ, NAMED))).splitlines()

    assert said[0] == "- a &lt;b>\\|&lt;/b>"
    assert "| stage | found | done | reused |" in said[2]
    assert said[5] == "| entities | 1,199 | 3 | 1,196 |  |  |  | 1.5 | 2.0 | 300 |"
    assert len({line.count(" | ") for line in said[2:6] if "---" not in line}) == 1


def test_without_rejects_there_is_no_table_of_them(store: Store) -> None:
    """An empty one would ask to be read."""
    assert run_texts.rejects(store) is None


def test_a_quota_ends_with_where_the_others_are() -> None:
    """Once."""
    quota = Quota("see the table", left=2)

    said = [quota.passed(line) for line in "abcde"]

    assert said == ["a", "b", "see the table", None, None]
