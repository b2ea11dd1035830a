"""The stages: their order, and what they read and write."""

import pytest

from schemas.config import PipelineConfig
from schemas.stages import (
    CORPUS_TABLES,
    PRODUCER,
    STAGES,
    StageName,
    upstream,
    with_upstream,
)
from schemas.tables import TABLES

CONFIG = PipelineConfig()


def test_names_are_listed_once() -> None:
    """The enumeration that Prefect's form shows is the list of stages, in its order."""
    assert [name.value for name in StageName] == list(STAGES)


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_comes_after_those_it_reads(name: str) -> None:
    """The order of the list is an order in which a run can go."""
    order = list(STAGES)
    before = [PRODUCER[table].name for table in STAGES[name].reads if table in PRODUCER]

    assert all(order.index(other) < order.index(name) for other in before)


def test_a_table_has_one_producer() -> None:
    """No two stages write the same table."""
    written = [table for stage in STAGES.values() for table in stage.writes]

    assert len(written) == len(set(written)) == len(PRODUCER)


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_names_what_there_is(name: str) -> None:
    """Tables, settings and models that a stage names exist."""
    stage = STAGES[name]
    settings = stage.settings(CONFIG)

    assert {*stage.reads, *stage.writes, *stage.only_if} <= set(TABLES)
    assert set(stage.only_if) <= set(stage.reads)
    assert all(hasattr(settings, field) for field in stage.models)
    assert all(hasattr(settings, field) for field, _ in stage.only_if.values())


def test_corpus_tables() -> None:
    """The tables of one part."""
    assert {*STAGES["vocabulary"].writes, *STAGES["topics"].writes} == CORPUS_TABLES


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("ingest",), ("ingest",)),
        (("preprocess",), ("ingest", "preprocess")),
        (("keywords",), ("ingest", "preprocess", "embeddings", "keywords")),
        (("similar_documents",), ("ingest", "preprocess", "embeddings", "similar_documents")),
        (("document_topics",), ("ingest", "preprocess", "topics", "document_topics")),
        (("report",), ("ingest", "report")),
        (("sentiment", "entities"), ("ingest", "entities", "sentiment")),
    ],
)
def test_stages_bring_what_they_read(wanted: tuple[str, ...], found: tuple[str, ...]) -> None:
    """A stage comes with all it reads, in order; the report takes what there is."""
    assert with_upstream(wanted, CONFIG) == found


@pytest.mark.parametrize(
    ("method", "above"),
    [
        ("embedding", {"ingest", "preprocess", "embeddings"}),
        ("tfidf", {"ingest", "preprocess", "vocabulary"}),
    ],
)
def test_settings_decide_what_is_read(method: str, above: set[str]) -> None:
    """Keywords by rarity need no vectors, and by likeness no document frequencies."""
    config = PipelineConfig.model_validate({"keywords": {"method": method}})

    assert {stage.name for stage in upstream(STAGES["keywords"], config)} == above


def test_models_that_are_not_set_are_not_loaded() -> None:
    """A summary that picks sentences needs no model."""
    assert STAGES["summaries"].model_references(CONFIG) == ()
    assert STAGES["sentiment"].model_references(CONFIG) == ("embedded:sentiment",)
