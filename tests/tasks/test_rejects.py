"""What was rejected: told in groups, and tried again without touching the rest."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.config import PipelineConfig
from schemas.tables import REJECT_REASONS
from tasks import rejects
from tasks.rejects import Choice, Example, Group
from tasks.store import Store
from tests import in_process
from tests.small_models import SmallModels

TASKS = Path(__file__).parents[2] / "tasks"
STAGES = ("ingest", "preprocess", "entities")
LONG = "The boat lies in the harbour for a very long time."


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two texts, one that is too long for preprocess, two without a word."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, text in {"a": "One boat.", "b": LONG, "c": "Two boats.", "d": "", "e": " "}.items():
        (folder / f"{name}.txt").write_text(text)
    return folder


@pytest.fixture
def config(small_models: SmallModels) -> PipelineConfig:
    """With a limit that one text passes."""
    preprocess = small_models.settings["preprocess"] | {"max_chars": 20}
    return PipelineConfig.model_validate(small_models.settings | {"preprocess": preprocess})


@pytest.fixture
def store(corpus: Path, config: PipelineConfig, tmp_path: Path) -> Store:
    """The results of a first run."""
    in_process.run(corpus, tmp_path / "results", config, STAGES)
    return Store(tmp_path / "results")


def attempts(store: Store) -> dict[str, int]:
    return {
        row["source"]: row["attempts"]
        for part in store.stream("rejects", ["source", "attempts"])
        for row in part.to_pylist()
    }


def test_rejects_are_grouped_with_their_remedy(store: Store) -> None:
    """By stage and reason, with examples."""
    found = rejects.groups(store, Choice())

    message = "the text has 50 characters: raise preprocess.max_chars, now 20, or exclude the"
    assert [(g.stage, g.reason, g.count, g.sources) for g in found] == [
        ("ingest", "empty", 2, 2),
        ("preprocess", "too_long", 1, 1),
    ]
    assert {g.explanation for g in found} == {REJECT_REASONS["empty"], REJECT_REASONS["too_long"]}
    assert found[1].examples == (Example("b.txt", "", f"{message} document", 1),)


@pytest.mark.parametrize(
    ("choice", "stages"),
    [
        (Choice(stages=("ingest",)), ["ingest"]),
        (Choice(reasons=("too_long",)), ["preprocess"]),
        (Choice(stages=("ingest",), reasons=("too_long",)), []),
        (Choice(stages=("ingest", "preprocess")), ["ingest", "preprocess"]),
    ],
)
def test_some_can_be_chosen(store: Store, choice: Choice, stages: list[str]) -> None:
    """By stage, by reason, or both."""
    found: list[Group] = rejects.groups(store, choice)

    assert [group.stage for group in found] == stages


def test_a_document_that_is_called_back_is_computed_alone(
    store: Store, corpus: Path, config: PipelineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a fix it is done, at the stage that refused it and at those after it; no other is."""
    monkeypatch.setattr("tasks.preprocess._refuse_long", lambda _texts, _limit: None)

    called = rejects.call_back(store, Choice(stages=("preprocess",)))
    ran = in_process.run(corpus, store.root, config, STAGES)

    texts = {
        row["doc_id"]: row["text"]
        for row in store.read("documents", 0, ["doc_id", "text"]).to_pylist()
    }
    assert called == 1
    assert [texts[doc] for doc in ran.computed["preprocess"]] == [LONG]
    assert ran.computed["entities"] == []
    assert (ran.books["ingest"].done, ran.books["preprocess"].rejected) == (0, 0)
    assert set(attempts(store)) == {"d.txt", "e.txt"}


def test_without_a_fix_the_attempts_go_up(
    store: Store, corpus: Path, config: PipelineConfig
) -> None:
    """Of those that were called back, at every stage."""
    rejects.call_back(store, Choice(reasons=("too_long",)))
    in_process.run(corpus, store.root, config, STAGES)
    rejects.call_back(store, Choice())
    in_process.run(corpus, store.root, config, STAGES)

    assert attempts(store) == {"b.txt": 3, "d.txt": 2, "e.txt": 2}


def test_what_was_not_called_back_stays(store: Store, corpus: Path, config: PipelineConfig) -> None:
    """A run without a call computes nothing."""
    rejects.call_back(store, Choice(stages=("sentiment",)))

    ran = in_process.run(corpus, store.root, config, STAGES)

    assert (ran.written, set(attempts(store).values())) == ([], {1})


def reasons_given() -> Iterator[tuple[str, str]]:
    """Where a reason is given in the code of the tasks, and the reason."""
    places = {"DocumentRejected": 0, "Refusal": 0, "Rejected": 1, "_refuse": 1, "_note": 2}
    for path in [*TASKS.rglob("*.py"), *TASKS.with_name("flows").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = places.get(name, 0)
            if name in places and len(node.args) > place:
                given = node.args[place]
                if isinstance(given, ast.Constant):
                    yield f"{path.name}:{node.lineno}", str(given.value)


def test_every_reason_that_is_given_is_explained() -> None:
    """Whatever the code rejects for stands in the list."""
    given = dict(reasons_given())

    assert {place: why for place, why in given.items() if why and why not in REJECT_REASONS} == {}
    assert set(given.values()) >= {"too_long", "too_large", "memory", "crashed", "deadline"}
