"""What a run changed, and what differs between two runs."""

import json
from pathlib import Path

import pytest

from schemas.errors import ResultsError
from schemas.stages import StageName
from tasks import differences
from tasks.differences import Change, folded
from tasks.store import Store
from tests.flow_in_process import Runs
from tests.small_models import SmallModels

pytestmark = pytest.mark.usefixtures("in_place")
STAGES = (StageName.ENTITIES, StageName.KEYWORDS, StageName.SUMMARIES)


@pytest.fixture
def runs(tmp_path: Path, small_models: SmallModels) -> Runs:
    """Three documents, of which entities, keywords and summaries are made."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in "abc":
        text = f"The boat {name} cost 30 euros in May 1990. It is old. Nobody looks after it."
        (folder / f"{name}.txt").write_text(text)
    made = Runs(folder, tmp_path / "results", {k: {**v} for k, v in small_models.settings.items()})
    made.once(STAGES)
    return made


def changes(runs: Runs, before: str, after: str | None = None) -> list[tuple[str, str, str]]:
    """Table, kind and fact of each change."""
    found = differences.between(Store(runs.results), before, after).changes
    return [(change.table, change.kind, change.fact) for change in found]


def test_documents_in_and_out(runs: Runs) -> None:
    """Of those that come or go nothing else is said; of a changed one, what differs."""
    (runs.corpus / "a.txt").write_text("The boat a cost 40 euros in May 1990. It is old.")
    (runs.corpus / "b.txt").unlink()
    (runs.corpus / "d.txt").write_text("The boat d cost 50 euros in May 1990. It is old.")
    runs.once(STAGES)

    found = changes(runs, "0")

    assert {row[1:] for row in found if row[0] == "documents"} == {
        ("removed", "b.txt"),
        ("added", "d.txt"),
        ("changed", "a.txt"),
    }
    assert {row for row in found if row[0] == "entities"} == {
        ("entities", "added", "MONEY EUR 40"),
        ("entities", "removed", "MONEY EUR 30"),
    }
    assert [row[1:] for row in found if row[0] == "summaries"] == [("changed", "summary")]


def test_what_is_computed_again_and_is_the_same_is_no_change(runs: Runs) -> None:
    """A setting that changes no row leaves no trace but itself."""
    runs.settings["entities"] = runs.settings["entities"] | {"day_first": True}
    runs.once(STAGES)

    found = differences.between(Store(runs.results), "0")

    assert found.changes == ()
    (setting,) = found.settings
    assert (setting.name, setting.before, setting.after) == ("entities.day_first", "false", "true")


def test_between_two_runs(runs: Runs) -> None:
    """What came later does not count; what came and went again is none."""
    old = (runs.corpus / "a.txt").read_text()
    for text in (old.replace("30", "40"), old.replace("30", "60"), old):
        (runs.corpus / "a.txt").write_text(text)
        runs.once(STAGES)

    second = [row for row in changes(runs, "1", "2") if row[0] == "entities"]

    assert second == [
        ("entities", "removed", "MONEY EUR 40"),
        ("entities", "added", "MONEY EUR 60"),
    ]
    assert [row for row in changes(runs, "0") if row[0] != "documents"] == []


def test_a_repeated_write_is_one_change(runs: Runs) -> None:
    """A run that was killed after it wrote down a change writes it down again."""
    from tasks import changes as writer

    store = Store(runs.results)
    row = {"doc_id": "x", "table": "sentiment", "kind": "changed", "fact": "label"}
    values = {"before": "neutral", "after": "positive"}

    first = writer.write(store, 7, "sentiment-00000", iter([row | values]))
    again = writer.write(store, 7, "sentiment-00000", iter([row | values]))

    assert (bool(first), again) == (True, "")
    assert store.read("changes", 7, stage="sentiment-00000").num_rows == 1


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["added"], ["added"]),
        (["added", "removed"], []),
        (["removed", "added"], []),
        (["added", "changed"], ["added"]),
        (["changed", "removed"], ["removed"]),
        (["changed", "changed"], ["changed"]),
    ],
)
def test_folded(kinds: list[str], expected: list[str]) -> None:
    """What remains of a fact's changes."""
    rows: list[dict[str, object]] = [
        {"doc_id": "a", "table": "entities", "kind": kind, "fact": "ORG A"}
        | {"before": "" if kind != "changed" else str(n), "after": "" if kind != "changed" else "z"}
        for n, kind in enumerate(kinds)
    ]

    assert [change.kind for change in folded(rows)] == expected


def test_values_are_the_first_and_the_last() -> None:
    """Back at the first it is no change."""
    row: dict[str, object] = {
        "doc_id": "a",
        "table": "sentiment",
        "kind": "changed",
        "fact": "label",
    }
    steps = [
        {"before": "neutral", "after": "positive"},
        {"before": "positive", "after": "negative"},
    ]
    back = {"before": "negative", "after": "neutral"}

    found = list(folded([row | step for step in steps]))

    assert found == [Change("a", "sentiment", "changed", "label", "neutral", "negative")]
    assert list(folded([row | step for step in (*steps, back)])) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [(("9",), "there is no run 9"), (("1", "0"), "exchange them"), (("x",), "there is no run x")],
)
def test_runs_that_are_not_there(runs: Runs, asked: tuple[str, ...], message: str) -> None:
    """Named, with those that are."""
    runs.once(STAGES)

    with pytest.raises(ResultsError, match=message):
        differences.between(Store(runs.results), *asked)


def test_models_and_versions_are_compared(runs: Runs) -> None:
    """As JSON values of the table of runs."""
    store = Store(runs.results)
    runs.once(STAGES)
    rows = store.read("runs", 1)
    place = rows.schema.get_field_index("versions")
    changed = json.loads(rows["versions"][0].as_py()) | {"numpy": "0.1"}
    footer = store.footer("runs", 1)
    assert footer is not None
    store.write("runs", 1, rows.set_column(place, "versions", [[json.dumps(changed)]]), footer)

    (setting,) = differences.between(store, "0").settings

    assert (setting.part, setting.name, setting.after) == ("versions", "numpy", '"0.1"')
