"""What a run would compute, and why."""

from pathlib import Path

import pytest

from schemas.config import IngestConfig, PipelineConfig
from schemas.errors import ModelError
from schemas.stages import STAGES
from tasks import planning
from tasks.planning import StagePlan, check_models
from tasks.sources import hashed, scan
from tasks.store import Store
from tests import in_process
from tests.small_models import SmallModels

STAGE_NAMES = ("ingest", "preprocess", "sentiment", "similar_documents", "report")


@pytest.fixture
def config(small_models: SmallModels) -> PipelineConfig:
    """Small models for all stages."""
    return PipelineConfig.model_validate(small_models.settings)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Four short texts."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in "abcd":
        (folder / f"{name}.txt").write_text(f"The boat {name} lies in the harbour. It is old.")
    return folder


def plans(store: Store, corpus: Path, config: PipelineConfig) -> dict[str, StagePlan]:
    found = hashed(scan(str(corpus), config.ingest), threads=1)
    changes = planning.changes(store, config, found)
    return {plan.stage: plan for plan in planning.plan(store, config, tuple(STAGES), changes)}


def test_a_fresh_corpus(tmp_path: Path, corpus: Path, config: PipelineConfig) -> None:
    """All sources are new; nothing is written by asking."""
    results = tmp_path / "results"

    found = plans(Store(results), corpus, config)

    assert found["ingest"].todo == {"new or changed": 4}
    assert found["ingest"].unit == "sources"
    assert not found["similar_documents"].settled
    assert not results.exists()


def test_nothing_to_do(store: Store, corpus: Path, config: PipelineConfig) -> None:
    """After a run every stage is settled, and all is current."""
    in_process.run(corpus, store.root, config)

    found = plans(store, corpus, config)

    assert [name for name, plan in found.items() if not plan.settled] == []
    assert all(not plan.todo for plan in found.values())
    assert found["sentiment"].current == 4


def test_a_setting_is_the_reason(store: Store, corpus: Path, config: PipelineConfig) -> None:
    """The stages that read a changed setting, those below them, and no others, say why."""
    in_process.run(corpus, store.root, config)
    sentiment = config.sentiment.model_copy(update={"window_tokens": 32})

    found = plans(store, corpus, config.model_copy(update={"sentiment": sentiment}))

    assert found["sentiment"].todo == {"stale; sentiment.window_tokens: 64 → 32": 4}
    assert found["sentiment"].partitions == (0, 1)
    assert found["report"].todo == {"tables changed": 4}
    assert [name for name, plan in found.items() if not plan.settled] == ["sentiment", "report"]


def test_a_gone_source_is_named(store: Store, corpus: Path, config: PipelineConfig) -> None:
    """What is to be removed counts too."""
    in_process.run(corpus, store.root, config)
    (corpus / "a.txt").unlink()

    found = plans(store, corpus, config)

    assert found["ingest"].todo == {"gone": 1}
    assert not found["ingest"].settled


def test_a_plan_comes_true(store: Store, corpus: Path, config: PipelineConfig) -> None:
    """What it counts for a stage is what a run then computes."""
    in_process.run(corpus, store.root, config)
    store.drop("sentiment", 1)
    store.drop("tokens", 0)

    found = plans(store, corpus, config)
    ran = in_process.run(corpus, store.root, config)

    assert sum(found["sentiment"].todo.values()) == len(ran.computed["sentiment"]) == 1
    assert sum(found["preprocess"].todo.values()) == len(ran.computed["preprocess"]) == 3


def test_missing_models_are_found_before_any_work(config: PipelineConfig) -> None:
    """Only those of the stages wanted; the message names the model."""
    broken = config.model_copy(
        update={"sentiment": config.sentiment.model_copy(update={"model": "/no/such/model"})}
    )

    check_models(broken, ["ingest", "preprocess"])
    with pytest.raises(ModelError, match="/no/such/model"):
        check_models(broken, ["preprocess", "sentiment"])


def test_models_of_other_stages_need_not_be_there(
    store: Store, corpus: Path, config: PipelineConfig
) -> None:
    """A plan of some stages asks for no model of the others."""
    broken = config.model_copy(
        update={"sentiment": config.sentiment.model_copy(update={"model": "/no/such/model"})}
    )
    found = hashed(scan(str(corpus), IngestConfig()), threads=1)

    changes = planning.changes(store, broken, found)
    (ingest, preprocess) = planning.plan(store, broken, ("ingest", "preprocess"), changes)

    assert (ingest.stage, preprocess.stage) == ("ingest", "preprocess")
