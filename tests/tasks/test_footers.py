"""What a part says of itself: told back as it was, or refused."""

import json

import pytest

from schemas.receipts import Outcome
from tasks import footers
from tasks.footers import Answer, Footer

NAME = "summaries/part-00000.parquet"
OLD, NEW = {"stage": "summaries", "version": 1}, {"stage": "summaries", "version": 2}
OF_OLD = Footer(OLD).fingerprint
FOOTER = Footer(
    NEW,
    {"0" * 16: Answer("a" * 32), "1" * 16: Answer("b" * 32, Outcome.REJECTED, OF_OLD)},
    {"content": "abc"},
    {OF_OLD: OLD, "unused": {"stage": "summaries", "version": 0}},
)


def test_what_is_told_is_read_back() -> None:
    """Recipes, answers with the recipe of each, and what else a stage has said."""
    assert footers.parsed(footers.metadata(FOOTER, 1, NAME), NAME) == FOOTER


def test_an_answer_names_its_recipe() -> None:
    """The footer's own where it named none; a recipe that no answer names is not kept."""
    assert FOOTER.answers["0" * 16].made_by == FOOTER.fingerprint
    assert FOOTER.recipes == {FOOTER.fingerprint: NEW, OF_OLD: OLD}


@pytest.mark.parametrize(("key", "old", "new"), [(0, b"version", b"verzion"), (1, b"a", b"c")])
def test_a_letter_that_changes_is_noticed(key: int, old: bytes, new: bytes) -> None:
    """The seal covers recipes, answers and the number of rows."""
    kept = footers.metadata(FOOTER, 1, NAME)
    name = footers.KEYS[key]
    kept[name] = kept[name].replace(old, new, 1)

    with pytest.raises(ValueError, match="check does not match"):
        footers.parsed(kept, NAME)


def test_another_number_of_rows_is_noticed() -> None:
    """So a part that was cut short is not taken for a whole one."""
    kept = footers.metadata(FOOTER, 1, NAME)
    kept[footers.HEAD] = json.dumps(json.loads(kept[footers.HEAD]) | {"rows": 2}).encode()

    with pytest.raises(ValueError, match="check does not match"):
        footers.parsed(kept, NAME)


def test_the_footer_of_another_part_is_refused() -> None:
    """A part that stands under another's name is not taken for it."""
    with pytest.raises(ValueError, match=f"it is {NAME}"):
        footers.parsed(footers.metadata(FOOTER, 1, NAME), "summaries/part-00001.parquet")
