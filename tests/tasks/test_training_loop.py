"""The loop of every training, with a model of one number."""

import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.training import ClassifierTraining
from tasks.training_loop import Judgement, Run, fingerprint, slope

EPOCHS = 4


class Killed(Exception):
    """The training's process is gone."""


class OneNumber:
    """Learns a number: each step moves it by the learning rate and its batch."""

    def __init__(self, scores: Sequence[float] = (0.1, 0.2, 0.3, 0.4), dies_at: int = -1) -> None:
        self.value, self.momentum = 0.0, 0.0
        self.steps: list[int] = []
        self._scores, self._dies_at, self._judged = scores, dies_at, 0

    def batches(self, epoch: int) -> Sequence[float]:
        """Five batches an epoch."""
        return [epoch + i / 10 for i in range(5)]

    def step(self, batch: float, *, learning_rate: float, number: int) -> float:
        """Move the number, or die."""
        if number == self._dies_at:
            raise Killed
        self.steps.append(number)
        self.momentum = 0.9 * self.momentum + batch
        self.value += learning_rate * self.momentum
        return batch

    def judged(self) -> Judgement:
        """The score of the epoch."""
        epoch = round((self.steps[-1] + 1) / 5) - 1
        return Judgement(None, self._scores[epoch])

    def weights(self) -> bytes:
        """The number."""
        return struct.pack("d", self.value)

    def judged_weights(self) -> bytes:
        """The number."""
        return self.weights()

    def put(self, weights: bytes) -> None:
        """Take the number."""
        (self.value,) = struct.unpack("d", weights)

    def moments(self) -> bytes:
        """The momentum."""
        return struct.pack("d", self.momentum)

    def remember(self, moments: bytes) -> None:
        """Take the momentum."""
        (self.momentum,) = struct.unpack("d", moments)


def config(**knobs: object) -> ClassifierTraining:
    return ClassifierTraining.model_validate(
        {"task": "sentiment", "epochs": EPOCHS, "checkpoint_s": 0} | knobs
    )


@pytest.mark.parametrize("dies_at", [1, 4, 5, 12, 19])
def test_a_killed_training_ends_as_if_it_had_not_been(dies_at: int, tmp_path: Path) -> None:
    """With the same weights, and no finished step is done again."""
    whole = OneNumber()
    Run(whole, tmp_path / "whole", config(), "f").fit()

    with pytest.raises(Killed):
        Run(OneNumber(dies_at=dies_at), tmp_path / "cut", config(), "f").fit()
    resumed = OneNumber()
    Run(resumed, tmp_path / "cut", config(), "f").fit()

    assert resumed.value == whole.value
    assert resumed.steps == list(range(dies_at, 20))


def test_an_epoch_is_judged_even_if_killed_while_judging(tmp_path: Path) -> None:
    """Its last step is done again, rather than its score lost."""

    class DiesJudging(OneNumber):
        def judged(self) -> Judgement:
            raise Killed

    with pytest.raises(Killed):
        Run(DiesJudging(), tmp_path, config(epochs=1), "f").fit()
    learner = OneNumber()

    metrics = Run(learner, tmp_path, config(epochs=1), "f").fit()

    assert [row.score for row in metrics.rows if row.kind == "epoch"] == [0.1]
    assert learner.steps == [4]


def test_another_training_is_not_gone_on_with(tmp_path: Path) -> None:
    """A checkpoint of other settings or data counts as none."""
    with pytest.raises(Killed):
        Run(OneNumber(dies_at=12), tmp_path, config(), "one").fit()
    other = OneNumber()

    Run(other, tmp_path, config(), "another").fit()

    assert other.steps == list(range(20))


def test_the_best_epoch_is_kept(tmp_path: Path) -> None:
    """Its weights, not the last ones."""
    second = OneNumber()
    for number, batch in enumerate([*second.batches(0), *second.batches(1)]):
        second.step(batch, learning_rate=config().learning_rate, number=number)
    learner = OneNumber(scores=(0.1, 0.9, 0.3, 0.4))

    Run(learner, tmp_path, config(schedule="constant", warmup_share=0), "f").fit()

    assert learner.value == pytest.approx(second.value)


def test_stops_early(tmp_path: Path) -> None:
    """After so many epochs without a better score."""
    learner = OneNumber(scores=(0.5, 0.4, 0.4, 0.9))

    Run(learner, tmp_path, config(patience=1), "f").fit()

    assert learner.steps == list(range(10))


@pytest.mark.parametrize(
    ("schedule", "share", "factor"),
    [
        ("linear", 0.0, 0.0),
        ("linear", 0.05, 0.5),
        ("linear", 0.1, 1.0),
        ("linear", 0.55, 0.5),
        ("cosine", 0.55, 0.5),
        ("cosine", 0.775, 0.1464),
        ("constant", 0.9, 1.0),
    ],
)
def test_schedules(schedule: str, share: float, factor: float) -> None:
    """Up over the first tenth, then down as each schedule says."""
    found = slope(share, config(schedule=schedule, warmup_share=0.1))

    assert found == pytest.approx(factor, abs=1e-4)


def test_fingerprint_follows_what_changes_the_result(tmp_path: Path) -> None:
    """Settings, data and base; threads and checkpoints play no part."""
    data = tmp_path / "data.jsonl"
    data.write_text("a")
    first = fingerprint(config(), [data], [], {"base": "x"})

    same = fingerprint(config(threads=2, checkpoint_s=9), [data], [], {"base": "x"})
    knob = fingerprint(config(seed=3), [data], [], {"base": "x"})
    base = fingerprint(config(), [data], [], {"base": "y"})
    data.write_text("b")
    text = fingerprint(config(), [data], [], {"base": "x"})

    assert same == first
    assert len({first, knob, base, text}) == 4
