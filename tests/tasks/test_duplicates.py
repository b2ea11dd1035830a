"""Which documents repeat others."""

import pandas as pd

from schemas.config import IngestConfig
from tasks import duplicates
from tasks.near_duplicates import signature

CONFIG = IngestConfig()
WORDS = [f"word{i}" for i in range(200)]
TEXT = " ".join(WORDS)


def edited(changed: int) -> str:
    """The text with its last words replaced."""
    return " ".join([*WORDS[: 200 - changed], *(f"other{i}" for i in range(changed))])


def index(texts: list[str]) -> pd.DataFrame:
    """What assembly knows of documents, in their order."""
    return pd.DataFrame(
        {
            "doc_id": [f"d{number}" for number in range(len(texts))],
            "text_sha256": texts,
            "minhash": [signature(text, CONFIG) for text in texts],
            "duplicate_of": None,
            "duplicate_kind": "",
            "duplicate_similarity": 0.0,
        }
    )


def marks(texts: list[str], threshold: float = 0.8) -> list[tuple[str | None, str]]:
    found = index(texts)
    duplicates.mark(found, threshold)
    return [
        (of if isinstance(of, str) else None, kind)
        for of, kind in zip(found["duplicate_of"], found["duplicate_kind"], strict=True)
    ]


def test_a_near_duplicate_names_the_first() -> None:
    """An exact one is told apart, and what differs more is none."""
    found = marks([TEXT, edited(5), TEXT, edited(120)])

    assert found == [(None, ""), ("d0", "near"), ("d0", "exact"), (None, "")]


def test_case_and_punctuation_do_not_count() -> None:
    """A copy that was only set otherwise is a near-duplicate."""
    assert marks([TEXT, TEXT.upper().replace(" ", ", ")]) == [(None, ""), ("d0", "near")]


def test_a_chain_ends_at_its_first() -> None:
    """What is like a near-duplicate only is a document of its own."""
    found = marks([TEXT, edited(15), edited(40)])

    assert found == [(None, ""), ("d0", "near"), (None, "")]


def test_short_texts_are_alike_by_chance() -> None:
    """They are never near-duplicates."""
    assert marks(["Many thanks!", "many thanks"]) == [(None, ""), (None, "")]


def test_marks_that_stay_did_not_move() -> None:
    """So only what changes is written anew."""
    found = index([TEXT, edited(5), edited(120)])
    duplicates.mark(found, 0.8)
    first = found["moved"].tolist()

    duplicates.mark(found, 0.8)

    assert first == [False, True, False]
    assert not found["moved"].any()
