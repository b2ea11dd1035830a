"""How a training goes: a row a step and an epoch, a line now and then, a picture at the end."""

import io
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.folders.disk import replacing

FOLDER = "training"
TABLE, PICTURE = "metrics.parquet", "loss.png"
_LOG = logging.getLogger("corpusmill.training")
_LINES = 50
"""Lines of a training's log: one every two per cent."""
_SMOOTH = 0.98
"""Share of the running mean that a step leaves."""

_COLOURS = 64
"""Of the picture: enough for five and their shades, and half the size of all."""


def _field(name: str, kind: pa.DataType, about: str, *, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"description": about})


SCHEMA = pa.schema(
    [
        _field("iteration", pa.int32(), "Steps done."),
        _field("epoch", pa.int32(), "Number of the epoch, from 0."),
        _field("kind", pa.string(), "step, or epoch for what is measured at its end."),
        _field(
            "loss",
            pa.float32(),
            "Of the step's examples before it; of the dev data at the end of an epoch.",
            nullable=True,
        ),
        _field("learning_rate", pa.float32(), "Step size of the optimizer."),
        _field("score", pa.float32(), "Dev score that chooses the epoch, 0 to 1.", nullable=True),
        _field("seconds", pa.float32(), "Since the training, or its last resume, began."),
    ]
)


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    iteration: int
    epoch: int
    kind: Literal["step", "epoch"]
    loss: float | None
    learning_rate: float
    score: float | None
    seconds: float


class Metrics:
    """The rows of one training of so many steps."""

    def __init__(self, steps: int, rows: Sequence[Row] = (), done: int = 0) -> None:
        self.rows = list(rows)
        self._steps, self._started = steps, time.monotonic()
        self._done = done
        self._mean = math.nan

    @classmethod
    def resumed(cls, out: Path, iteration: int, steps: int) -> "Metrics":
        """The rows written up to an iteration, to go on from; none where they are lost."""
        path = out / FOLDER / TABLE
        try:
            with pq.ParquetFile(path) as file:
                rows = [Row(**row) for row in file.read().to_pylist()]
        except (OSError, pa.ArrowException) as error:
            _LOG.warning("the metrics begin anew: %s cannot be read: %s", path, error)
            rows = []
        return cls(steps, [row for row in rows if row.iteration <= iteration], iteration)

    def step(self, *, iteration: int, epoch: int, loss: float, learning_rate: float) -> None:
        """Record a step."""
        self._add(iteration, epoch, "step", loss, learning_rate, None)
        new = math.isnan(self._mean)
        self._mean = loss if new else _SMOOTH * self._mean + (1 - _SMOOTH) * loss
        if iteration % math.ceil(self._steps / _LINES) == 0:
            left = self._seconds() / (iteration - self._done) * (self._steps - iteration)
            _LOG.info(
                "step %d of %d, epoch %d: loss %.4f, learning rate %.2g, %.0f s left",
                iteration, self._steps, epoch, self._mean, learning_rate, left,
            )  # fmt: skip

    def epoch(
        self, *, iteration: int, epoch: int, loss: float | None, learning_rate: float, score: float
    ) -> None:
        """Record the end of an epoch."""
        self._add(iteration, epoch, "epoch", loss, learning_rate, score)
        _LOG.info("epoch %d: dev score %.4f", epoch, score)

    def write(self, out: Path) -> None:
        """Write the table under the model's directory; it appears whole or not at all."""
        table = pa.Table.from_pylist([asdict(row) for row in self.rows], SCHEMA)
        with replacing(out / FOLDER / TABLE) as path:
            pq.write_table(table, path, compression="zstd")

    def picture(self, out: Path) -> None:
        """Draw the loss of the steps and the score of the epochs beside the table."""
        from matplotlib.figure import Figure
        from PIL import Image

        figure = Figure(figsize=(8, 4.5), layout="constrained", dpi=100)
        steps = [row for row in self.rows if row.kind == "step"]
        at = [row.iteration for row in steps]
        losses = [math.nan if row.loss is None else row.loss for row in steps]
        scale = "log" if any(loss > 0 for loss in losses) else "linear"
        axes = figure.add_subplot(xlabel="step", ylabel=f"loss ({scale} scale)", yscale=scale)
        axes.plot(at, losses, color="#9ecae1", linewidth=0.5, label="loss of a step")
        axes.plot(at, smoothed(losses), color="#08519c", label="running mean")
        scores = axes.twinx()
        scores.set_ylabel("dev score")
        ends = [row for row in self.rows if row.kind == "epoch"]
        scores.plot(
            [row.iteration for row in ends],
            [math.nan if row.score is None else row.score for row in ends],
            color="#b35806", marker="o", linestyle="--", label="dev score",
        )  # fmt: skip
        figure.legend(loc="outside upper center", ncols=3, frameon=False)
        drawn = io.BytesIO()
        figure.savefig(drawn)
        few = Image.open(drawn).convert("RGB").quantize(_COLOURS)
        few.save(out / FOLDER / PICTURE, optimize=True)

    def _add(
        self,
        iteration: int,
        epoch: int,
        kind: Literal["step", "epoch"],
        loss: float | None,
        learning_rate: float,
        score: float | None,
    ) -> None:
        seconds = self._seconds()
        self.rows.append(Row(iteration, epoch, kind, loss, learning_rate, score, seconds))

    def _seconds(self) -> float:
        return time.monotonic() - self._started


def smoothed(losses: Sequence[float]) -> list[float]:
    """The running mean of the losses; what a step weighs falls by 2 % with each one after it.

    Corrected for its start, as Adam's moments are (Kingma and Ba 2015). A loss that is no number
    leaves the mean as it was.

    >>> smoothed([2.0, 2.0])
    [2.0, 2.0]
    """
    found, mean, weight = list[float](), 0.0, 0.0
    for loss in losses:
        if not math.isnan(loss):
            mean = _SMOOTH * mean + (1 - _SMOOTH) * loss
            weight = _SMOOTH * weight + (1 - _SMOOTH)
        found.append(round(mean / weight, 12) if weight else math.nan)
    return found
