"""Which sentences are picked."""

from collections.abc import Sequence

import numpy as np

from tasks.salience import picked

WORDS = "of a length that is neither short nor long"
TEXT = "".join(f"Sentence {i} is\n{WORDS}. " for i in range(5))
SPANS = [(i * len(TEXT) // 5, (i + 1) * len(TEXT) // 5 - 1) for i in range(5)]


def unit(*rows: Sequence[float]) -> np.ndarray:
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


VECTORS = unit([1, 0, 0], [1, 1, 0.4], [0, 1, 0], [0.5, 1, 1], [0, 0, 1])


def test_all_of_a_short_text() -> None:
    """Where there are no more sentences than asked for, all are taken."""
    assert picked(TEXT, SPANS[:2], VECTORS[:2], 3) == [0, 1]


def test_early_sentences_are_better() -> None:
    """Of sentences that are equally like the whole the first is taken."""
    vectors = unit([1, 0, 0], [0, 1, 0], [0, 0, 1])

    assert picked(TEXT, SPANS[:3], vectors, 1) == [0]


def test_repeats_are_passed_over() -> None:
    """A sentence that says what a better one said gives its place to another."""
    vectors = unit([1, 1, 1], [1, 1, 1], [1, 0, 0])

    assert picked(TEXT, SPANS[:3], vectors, 2) == [0, 2]


def test_headings_and_lists_come_last() -> None:
    """Of like sentences a plain one is better than one of few or very many words."""
    text = "Heading. " + "word " * 70 + ". A plain sentence of eight words in all."
    spans = [(0, 8), (9, 9 + 5 * 70 + 1), (9 + 5 * 70 + 2, len(text))]

    assert picked(text, spans, unit(*[[1, 0, 0]] * 3), 1) == [2]
