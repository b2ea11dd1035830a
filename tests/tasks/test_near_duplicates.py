"""Near-duplicates: signatures, and who repeats whom."""

import random
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.config import IngestConfig
from tasks import duplicates
from tasks.near_duplicates import originals, shingled, signature

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


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("A b, c. D!", 2, {"a b", "b c", "c d"}),
        ("港の会議", 3, {"港 の 会", "の 会 議"}),
        ("สวัสดี", 5, {"ส ว ั ส ด", "ว ั ส ด ี"}),
        ("one two", 3, set()),
    ],
)
def test_shingles_are_runs_of_words(text: str, words: int, expected: set[str]) -> None:
    """Of characters where no spaces part the words."""
    assert shingled(text, words) == expected


@pytest.mark.parametrize("changed", [0, 10, 30])
def test_signatures_estimate_resemblance(changed: int) -> None:
    """Within three standard errors of the Jaccard index of the shingles."""
    one, two = shingled(TEXT, 5), shingled(edited(changed), 5)
    true = len(one & two) / len(one | two)

    ((_, found),) = originals([signature(TEXT, CONFIG), signature(edited(changed), CONFIG)], 0.001)[
        1:
    ]

    assert found == pytest.approx(true, abs=3 * (true * (1 - true) / 128) ** 0.5 + 1e-9)


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
    assert signature("Thank you very much for your letter.", CONFIG) == b""
    assert marks(["Many thanks!", "many thanks"]) == [(None, ""), (None, "")]


def test_a_threshold_of_one_looks_for_none() -> None:
    """And makes no signatures."""
    assert signature(TEXT, CONFIG.model_copy(update={"near_duplicate_threshold": 1.0})) == b""
    assert marks([TEXT, edited(1)], threshold=1) == [(None, ""), (None, "")]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_no_pair_is_missed(seed: int) -> None:
    """Banding finds what comparing all with all finds."""
    draw = random.Random(seed)  # not for secrets
    texts = [edited(draw.randint(0, 60)) for _ in range(12)]
    signatures = [signature(text, CONFIG) for text in texts]

    found = originals(signatures, 0.8)

    leaders: list[int] = []
    for number, own in enumerate(signatures):
        likeness = [
            sum(own[i : i + 4] == other[i : i + 4] for i in range(0, len(own), 4)) / 128
            for other in (signatures[leader] for leader in leaders)
        ]
        best = max(likeness, default=0.0)
        if best >= 0.8:
            assert found[number] == (leaders[likeness.index(best)], best)
        else:
            assert found[number] == (-1, 0.0)
            leaders.append(number)


def test_marks_that_stay_did_not_move() -> None:
    """So only what changes is written anew."""
    found = index([TEXT, edited(5), edited(120)])
    duplicates.mark(found, 0.8)
    first = found["moved"].tolist()

    duplicates.mark(found, 0.8)

    assert first == [False, True, False]
    assert not found["moved"].any()


def test_signatures_are_the_same_in_every_process() -> None:
    """They are kept for years."""
    code = (
        "from schemas.config import IngestConfig; from tasks.near_duplicates import signature; "
        f"print(signature({TEXT!r}, IngestConfig()).hex())"
    )

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )

    assert said.stdout.strip() == signature(TEXT, CONFIG).hex()
    assert signature(TEXT, CONFIG).hex()[:16] == "7694b42472f7962b"
