"""Texts in word pieces, for whatever engine reads them: windows, and batches of like length.

Texts are batched with others of nearly the same length only: padding costs more than a batch
saves on a CPU.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tasks import windows
from tasks.windows import Span

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Integers = npt.NDArray[np.int64]

_BATCH_PIECES = 2048
"""Word pieces a batch: more does not fit the caches, less starves the matrix product."""
_ALIKE = 1.15
"""Longest text of a batch, as a multiple of its shortest."""


@dataclass(frozen=True)
class Batch:
    """Texts of nearly one length, as a model takes them."""

    texts: list[int]
    """Their numbers."""
    ids: Integers
    """Their pieces, (texts, pieces), padded to the longest."""
    mask: Integers
    """1 where there is a piece, 0 where there is padding, (texts, pieces)."""


class Pieces:
    """A tokenizer, and how many pieces its model takes."""

    def __init__(self, tokenizer: "Tokenizer", *, max_tokens: int, pad_id: int) -> None:
        tokenizer.no_truncation()  # some files bake both in
        tokenizer.no_padding()
        self._tokenizer, self._pad_id = tokenizer, pad_id
        self._special = tokenizer.num_special_tokens_to_add(is_pair=False)
        self.max_tokens = max_tokens

    def windows(self, text: str, *, max_tokens: int) -> list[Span]:
        """Spans that cover the text, each of at most `max_tokens` pieces, special ones counted.

        They end at the end of a sentence where one falls in their second half, else between words.
        """
        size = max(min(max_tokens, self.max_tokens) - self._special, 1)
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return list(windows.windows(text, [(s, e) for s, e in offsets if e > s], size))

    def ids(self, text: str) -> list[int]:
        """The pieces of a text, special ones too; what the model cannot take is cut off."""
        return list(self.encoding(text).ids)

    def encoding(self, text: str) -> "Encoding":
        """The same, with where each piece stands and the number of its word."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        if len(encoding) > self.max_tokens - self._special:
            encoding.truncate(self.max_tokens - self._special)
        return self._tokenizer.post_process(encoding)

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """The texts in batches of nearly equal length, shortest first."""
        ids = [self.ids(text) for text in texts]
        order = sorted(range(len(texts)), key=lambda i: (len(ids[i]), i))
        for numbers in _alike(order, [len(each) for each in ids]):
            yield self._padded(numbers, [ids[i] for i in numbers])

    def _padded(self, numbers: list[int], ids: Sequence[Sequence[int]]) -> Batch:
        padded = np.full((len(ids), max(map(len, ids))), self._pad_id, np.int64)
        mask = np.zeros_like(padded)
        for row, each in enumerate(ids):
            padded[row, : len(each)] = each
            mask[row, : len(each)] = 1
        return Batch(numbers, padded, mask)


def _alike(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Runs of texts of nearly equal length, of at most so many pieces."""
    batch: list[int] = []
    for i in order:
        if batch and (
            lengths[i] > lengths[batch[0]] * _ALIKE + 2
            or (len(batch) + 1) * lengths[i] > _BATCH_PIECES
        ):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
