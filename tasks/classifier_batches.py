"""Examples of a classifier, and the batches that each epoch makes of them.

The order and the windows of long texts follow from the seed and the epoch alone, so that a
training that was killed goes on as if it had not been.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from schemas.training import ClassifierTraining

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerFast

_MIXED = 0.15
"""How far a text's length is shaken before batches of like length are cut, as a share of it."""


@dataclass(frozen=True)
class Example:
    """A text in word pieces, the number of its label, and what a teacher says of it."""

    pieces: tuple[int, ...]
    label: int
    share: float = 1.0
    """Chance to be drawn in an epoch."""
    taught: tuple[float, ...] = ()
    """Logits of the teacher, or none."""
    weight: float = 1.0
    """Of its label in the loss."""


@dataclass(frozen=True)
class Batch:
    """Texts of nearly one length, as the model takes them: (texts, pieces), (texts,)."""

    ids: "torch.Tensor"
    mask: "torch.Tensor"
    labels: "torch.Tensor"
    weights: "torch.Tensor"
    taught: "torch.Tensor | None"


def epoch_batches(
    examples: Sequence[Example], config: ClassifierTraining, epoch: int
) -> list[list[Example]]:
    """The batches of an epoch: of texts of like length, in random order."""
    order = random.Random(f"{config.seed} {epoch}")  # noqa: S311  # not for secrets
    drawn = [e for e in examples if e.share >= 1 or order.random() < e.share]
    cut = [_window(e, config.max_tokens - 2, order) for e in drawn]
    cut.sort(key=lambda e: len(e.pieces) * order.uniform(1 - _MIXED, 1 + _MIXED))
    size = config.batch_size
    batches = [cut[i : i + size] for i in range(0, len(cut), size)]
    order.shuffle(batches)
    return batches


def collated(batch: Sequence[Example], tokens: "PreTrainedTokenizerFast") -> Batch:
    """The batch as tensors, padded to its longest text."""
    import torch

    first, last = int(tokens.cls_token_id or 0), int(tokens.sep_token_id or 0)
    length = max(len(e.pieces) for e in batch) + 2
    ids = np.full((len(batch), length), int(tokens.pad_token_id or 0), np.int64)
    mask = np.zeros_like(ids)
    for row, example in enumerate(batch):
        whole = [first, *example.pieces, last]
        ids[row, : len(whole)] = whole
        mask[row, : len(whole)] = 1
    taught = torch.tensor([e.taught for e in batch]) if all(e.taught for e in batch) else None
    labels = torch.tensor([e.label for e in batch])
    weights = torch.tensor([e.weight for e in batch])
    return Batch(torch.from_numpy(ids), torch.from_numpy(mask), labels, weights, taught)


def shortened(examples: Sequence[Example], max_tokens: int) -> list[Example]:
    """The first window of each example: what it is scored on."""
    return [replace(e, pieces=e.pieces[: max_tokens - 2]) for e in examples]


def _window(example: Example, size: int, order: random.Random) -> Example:
    """Some consecutive pieces of a long example."""
    spare = len(example.pieces) - size
    if spare <= 0:
        return example
    start = order.randint(0, spare)
    return replace(example, pieces=example.pieces[start : start + size])
