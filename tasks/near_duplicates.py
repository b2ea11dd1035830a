"""Documents that are nearly the same: MinHash signatures, and who is a near-duplicate of whom.

The resemblance of two texts is the Jaccard index of their sets of shingles, runs of consecutive
words (Broder 1997). A signature estimates it: the share of its values in which two texts agree. Of
each value the lowest byte is kept (Li and König 2010): chance agreement adds less than 0.001 to an
estimate of 0.8. Banding finds the pairs that are worth comparing (Leskovec, Rajaraman and Ullman
2020, chapter 3).
"""

import re
from collections.abc import Collection, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from schemas.config import IngestConfig

_SCRIPTS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese: no spaces part their words."""
_WORD = re.compile(rf"[{_SCRIPTS}]|[^\W{_SCRIPTS}]+")
_LEAST_SHINGLES = 10
"""Texts with fewer are near-duplicates of none: a form letter's two lines say little."""
_SEED = 20
_FEWEST_ROWS, _MOST_ROWS = 2, 8
"""Values of a band: one alone agrees too often by chance, and eight fill a 64-bit number."""

Table = npt.NDArray[np.uint8]
"""One signature a row: (documents, permutations)."""


def signature(text: str, config: IngestConfig) -> bytes:
    """The MinHash signature of a text, a byte a permutation; nothing where the text is short."""
    if config.near_duplicate_threshold >= 1:
        return b""
    shingles = shingled(text, config.shingle_words)
    if not enough(shingles):
        return b""
    from rensa import RMinHash

    made = RMinHash(config.minhash_permutations, _SEED)
    made.update(list(shingles))
    return np.array(made.digest(), np.uint32).astype(np.uint8).tobytes()


def shingled(text: str, words: int) -> set[str]:
    """Every run of so many words, in lower case; a character is a word where no spaces part them.

    >>> sorted(shingled("To be, or not to be!", 3))
    ['be or not', 'not to be', 'or not to', 'to be or']
    """
    found = _WORD.findall(text.lower())
    return {" ".join(found[i : i + words]) for i in range(len(found) - words + 1)}


def enough(shingles: Collection[str]) -> bool:
    """Whether a text has so many that what they say is no chance."""
    return len(shingles) >= _LEAST_SHINGLES


def originals(signatures: Sequence[bytes], threshold: float) -> list[tuple[int, float]]:
    """Of each document the one that it nearly repeats, and how alike the two are, 0 to 1.

    A document is compared with those before it that repeat none; -1 and 0 where none reaches the
    threshold. The first of the most alike is taken, so that the order alone decides. Signatures
    are of one length, or empty.
    """
    found = [(-1, 0.0)] * len(signatures)
    signed = [number for number, each in enumerate(signatures) if each]
    if threshold >= 1 or not signed:
        return found
    table = np.frombuffer(b"".join(signatures), np.uint8).reshape(len(signed), -1)
    groups = _groups(table, threshold)
    heads: dict[int, list[int]] = {}
    for row in np.flatnonzero((groups >= 0).any(axis=1)).tolist():
        own = [group for group in groups[row].tolist() if group >= 0]
        near = sorted({head for group in own for head in heads.get(group, ())})
        if near and (best := _best(table, row, near))[1] >= threshold:
            found[signed[row]] = signed[best[0]], best[1]
            continue
        for group in own:
            heads.setdefault(group, []).append(row)
    return found


def bands(permutations: int, threshold: float) -> Iterator[slice]:
    """Parts of a signature, of which two that reach the threshold have one in common.

    They differ in too few values to differ in each of one band more. Below a threshold of 2/3 bands
    would be too narrow for that; with two values each, one pair in 10^8 of 0.5 is missed.

    >>> list(bands(16, 0.8))
    [slice(0, 4, None), slice(4, 8, None), slice(8, 12, None), slice(12, 16, None)]
    """
    equal = next(n for n in range(permutations + 1) if n / permutations >= threshold)
    wanted = permutations - equal + 1
    rows = min(max(permutations // wanted, _FEWEST_ROWS), _MOST_ROWS)
    for number in range(min(wanted, permutations // rows)):
        yield slice(number * rows, (number + 1) * rows)


def _groups(table: Table, threshold: float) -> npt.NDArray[np.int32]:
    """The documents that agree in a band have one number there; -1 where one is alone with it."""
    columns, numbers = [], 0
    for band in bands(table.shape[1], threshold):
        keys = np.zeros((len(table), _MOST_ROWS), np.uint8)
        keys[:, : band.stop - band.start] = table[:, band]
        _, group, sizes = np.unique(
            keys.view(np.uint64).ravel(), return_inverse=True, return_counts=True
        )
        columns.append(np.where(sizes[group] > 1, group + numbers, -1).astype(np.int32))
        numbers += len(sizes)
    return np.stack(columns, axis=1)


def _best(table: Table, row: int, near: list[int]) -> tuple[int, float]:
    """The most alike of some documents, the first of equals, and its estimated resemblance."""
    shares = (table[near] == table[row]).mean(axis=1)
    best = int(shares.argmax())
    return near[best], float(shares[best])
