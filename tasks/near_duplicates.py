"""Documents that are nearly the same: MinHash signatures, and who is a near-duplicate of whom.

The resemblance of two texts is the Jaccard index of their sets of shingles, runs of consecutive
words (Broder 1997). A signature estimates it; banding finds the pairs that are worth comparing
(Leskovec, Rajaraman and Ullman 2020, chapter 3).
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from schemas.config import IngestConfig

_SCRIPTS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese: no spaces part their words."""
_WORD = re.compile(rf"[{_SCRIPTS}]|[^\W{_SCRIPTS}]+")
_LEAST_SHINGLES = 10
"""Texts with fewer are near-duplicates of none: a form letter's two lines say little."""
_SEED = 20
_ROWS = 5
"""Rows of a band: of two texts that resemble each other by 0.8, one pair in 20,000 is missed with
the 25 bands of 128 permutations; of those by 0.5, half need not be compared."""

Signatures = npt.NDArray[np.uint32]
"""One row a document: (documents, permutations)."""


def signature(text: str, config: IngestConfig) -> bytes:
    """The MinHash signature of a text, 4 bytes a permutation; nothing where the text is short."""
    if config.near_duplicate_threshold >= 1:
        return b""
    shingles = shingled(text, config.shingle_words)
    if len(shingles) < _LEAST_SHINGLES:
        return b""
    from rensa import RMinHash

    made = RMinHash(config.minhash_permutations, _SEED)
    made.update(list(shingles))
    return np.array(made.digest(), "<u4").tobytes()


def shingled(text: str, words: int) -> set[str]:
    """Every run of so many words, in lower case; a character is a word where no spaces part them.

    >>> sorted(shingled("To be, or not to be!", 3))
    ['be or not', 'not to be', 'or not to', 'to be or']
    """
    found = _WORD.findall(text.lower())
    return {" ".join(found[i : i + words]) for i in range(len(found) - words + 1)}


def originals(signatures: Sequence[bytes], threshold: float) -> list[tuple[int, float]]:
    """Of each document the one that it nearly repeats, and how alike the two are, 0 to 1.

    A document is compared with those before it that repeat none; -1 and 0 where none reaches the
    threshold. The first of the most alike is taken, so that the order alone decides.
    """
    found = [(-1, 0.0)] * len(signatures)
    lengths = {len(each) for each in signatures if each}
    if threshold >= 1 or len(lengths) != 1:
        return found
    table = _table(signatures, lengths.pop())
    bands = [slice(i, i + _ROWS) for i in range(0, table.shape[1] - _ROWS + 1, _ROWS)]
    buckets: list[dict[bytes, list[int]]] = [{} for _ in bands]
    for number, each in enumerate(signatures):
        if not each:
            continue
        row = table[number]
        keys = [row[band].tobytes() for band in bands]
        near = {i for bucket, key in zip(buckets, keys, strict=True) for i in bucket.get(key, ())}
        if near and (best := _best(table, row, sorted(near)))[1] >= threshold:
            found[number] = best
            continue
        for bucket, key in zip(buckets, keys, strict=True):
            bucket.setdefault(key, []).append(number)
    return found


def _best(table: Signatures, row: npt.NDArray[np.uint32], near: list[int]) -> tuple[int, float]:
    """The most alike of some documents, the first of equals, and its estimated resemblance."""
    shares = (table[near] == row).mean(axis=1)
    best = int(shares.argmax())
    return near[best], float(shares[best])


def _table(signatures: Sequence[bytes], length: int) -> Signatures:
    """All signatures; zeros where there is none."""
    nothing = bytes(length)
    joined = b"".join(each or nothing for each in signatures)
    return np.frombuffer(joined, "<u4").reshape(len(signatures), -1)
