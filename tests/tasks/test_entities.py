"""Entity mentions of documents."""

from pathlib import Path

import pytest
import spacy

from schemas.config import EntitiesConfig
from schemas.tables import TABLES
from tasks.entities import compute
from tests.document_tables import document_table

TEXT = "The BBC met Ann Lee in LEEDS on 4 March 2025. Lee paid $5 million at bbc.co.uk."
PATTERNS = {
    "ORG": ["The BBC"],
    "PERSON": ["Ann Lee", "Lee"],
    "GPE": ["LEEDS"],
    "DATE": ["March 2025"],
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An English pipeline that recognizes a few names."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [{"label": label, "pattern": name} for label, names in PATTERNS.items() for name in names]
    )
    folder = tmp_path_factory.mktemp("model") / "names"
    nlp.to_disk(folder)
    return str(folder)


def found(model: str, *, language: str = "en", rules: bool = True) -> list[tuple[str, ...]]:
    """Text, label, canonical form and origin of the mentions in one text."""
    documents = document_table({"a": "", "b": TEXT}, languages={"a": language, "b": language})
    table = compute({"documents": documents}, EntitiesConfig(model=model, rules=rules))["entities"]
    assert table.schema.equals(TABLES["entities"])
    rows = table.to_pylist()
    assert [TEXT[row["start"] : row["end"]] for row in rows] == [row["text"] for row in rows]
    return [(row["text"], row["label"], row["canonical"], row["origin"]) for row in rows]


RULES = [
    ("4 March 2025", "DATE", "2025-03-04", "rule"),
    ("$5 million", "MONEY", "USD 5000000", "rule"),
    ("bbc.co.uk", "URL", "http://bbc.co.uk", "rule"),
]
NAMES = [
    ("The BBC", "ORG", "BBC", "model"),
    ("Ann Lee", "PERSON", "Ann Lee", "model"),
    ("LEEDS", "LOC", "Leeds", "model"),
]
LEE = ("Lee", "PERSON", "Ann Lee", "model")


def test_model_and_rules_are_one_list(model: str) -> None:
    """Labels are ours, a short name counts as the long one, a rule comes before the model."""
    assert found(model) == [*NAMES, RULES[0], LEE, *RULES[1:]]


def test_rules_can_be_left_out(model: str) -> None:
    """Then the model's own dates stand, in the same form."""
    march = ("March 2025", "DATE", "2025-03", "model")

    assert found(model, rules=False) == [*NAMES, march, LEE]


def test_other_languages_have_the_rules_alone(tmp_path: Path) -> None:
    """No model is loaded for them."""
    assert found(str(tmp_path / "missing"), language="fr") == RULES


def test_no_documents_have_no_entities(model: str) -> None:
    """An empty table stays one."""
    documents = document_table({})

    assert compute({"documents": documents}, EntitiesConfig(model=model))["entities"].num_rows == 0
