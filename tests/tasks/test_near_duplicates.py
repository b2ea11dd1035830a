"""Near-duplicates: signatures, and who repeats whom."""

import random
import subprocess
import sys
from itertools import pairwise
from operator import eq
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.config import IngestConfig
from tasks.near_duplicates import bands, originals, shingled, signature

CONFIG = IngestConfig()
WORDS = [f"word{i}" for i in range(200)]
TEXT = " ".join(WORDS)


def edited(changed: int) -> str:
    """The text with its last words replaced."""
    return " ".join([*WORDS[: 200 - changed], *(f"other{i}" for i in range(changed))])


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

    signatures = [signature(text, CONFIG) for text in (TEXT, edited(changed))]
    _, (_, found) = originals(signatures, 0.001)

    assert found == pytest.approx(true, abs=3 * (true * (1 - true) / 128) ** 0.5 + 1e-9)


def test_short_texts_are_alike_by_chance() -> None:
    """They have no signature."""
    assert signature("Thank you very much for your letter.", CONFIG) == b""


def test_a_threshold_of_one_looks_for_none() -> None:
    """And makes no signatures."""
    assert signature(TEXT, CONFIG.model_copy(update={"near_duplicate_threshold": 1.0})) == b""
    assert originals([signature(TEXT, CONFIG)] * 2, 1.0) == [(-1, 0.0)] * 2


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.95])
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_no_pair_is_missed(threshold: float, seed: int) -> None:
    """Banding finds what comparing all with all finds; some in between have no signature."""
    draw = random.Random(seed)  # not for secrets
    texts = [edited(draw.randint(0, 60)) for _ in range(12)] + ["short"] * 3
    draw.shuffle(texts)
    signatures = [signature(text, CONFIG) for text in texts]

    found = originals(signatures, threshold)

    leaders: list[int] = []
    for number, own in enumerate(signatures):
        alike = [sum(map(eq, own, signatures[leader])) / 128 for leader in leaders]
        best = max(alike, default=0.0)
        if own and best >= threshold:
            assert found[number] == (leaders[alike.index(best)], best)
            continue
        assert found[number] == (-1, 0.0)
        leaders += [number] if own else []


@pytest.mark.parametrize("permutations", [16, 100, 128, 1000])
@pytest.mark.parametrize("threshold", [0.67, 0.75, 0.8, 0.9, 0.99, 1.0])
def test_bands_outnumber_what_may_differ(permutations: int, threshold: float) -> None:
    """So one of them is untouched; they do not overlap, and fit into a number."""
    parts = list(bands(permutations, threshold))

    differ = max(n for n in range(permutations) if 1 - n / permutations >= threshold)
    assert len(parts) > differ
    assert all(a.stop == b.start for a, b in pairwise(parts))
    assert parts[-1].stop <= permutations
    assert all(2 <= part.stop - part.start <= 8 for part in parts)


def test_signatures_are_the_same_in_every_process() -> None:
    """They are kept for years, and no version of the library may make others."""
    code = (
        "from schemas.config import IngestConfig; from tasks.near_duplicates import signature; "
        f"print(signature({TEXT!r}, IngestConfig()).hex())"
    )

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )

    assert said.stdout.strip() == signature(TEXT, CONFIG).hex()
    assert signature(TEXT, CONFIG).hex()[:32] == "7672ed7eeee57fc6d0b07e8df6724fac"
