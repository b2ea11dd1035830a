"""The settings: described, frozen, checked."""

import re

import pytest
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from schemas.config import TUNING, PipelineConfig, Settings, SummariesConfig

FIELDS = {
    f"{stage}.{name}": field
    for stage, part in PipelineConfig.model_fields.items()
    if isinstance(part.annotation, type) and issubclass(part.annotation, Settings)
    for name, field in part.annotation.model_fields.items()
}
UNITS = {
    "_bytes": "byte",
    "_s": "second",
    "_share": "share",
    "_tokens": "piece",
    "_chars": "code points",
    "_words": "words",
    "_documents": "documents",
    "_pages": "pages",
}


@pytest.mark.parametrize(("name", "field"), [*FIELDS.items(), *PipelineConfig.model_fields.items()])
def test_every_setting_is_described(name: str, field: FieldInfo) -> None:
    """A sentence that begins with a capital or a choice, and ends in a full stop."""
    assert field.description, name
    assert field.description.endswith(".")
    assert "\n" not in field.description


@pytest.mark.parametrize("name", FIELDS)
def test_units_are_said(name: str) -> None:
    """A setting whose name ends in a unit says it in words too."""
    for ending, word in UNITS.items():
        if name.endswith(ending):
            assert word in (FIELDS[name].description or "").lower()


@pytest.mark.parametrize("name", FIELDS)
def test_shares_have_a_range(name: str) -> None:
    """A share cannot be set below 0 or above 1."""
    if name.endswith("_share"):
        stage, _, field = name.partition(".")
        for value in (-0.01, 1.01):
            with pytest.raises(ValidationError):
                PipelineConfig.model_validate({stage: {field: value}})


def test_settings_are_frozen() -> None:
    """What a run was asked to do cannot change under it."""
    with pytest.raises(ValidationError, match="frozen"):
        PipelineConfig().topics.count = 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"topics": {"cuont": 3}}, "Extra inputs are not permitted"),
        ({"topic": {}}, "Extra inputs are not permitted"),
        ({"topics": {"count": 1}}, "greater than or equal to 2"),
        ({"topics": {"count": "many"}}, "'auto'"),
        ({"keywords": {"method": "magic"}}, "'embedding' or 'tfidf'"),
        ({"entities": {"phone_region": "us"}}, "pattern"),
        ({"run": {"deadline_s": 0}}, "greater than 0"),
    ],
)
def test_wrong_settings_are_refused(values: dict[str, object], message: str) -> None:
    """Unknown keys and values out of range are errors that say what is allowed."""
    with pytest.raises(ValidationError, match=re.escape(message)):
        PipelineConfig.model_validate(values)


def test_all_of_run_is_tuning() -> None:
    """How the work is done changes no row."""
    assert all(
        TUNING in field.metadata for name, field in FIELDS.items() if name.startswith("run.")
    )


def test_schema_for_the_form() -> None:
    """Prefect's form shows choices and descriptions from the JSON schema."""
    schema = PipelineConfig.model_json_schema()["$defs"]

    assert schema["KeywordsConfig"]["properties"]["method"]["enum"] == ["embedding", "tfidf"]
    assert "corpus" in schema["KeywordsConfig"]["properties"]["method"]["description"]


def test_abstractive_summaries_need_a_model() -> None:
    """The message names the setting."""
    with pytest.raises(ValidationError, match=r"set summaries\.model"):
        SummariesConfig(method="abstractive")
