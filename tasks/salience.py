"""Which sentences of a text say the most of it."""

import numpy as np
import numpy.typing as npt

POSITION = 0.5
"""Weight of the position against that of likeness to the whole, both standardised. Tried from 0 to
1 on the training halves of GUM and SciTLDR, two sentences and one: 0.5 is best or within 0.4."""
WORDS = (6, 60)
"""Sentences of fewer words (headings) or more (lists, tables) are seldom taken."""
PENALTY = 3.0
"""What they lose, in standard deviations."""
REPEAT = 0.9
"""Cosine to a sentence that is picked already from which one only repeats it."""
_DECIMALS = 6
"""Scores that agree to this many decimals are equal: then the earlier sentence is better."""

Floats = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]
Span = tuple[int, int]


def picked(text: str, spans: list[Span], vectors: Floats, count: int) -> list[int]:
    """Numbers of the `count` best sentences, in the order of the text; all where they are no more.

    A sentence is good if it is like the mean of all and stands early, and is not as short as a
    heading or as long as a list; one that repeats a better one is passed over.
    """
    if len(spans) <= count:
        return list(range(len(spans)))
    words = np.array([len(text[start:end].split()) for start, end in spans])
    chosen: list[int] = []
    for i in np.argsort(-_scores(vectors, words), kind="stable").tolist():
        if not chosen or (vectors[chosen] @ vectors[i]).max() < REPEAT:
            chosen.append(i)
        if len(chosen) == count:
            break
    return sorted(chosen)


def _scores(vectors: Floats, words: npt.NDArray[np.int64]) -> Scores:
    likeness = vectors.astype(np.float64) @ vectors.mean(axis=0, dtype=np.float64)
    early = 1 / np.sqrt(1 + np.arange(len(vectors)))
    odd = (words < WORDS[0]) | (words > WORDS[1])
    lost = np.where(odd, PENALTY, 0.0)
    scores: Scores = np.round(_standard(likeness) + POSITION * _standard(early) - lost, _DECIMALS)
    return scores


def _standard(values: Scores) -> Scores:
    """The values with mean 0 and deviation 1; all 0 where they do not differ."""
    away: Scores = np.round(values - values.mean(), 2 * _DECIMALS)
    deviation = float(away.std())
    return away / deviation if deviation else away
