"""The commands that look after a results folder, over runs of the whole flow."""

import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from schemas.tables import TABLES
from tasks import compaction
from tasks.store import Store
from tests import in_process
from tests.command_line import call
from tests.flow_in_process import Runs
from tests.small_models import SmallModels
from tests.tables import assert_same_rows

pytestmark = pytest.mark.usefixtures("in_place")
WORDS = [
    "boat",
    "harbour",
    "river",
    "captain",
    "rope",
    "sail",
    "anchor",
    "storm",
    "market",
    "bread",
]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, small_models: SmallModels) -> Runs:
    """Eight documents in four partitions of two."""
    from tests.flow_in_process import in_place

    folder = tmp_path_factory.mktemp("kept")
    (folder / "corpus").mkdir()
    for number in range(8):
        one, other = WORDS[number], WORDS[number + 1]
        text = f"The {one} and the {other} cost {number + 10} euros. The {other} is good."
        (folder / "corpus" / f"{number}.txt").write_text(text)
    (folder / "corpus" / "empty.txt").write_text(" ")
    settings = {name: {**values} for name, values in small_models.settings.items()}
    settings["run"] = {**settings.get("run", {}), "partition_size": 2}
    runs = Runs(folder / "corpus", folder / "results", settings)
    with in_place():
        runs.once()
    return runs


@pytest.fixture
def runs(ran: Runs, tmp_path: Path) -> Runs:
    """The same in folders of their own."""
    copied = Runs(tmp_path / "corpus", tmp_path / "results", ran.settings)
    shutil.copytree(ran.corpus, copied.corpus)
    shutil.copytree(ran.results, copied.results)
    return copied


def where(runs: Runs) -> tuple[str, str]:
    return "--results", str(runs.results)


def sets(runs: Runs, **run: object) -> list[str]:
    """The settings as flags."""
    return [word for name, value in run.items() for word in ("--set", f"run.{name}={value}")]


# ── verify ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_sound_verifies(runs: Runs) -> None:
    found = call("verify", *where(runs), "--json")

    tables = {one["table"]: one for one in json.loads(found.stdout)["tables"]}
    assert found.returncode == 0
    assert tables["documents"]["rows"] == 8
    assert tables["documents"]["parts"] == 4
    assert [one["faults"] for one in tables.values()] == [[]] * len(tables)


def test_a_flipped_bit_is_found(runs: Runs) -> None:
    """With what mends it, and exit code 1."""
    part = runs.results / "tokens" / "part-00001.parquet"
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 4
    part.write_bytes(data)

    found = call("verify", *where(runs))

    assert found.returncode == 1
    assert "tokens/part-00001.parquet" in found.stdout
    assert "run again" in found.stdout


def test_a_part_of_another_partition_is_found(runs: Runs) -> None:
    shutil.copy(
        runs.results / "tokens" / "part-00002.parquet",
        runs.results / "tokens" / "part-00001.parquet",
    )

    found = call("verify", *where(runs))

    assert found.returncode == 1
    assert "it is tokens/part-00002.parquet" in " ".join(found.stdout.split())


def test_a_part_that_is_missing_is_found(runs: Runs) -> None:
    (runs.results / "tokens" / "part-00002.parquet").unlink()

    found = call("verify", *where(runs))

    assert found.returncode == 1
    assert "tokens/part-00002.parquet: nothing is said of 2 documents" in found.stdout


def test_rows_that_are_there_twice_are_found(runs: Runs) -> None:
    store = Store(runs.results)
    rows, footer = store.read("summaries", 1), store.footer("summaries", 1)
    assert footer is not None
    store.write("summaries", 1, pa.concat_tables([rows, rows]), footer)

    found = call("verify", *where(runs))

    assert "summaries/part-00001.parquet: rows with the same doc_id" in found.stdout


def test_a_foreign_file_is_found(runs: Runs) -> None:
    (runs.results / "entities" / "notes.parquet").write_bytes(b"PAR1")

    found = call("verify", *where(runs))

    assert found.returncode == 1
    assert "entities/notes.parquet: it is no part of the table" in found.stdout


# ── compact ─────────────────────────────────────────────────────────────────────────────────────


def test_small_parts_become_full_ones(runs: Runs) -> None:
    """The rows are the same, and the next run submits no task, not even for the report."""
    before = in_process.rows(runs.results)

    planned = call("compact", *where(runs), "--dry-run", *sets(runs, partition_size=4))
    untouched = in_process.rows(runs.results)
    done = call("compact", *where(runs), *sets(runs, partition_size=4))

    assert "documents: 4 parts → 2" in planned.stdout
    assert planned.stdout == done.stdout
    assert len(Store(runs.results).parts("tokens")) == 2
    assert_same_rows(untouched, before)
    assert_same_rows(in_process.rows(runs.results), before)
    assert len(pd.read_parquet(runs.results / "documents")) == 8
    account = runs.once(partition_size=4)
    assert account.tasks == 0
    assert {stage.books.done for stage in account.stages} == {0}
    assert call("verify", *where(runs)).returncode == 0


def test_full_parts_stay(runs: Runs) -> None:
    found = call("compact", *where(runs), *sets(runs, partition_size=2))

    assert "tokens" not in found.stdout
    assert len(Store(runs.results).parts("tokens")) == 4


def test_the_changes_of_a_run_become_one_part(runs: Runs) -> None:
    (runs.corpus / "1.txt").write_text("The rope cost 99 euros. It is old.")
    (runs.corpus / "7.txt").write_text("The sail cost 98 euros. It is new.")
    runs.once()
    store = Store(runs.results)
    parts = len(store.parts("changes"))
    before = call("diff", "0", *where(runs), "--json").stdout

    call("compact", *where(runs), *sets(runs, partition_size=2))

    assert parts > len(store.parts("changes")) == len(store.partitions("changes"))
    assert call("diff", "0", *where(runs), "--json").stdout == before


@pytest.mark.parametrize("tables", range(6))
def test_a_killed_compaction_is_ended_by_the_next_run(
    runs: Runs, tables: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each table that was done; readers see each row once meanwhile."""
    before, store = in_process.rows(runs.results), Store(runs.results)
    exchange, left = type(store.folder).exchange, [tables]

    def killed(folder: object, *asked: object) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        exchange(folder, *asked)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(type(store.folder), "exchange", killed)
    with pytest.raises(KeyboardInterrupt):
        compaction.compact(store, compaction.plan(store, 8))
    monkeypatch.undo()
    assert_same_rows(in_process.rows(runs.results), before)

    with_place_again(runs)

    assert_same_rows(in_process.rows(runs.results), before)
    assert len(store.parts("tokens")) == 1
    assert not store.folder.exists(compaction.JOURNAL)
    assert store.folder.names(".staging") == []


def with_place_again(runs: Runs) -> None:
    """A run, which computes nothing."""
    from tests.flow_in_process import in_place

    with in_place():
        assert runs.once(partition_size=8).outcome == "done"


# ── prune ───────────────────────────────────────────────────────────────────────────────────────


def test_what_is_gone_is_taken_out_of_every_table(runs: Runs) -> None:
    """Also out of tables whose stages are asked for no more, and out of the lists of others."""
    gone = pd.read_parquet(runs.results / "documents").set_index("source").doc_id["3.txt"]
    (runs.corpus / "3.txt").unlink()
    (runs.corpus / "new.txt").write_text("A new boat.")

    planned = call("prune", str(runs.corpus), *where(runs), "--dry-run", "--json")
    done = call("prune", str(runs.corpus), *where(runs))

    said = json.loads(planned.stdout)
    assert (said["sources"], said["documents"]) == (["3.txt"], {gone: "3.txt"})
    assert said["rows"]["documents"] == 1
    assert said["rows"]["tokens"] > 5
    assert "1 sources gone, 1 documents with them" in done.stdout
    for table, schema in TABLES.items():
        if "doc_id" in schema.names and table != "changes":
            rows = pd.read_parquet(runs.results / table)
            assert gone not in set(rows.doc_id), table
    assert gone not in set(pd.read_parquet(runs.results / "similar_documents").other_doc_id)
    assert call("prune", str(runs.corpus), *where(runs)).stdout.strip() == "Nothing to prune."
    assert call("verify", *where(runs)).returncode == 0


def test_a_run_after_pruning_is_as_without(runs: Runs, tmp_path: Path) -> None:
    """Lists that lost a neighbour are found anew."""
    (runs.corpus / "3.txt").unlink()
    other = Runs(runs.corpus, tmp_path / "other", runs.settings)
    shutil.copytree(runs.results, other.results)

    call("prune", str(runs.corpus), *where(runs))
    runs.once()
    other.once()

    assert_same_rows(in_process.rows(runs.results), in_process.rows(other.results))


def test_facts_left_by_runs_of_few_stages_are_pruned(runs: Runs) -> None:
    (runs.corpus / "3.txt").unlink()
    from schemas.stages import StageName

    runs.once((StageName.PREPROCESS,))
    before = len(pd.read_parquet(runs.results / "sentiment"))

    found = call("prune", *where(runs))  # of the corpus of the last run

    assert "sentiment" in found.stdout
    assert len(pd.read_parquet(runs.results / "sentiment")) == before - 1


def test_what_was_written_of_its_changes_goes_too(runs: Runs) -> None:
    (runs.corpus / "3.txt").write_text("The secret of Mr Smith is that he owes 4000 euros.")
    runs.once()
    (runs.corpus / "3.txt").unlink()
    doc = pd.read_parquet(runs.results / "documents").set_index("source").doc_id["3.txt"]

    call("prune", str(runs.corpus), *where(runs))

    changes = pd.read_parquet(runs.results / "changes")
    assert set(changes[changes.doc_id == doc].table) == {"documents"}
    assert set(changes[changes.doc_id == doc].kind) == {"added", "changed", "removed"}


def test_a_corpus_that_is_not_there_is_not_pruned(runs: Runs) -> None:
    for file in runs.corpus.glob("?.txt"):
        file.unlink()

    found = call("prune", str(runs.corpus), *where(runs), "--set", "ingest.max_vanished_share=0.5")

    assert found.returncode == 1
    assert "is it mounted" in found.stderr
    assert len(pd.read_parquet(runs.results / "documents")) == 8


def test_parts_that_were_set_aside_are_removed(runs: Runs) -> None:
    aside = runs.results / "tokens" / ".damaged-part-00000.parquet"
    aside.write_bytes(b"PAR1 of old")

    assert ".damaged-part-00000.parquet" in call("verify", *where(runs)).stdout
    assert "1 damaged parts" in call("prune", str(runs.corpus), *where(runs)).stdout

    assert not aside.exists()


# ── export ──────────────────────────────────────────────────────────────────────────────────────


def test_a_csv_file_a_table(runs: Runs, tmp_path: Path) -> None:
    call("export", str(tmp_path / "out"), *where(runs))

    names = {path.stem for path in (tmp_path / "out").iterdir()}
    assert names == {table for table in TABLES if Store(runs.results).parts(table)}
    read = pd.read_csv(tmp_path / "out" / "entities.csv")
    there = pd.read_parquet(runs.results / "entities")
    assert read.text.tolist() == there.text.tolist()
    assert read.start.tolist() == there.start.tolist()


def test_one_database(runs: Runs, tmp_path: Path) -> None:
    """With every table, and what its columns mean."""
    call("export", str(tmp_path / "all.duckdb"), *where(runs))

    with duckdb.connect(str(tmp_path / "all.duckdb"), read_only=True) as base:
        counts = base.sql("SELECT count(*) FROM documents").fetchall()
        said = base.sql(
            "SELECT comment FROM duckdb_columns() "
            "WHERE table_name = 'entities' AND column_name = 'start'"
        ).fetchall()
    assert counts == [(8,)]
    assert said == [("First code point in documents.text.",)]


def test_a_table_that_there_is_not(runs: Runs, tmp_path: Path) -> None:
    found = call("export", str(tmp_path / "out"), *where(runs), "--table", "facts")

    assert found.returncode == 2
    assert "there is no facts" in found.stderr
