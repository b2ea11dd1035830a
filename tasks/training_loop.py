"""The loop that every training goes through: steps, scores, checkpoints, an early end.

What is drawn at random follows from the seed, the epoch and the step alone, so that a training
that was killed goes on from its last checkpoint as if it had not been.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np

from schemas.training import Training
from tasks import checkpoints
from tasks.training_metrics import Metrics

BatchT = TypeVar("BatchT")


@dataclass(frozen=True)
class Judgement:
    """How good the model is on the dev data."""

    loss: float | None
    """On the dev data; none where the model has no loss to speak of."""
    score: float
    """What the best epoch is chosen by, 0 to 1."""


class Learner(Protocol[BatchT]):
    """A model in training."""

    def batches(self, epoch: int) -> Sequence[BatchT]:
        """The batches of an epoch: the same each time it is asked."""

    def step(self, batch: BatchT, *, learning_rate: float, number: int) -> float:
        """Take one step; the loss before it. `number` is all that chance may follow from."""

    def judged(self) -> Judgement:
        """Score the present weights on the dev data."""

    def weights(self) -> bytes:
        """The present weights."""

    def judged_weights(self) -> bytes:
        """The weights that are judged: the present ones, or their average over the steps."""

    def put(self, weights: bytes) -> None:
        """Take these weights."""

    def moments(self) -> bytes:
        """What the optimizer remembers."""

    def remember(self, moments: bytes) -> None:
        """Take this as the optimizer's memory."""


@dataclass
class Best:
    """The epoch of the best score so far."""

    score: float = -1.0
    epoch: int = -1
    weights: bytes = b""


class Run(Generic[BatchT]):
    """One training of a learner: start it with `fit`."""

    def __init__(
        self, learner: Learner[BatchT], out: Path, config: Training, fingerprint: str
    ) -> None:
        self._learner, self._out, self._config = learner, out, config
        self._fingerprint = fingerprint
        self._best = Best()
        self._plan = [len(learner.batches(epoch)) for epoch in range(config.epochs)]
        self._metrics = Metrics(sum(self._plan))
        self._done = 0

    def fit(self) -> Metrics:
        """Train until the epochs are over or the dev score has stopped rising.

        The learner is left with the weights of its best epoch. The newest checkpoint under the
        output directory is gone on from, if it is one of this very training.
        """
        self._resume()
        for epoch in range(self._config.epochs):
            if self._done < sum(self._plan[: epoch + 1]) and not self._over(epoch):
                self._epoch(epoch)
        self._learner.put(self._best.weights)
        return self._metrics

    def _epoch(self, epoch: int) -> None:
        saved, rate = time.monotonic(), 0.0
        first, last, total = sum(self._plan[:epoch]), sum(self._plan[: epoch + 1]), sum(self._plan)
        for number, batch in enumerate(self._learner.batches(epoch), first):
            if number < self._done:
                continue
            rate = self._config.learning_rate * slope(number / total, self._config)
            loss = self._learner.step(batch, learning_rate=rate, number=number)
            self._done = number + 1
            self._metrics.step(iteration=self._done, epoch=epoch, loss=loss, learning_rate=rate)
            if self._done < last and time.monotonic() - saved > self._config.checkpoint_s:
                self._checkpoint(epoch)
                saved = time.monotonic()
        found = self._learner.judged()
        self._metrics.epoch(
            iteration=self._done,
            epoch=epoch,
            loss=found.loss,
            learning_rate=rate,
            score=found.score,
        )
        if found.score > self._best.score:
            self._best = Best(found.score, epoch, self._learner.judged_weights())
        self._checkpoint(epoch)

    def _over(self, epoch: int) -> bool:
        return 0 < self._config.patience < epoch - self._best.epoch

    def _checkpoint(self, epoch: int) -> None:
        state = {
            "weights": self._learner.weights(),
            "moments": self._learner.moments(),
            "best": self._best.weights,
            "about": json.dumps({"score": self._best.score, "epoch": self._best.epoch}).encode(),
        }
        self._metrics.write(self._out)
        checkpoints.save(
            self._out, state, fingerprint=self._fingerprint, iteration=self._done, epoch=epoch
        )

    def _resume(self) -> None:
        found = checkpoints.newest(self._out, self._fingerprint)
        if found is None:
            return
        self._learner.put(found.state["weights"])
        self._learner.remember(found.state["moments"])
        about = json.loads(found.state["about"])
        self._best = Best(about["score"], about["epoch"], found.state["best"])
        self._done = found.iteration
        self._metrics = Metrics.resumed(self._out, found.iteration, sum(self._plan))


def slope(share: float, config: Training) -> float:
    """Factor of the learning rate after a share of the steps: up, then as the schedule says."""
    if share < config.warmup_share:
        return share / config.warmup_share
    left = (1 - share) / (1 - config.warmup_share)
    if config.schedule == "cosine":
        return float(0.5 - 0.5 * np.cos(np.pi * left))
    return left if config.schedule == "linear" else 1.0


def fingerprint(
    config: Training, data: Sequence[Path], dev: Sequence[Path], base: Mapping[str, str]
) -> str:
    """What a checkpoint must share to be gone on from: settings, data and models."""
    kept = config.model_dump(mode="json", exclude={"threads", "checkpoint_s"})
    digests = [checkpoints.data_digests(data), checkpoints.data_digests(dev)]
    text = json.dumps([kept, digests, dict(base)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
