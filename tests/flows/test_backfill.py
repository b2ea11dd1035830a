"""Backfills: what they bring up to date, and what they leave alone."""

from pathlib import Path
from unittest import mock

import pytest

from schemas.backfill import Backfill
from schemas.errors import ConfigError
from schemas.stages import StageName
from tasks.partitions import Job
from tasks.store import Store
from tests import in_process
from tests.flow_in_process import Here, Runs
from tests.small_models import SmallModels
from tests.tables import assert_same_rows

pytestmark = pytest.mark.usefixtures("in_place")
DAYS = {"a": "2025-01-05", "b": "2025-02-05", "c": "2025-02-20", "d": "2025-03-05"}
SENTIMENT = (StageName.SENTIMENT,)
FEBRUARY = Backfill.model_validate({"since": "2025-02-01", "until": "2025-02-20"})


@pytest.fixture
def runs(tmp_path: Path, small_models: SmallModels) -> Runs:
    """Four documents of known days and one without, two a partition, all done."""
    folder = tmp_path / "corpus"
    for name, day in DAYS.items():
        (folder / day).mkdir(parents=True)
        text = f"The boat {name} lies in the harbour. It is old, and nobody looks after it."
        (folder / day / f"{name}.txt").write_text(text)
    (folder / "undated.txt").write_text("Le bateau est au port depuis trois ans, et il est vieux.")
    made = Runs(folder, tmp_path / "results", {k: {**v} for k, v in small_models.settings.items()})
    made.settings["run"] = made.settings["run"] | {"partition_size": 2}
    made.once()
    return made


def computed(runs: Runs, stages: tuple[StageName, ...], backfill: Backfill | None) -> list[str]:
    """The tasks of a run: stage and number of the partition, in order."""
    seen: list[str] = []

    def see(job: object) -> None:
        if isinstance(job, Job):
            seen.append(f"{job.stage} {job.partition}")

    Here.fails = staticmethod(see)
    account = runs.once(stages, backfill=backfill)
    assert account.outcome == "done", account.failures
    return seen


def windows(runs: Runs) -> dict[str, int]:
    """The setting sentiment.window_tokens that each document's sentiment was made by."""
    store = Store(runs.results)
    found = {}
    for partition in store.partitions("documents"):
        footer = store.footer("sentiment", partition)
        assert footer is not None
        rows = store.read("documents", partition, ["doc_id", "source"]).to_pylist()
        for row in rows:
            made_by = footer.recipes[footer.answers[row["doc_id"]].made_by]
            found[Path(row["source"]).stem] = made_by["config"]["window_tokens"]
    return found


def test_only_documents_in_range_are_computed(runs: Runs) -> None:
    """Of a partition the others keep their rows and the recipe that they were made by."""
    runs.settings["sentiment"] = runs.settings["sentiment"] | {"window_tokens": 32}
    before = in_process.rows(runs.results)

    account = runs.once(SENTIMENT, backfill=FEBRUARY)

    (books,) = [stage.books for stage in account.stages if stage.stage == "sentiment"]
    assert (books.found, books.done) == (2, 2)
    assert windows(runs) == {"a": 64, "b": 32, "c": 32, "d": 64, "undated": 64}
    assert_same_rows(
        {"entities": in_process.rows(runs.results)["entities"]}, {"entities": before["entities"]}
    )


def test_a_backfill_of_all_parts_is_a_run(runs: Runs, tmp_path: Path) -> None:
    """Range by range, the results come to those of a run with the new settings."""
    runs.settings["sentiment"] = runs.settings["sentiment"] | {"window_tokens": 32}
    fresh = Runs(runs.corpus, tmp_path / "fresh", runs.settings)
    fresh.once()

    for asked in ({"until": "2025-02-05"}, {"since": "2025-02-06"}, {"sources": ["undated.*"]}):
        runs.once(SENTIMENT, backfill=Backfill.model_validate(asked))

    assert set(windows(runs).values()) == {32}
    assert_same_rows(in_process.rows(runs.results), in_process.rows(fresh.results))


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({"since": "2025-02-20"}, "cd"),
        ({"until": "2025-02-05"}, "ab"),
        ({"sources": ["2025-01-*/*", "d.txt"]}, "ad"),
        ({"languages": ["fr"]}, ["undated"]),
        ({"languages": ["en"], "since": "2025-03-01"}, "d"),
        ({"since": "2030-01-01"}, ""),
        ({}, ["a", "b", "c", "d", "undated"]),
    ],
)
def test_ranges(runs: Runs, asked: dict[str, object], meant: str | list[str]) -> None:
    """Days are whole, patterns are those of ingest.include, conditions add up."""
    runs.settings["sentiment"] = runs.settings["sentiment"] | {"window_tokens": 32}

    runs.once(SENTIMENT, backfill=Backfill.model_validate(asked))

    assert {name for name, tokens in windows(runs).items() if tokens == 32} == {*meant}


@pytest.mark.parametrize(
    ("order", "expected"), [("newest", ["1", "0", "2"]), ("oldest", ["0", "1", "2"])]
)
def test_order(runs: Runs, order: str, expected: list[str]) -> None:
    """By the newest document in range; a partition without a date comes last."""
    runs.settings["sentiment"] = runs.settings["sentiment"] | {"window_tokens": 32}

    tasks = computed(runs, SENTIMENT, Backfill.model_validate({"order": order}))

    assert [one.split()[1] for one in tasks] == expected


def test_a_range_is_done_depth_first(runs: Runs) -> None:
    """All stages of the newest partition come before those of the next."""
    runs.settings["preprocess"] = runs.settings["preprocess"] | {"max_token_chars": 200}
    asked = Backfill.model_validate({"since": "2025-01-01"})

    tasks = computed(runs, (StageName.KEYWORDS, StageName.SUMMARIES), asked)

    stages = ("preprocess", "embeddings", "keywords", "summaries")
    assert tasks == [f"{stage} {partition}" for partition in (1, 0) for stage in stages]


def test_force_computes_what_is_current(runs: Runs) -> None:
    """Of the documents in range only; afterwards nothing is left to do."""
    asked = FEBRUARY.model_copy(update={"force": True})

    tasks = computed(runs, SENTIMENT, asked)

    assert sorted(tasks) == ["sentiment 0", "sentiment 1"]
    assert computed(runs, SENTIMENT, FEBRUARY) == []
    assert computed(runs, tuple(StageName), None) == []


def test_a_forced_backfill_that_was_stopped_goes_on(runs: Runs) -> None:
    """Without --force, at what it had not come to."""
    asked = FEBRUARY.model_copy(update={"force": True})

    def stop(job: object) -> None:
        if isinstance(job, Job) and job.partition == 0:
            raise KeyboardInterrupt

    Here.fails = staticmethod(stop)
    with pytest.raises(KeyboardInterrupt):
        runs.once(SENTIMENT, backfill=asked)

    assert computed(runs, SENTIMENT, FEBRUARY) == ["sentiment 0"]


def test_a_nightly_run_keeps_what_is_stale(runs: Runs) -> None:
    """New documents are of the new settings, the old stay, and the books balance."""
    runs.settings["sentiment"] = runs.settings["sentiment"] | {"window_tokens": 32}
    (runs.corpus / "e.txt").write_text("The boat e is new, and she has come to the harbour today.")

    account = runs.once(stale="keep")

    (books,) = [stage.books for stage in account.stages if stage.stage == "sentiment"]
    assert (books.found, books.done, books.reused) == (6, 1, 5)
    assert windows(runs) == {**dict.fromkeys([*DAYS, "undated"], 64), "e": 32}


def test_a_changed_document_is_computed_though_stale_ones_are_kept(runs: Runs) -> None:
    """Keeping is of documents that did not change."""
    runs.settings["sentiment"] = runs.settings["sentiment"] | {"window_tokens": 32}
    (runs.corpus / DAYS["b"] / "b.txt").write_text("The boat b was sold, and left the harbour.")

    runs.once(stale="keep")

    assert windows(runs) == {"a": 64, "b": 32, "c": 64, "d": 64, "undated": 64}


def test_kept_documents_are_not_read_again(runs: Runs) -> None:
    """A changed reader reads what is new, until the rest is asked for."""
    runs.settings["ingest"] = {**runs.settings.get("ingest", {}), "title_column": "name"}
    (runs.corpus / "e.txt").write_text("The boat e is new, and she has come to the harbour today.")

    kept = runs.once(stale="keep")
    again = runs.once(stale="keep")
    after = runs.once()

    books = [account.stages[0].books for account in (kept, again, after)]
    assert [(one.done, one.reused) for one in books] == [(1, 5), (0, 6), (6, 0)]


def test_what_is_made_of_kept_rows_says_so(runs: Runs) -> None:
    """A lost part is made anew of old tokens, under the recipe of those tokens."""
    runs.settings["preprocess"] = runs.settings["preprocess"] | {"max_token_chars": 200}
    store = Store(runs.results)
    store.drop("embeddings", 0)

    runs.once(stale="keep")

    footer = store.footer("embeddings", 0)
    assert footer is not None
    limits = {
        footer.recipes[answer.made_by]["reads"]["preprocess"]["config"]["max_token_chars"]
        for answer in footer.answers.values()
    }
    assert limits == {2048}
    after = runs.once()
    assert {s.books.done for s in after.stages if s.stage in {"preprocess", "embeddings"}} == {5}


def test_a_dry_run_computes_nothing(runs: Runs) -> None:
    """The plan is published."""
    runs.settings["sentiment"] = runs.settings["sentiment"] | {"window_tokens": 32}
    before = {path: path.stat().st_mtime_ns for path in runs.results.rglob("*.parquet")}

    with mock.patch("flows.artifacts.create_markdown_artifact") as publish:
        runs.once(SENTIMENT, backfill=FEBRUARY.model_copy(update={"dry_run": True}))

    ((text,), _) = publish.call_args
    assert "| sentiment | 0 documents | 2 |" in text
    assert "sentiment.window_tokens: 64 → 32" in text
    assert before == {path: path.stat().st_mtime_ns for path in runs.results.rglob("*.parquet")}


def test_a_range_of_a_stage_that_sees_the_corpus_is_refused(runs: Runs) -> None:
    """Topics of a month are none of the corpus."""
    with pytest.raises(ConfigError, match="topics: nothing of it is done document by document"):
        runs.once((StageName.TOPICS,), backfill=FEBRUARY)


def test_a_backfill_is_on_record(runs: Runs) -> None:
    """With what it was asked; a whole run has nothing there."""
    runs.once(SENTIMENT, backfill=FEBRUARY)

    asked = [
        row["backfill"]
        for part in Store(runs.results).stream("runs", ["backfill"])
        for row in part.to_pylist()
    ]
    assert asked == ["", FEBRUARY.model_dump_json()]
