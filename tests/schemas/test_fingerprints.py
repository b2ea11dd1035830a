"""Keys of reuse: what changes them, and what does not."""

from collections import defaultdict
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.config import LIMIT, TUNING, PipelineConfig, Settings
from schemas.fingerprints import (
    Recipe,
    content_key,
    differences,
    digest,
    document_id,
    fingerprint,
    lowered,
    raised,
    recipe,
)
from schemas.stages import STAGES, Kind

CONFIG = PipelineConfig()
MODELS: defaultdict[str, str] = defaultdict(lambda: "sha256:1")


def recipe_of(stage: str, config: PipelineConfig = CONFIG, **known: dict[str, str]) -> Recipe:
    return recipe(
        STAGES[stage], config, models=known.get("models", MODELS), fitted=known.get("fitted", {})
    )


def changed(stage: str, field: str) -> PipelineConfig:
    """The default settings with another value in one field."""
    settings = getattr(CONFIG, stage)
    old = getattr(settings, field)
    annotation = type(settings).model_fields[field].annotation
    choices = [c for c in get_args(annotation) if isinstance(c, str)]
    new: object
    if choices and all(isinstance(c, str) for c in get_args(annotation)):
        new = next(c for c in choices if c != old)
    elif isinstance(old, bool):
        new = not old
    elif field == "languages":
        new = ["other"]
    elif isinstance(old, tuple):
        new = (*old, 77) if old else ("*.txt",)
    elif field in {"phone_region", "date_pattern"}:
        new = {"phone_region": "DE", "date_pattern": ""}[field]
    elif old is None:
        new = 77 if int in get_args(annotation) else "other"
    elif isinstance(old, int):
        new = old + 1
    else:
        new = 0.77 if isinstance(old, float) else "other"
    needs = {
        ("summaries", "method"): {"model": "other"},
        ("run", "runner"): {"dask_address": "tcp://scheduler:8786"},
    }.get((stage, field), {})
    return PipelineConfig.model_validate({stage: {field: new, **needs}})


FIELDS = [
    (stage, name, TUNING in field.metadata or LIMIT in field.metadata)
    for stage, part in PipelineConfig.model_fields.items()
    if isinstance(part.annotation, type) and issubclass(part.annotation, Settings)
    for name, field in part.annotation.model_fields.items()
]
READERS = {
    stage: [s.name for s in STAGES.values() if s.config == stage]
    for stage in PipelineConfig.model_fields
}


@pytest.mark.parametrize(("stage", "field", "tuning"), FIELDS)
def test_settings_that_change_rows_change_the_fingerprint(
    stage: str, field: str, *, tuning: bool
) -> None:
    """Each field of a stage changes its fingerprint, unless it is tuning or a limit of reading."""
    config = changed(stage, field)
    assert getattr(getattr(config, stage), field) != getattr(getattr(CONFIG, stage), field)

    moved = {
        name
        for name in STAGES
        if fingerprint(recipe_of(name)) != fingerprint(recipe_of(name, config))
    }

    if tuning:
        assert moved == set()
    else:
        assert moved >= set(READERS[stage])


@pytest.mark.parametrize(
    ("stage", "field", "moved"),
    [
        ("ingest", "text_column", {"ingest"}),
        (
            "preprocess",
            "max_chars",
            {"preprocess", "vocabulary", "topics", "embeddings", "keywords"},
        ),
        ("embeddings", "model", {"embeddings", "keywords", "summaries", "similar_documents"}),
        ("sentiment", "window_tokens", {"sentiment", "report"}),
        ("report", "top", {"report"}),
    ],
)
def test_a_change_moves_all_below(stage: str, field: str, moved: set[str]) -> None:
    """The stages that read a changed stage change with it; those above do not."""
    config = changed(stage, field)

    found = {name for name in STAGES if recipe_of(name) != recipe_of(name, config)}

    assert found >= moved
    above = list(STAGES)[: list(STAGES).index(min(moved, key=list(STAGES).index))]
    assert not found & set(above)


def test_a_reader_is_not_part_of_later_stages() -> None:
    """A change of ingest recomputes only the documents whose text it changed."""
    config = changed("ingest", "max_pages")

    found = [name for name in STAGES if recipe_of(name) != recipe_of(name, config)]

    assert found == ["ingest"]


@pytest.mark.parametrize(
    ("setting", "higher", "lower", "stale"),
    [
        ("ingest.max_pages", 6000, 4000, True),
        ("ingest.max_bytes", 2**40, 1, True),
        ("run.deadline_s", 61.5, 59.5, False),
        ("run.max_memory_bytes", 2**40, 2**30, False),
    ],
)
def test_limits_are_compared_one_by_one(
    setting: str, higher: float, lower: float, *, stale: bool
) -> None:
    """They are no part of the fingerprint; below one of work, what stands is none the worse."""
    stage, _, name = setting.partition(".")
    more, less = (
        recipe_of("ingest", PipelineConfig.model_validate({stage: {name: value}}))
        for value in (higher, lower)
    )
    now = recipe_of("ingest")

    assert fingerprint(more) == fingerprint(now) == fingerprint(less)
    assert (raised(now, more), lowered(now, more)) == ([setting], [])
    assert (raised(now, less), lowered(now, less)) == ([], [setting] * stale)
    assert (raised(now, now), lowered(now, now)) == ([], [])
    assert any(setting in line for line in differences(now, more))


def test_a_model_changes_the_fingerprint() -> None:
    """Other files under the same name are another model."""
    new = recipe_of("sentiment", models={"embedded:sentiment": "sha256:2"})

    assert differences(recipe_of("sentiment"), new) == [
        "sentiment: model embedded:sentiment changed"
    ]


def test_a_new_fit_changes_the_fingerprint_of_its_readers() -> None:
    """Documents get topics anew when the model was fitted anew; preprocess does not care."""
    fitted = {"topic_model": "abc"}

    assert differences(
        recipe_of("document_topics"), recipe_of("document_topics", fitted=fitted)
    ) == ["document_topics: topic_model was fitted anew"]
    assert recipe_of("preprocess") == recipe_of("preprocess", fitted=fitted)


@pytest.mark.parametrize(
    ("stage", "settings", "said"),
    [
        ("sentiment", {"sentiment": {"window_tokens": 64}}, "sentiment.window_tokens: 128 → 64"),
        ("embeddings", {"preprocess": {"max_chars": 9}}, "preprocess.max_chars: 1000000 → 9"),
        ("keywords", {"keywords": {"method": "tfidf"}}, "keywords: no longer reads embeddings"),
        ("document_topics", {"topics": {"seed": 1}}, "document_topics.seed: 20 → 1"),
    ],
)
def test_differences_name_the_setting(stage: str, settings: dict[str, object], said: str) -> None:
    """What has changed is said in words, for stages above too."""
    new = recipe_of(stage, PipelineConfig.model_validate(settings))

    assert said in differences(recipe_of(stage), new)


def test_differences_name_the_version() -> None:
    """A new version of the code is named."""
    old = recipe_of("entities") | {"version": 0}

    assert differences(old, recipe_of("entities")) == ["entities: version 0 → 1"]


@pytest.mark.parametrize("name", [n for n, s in STAGES.items() if s.kind is not Kind.SOURCE])
def test_the_same_recipe_has_no_differences(name: str) -> None:
    """Nothing is said where nothing changed, and the name is the same."""
    assert differences(recipe_of(name), recipe_of(name)) == []
    assert fingerprint(recipe_of(name)) == fingerprint(recipe_of(name))
    assert len(fingerprint(recipe_of(name))) == 16


@given(st.lists(st.text(max_size=4), max_size=3), st.lists(st.text(max_size=4), max_size=3))
def test_different_texts_have_different_digests(one: list[str], other: list[str]) -> None:
    """Where one text ends and the next begins counts."""
    assert (digest(one) == digest(other)) == (one == other)


def test_ids_do_not_run_together() -> None:
    """Source and record are told apart, and a lone surrogate is no trouble."""
    assert document_id("a", "b") != document_id("ab", "")
    assert len(document_id("a\udc80", "")) == 16
    assert content_key("0" * 64, "en") != content_key("0" * 64, "de")
