"""How a training goes: rows, lines and a picture."""

import logging
import math
import random
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tasks.training_metrics import FOLDER, SCHEMA, Metrics, smoothed


def measured(steps: int = 4) -> Metrics:
    """A training of two epochs."""
    metrics = Metrics(steps)
    for i in range(steps):
        metrics.step(iteration=i + 1, epoch=i // 2, loss=1 / (i + 1), learning_rate=0.1)
        if i % 2:
            metrics.epoch(
                iteration=i + 1, epoch=i // 2, loss=None, learning_rate=0.1, score=i / steps
            )
    return metrics


def test_a_row_a_step_and_an_epoch(tmp_path: Path) -> None:
    """As pandas reads it."""
    measured().write(tmp_path)

    table = pd.read_parquet(tmp_path / FOLDER / "metrics.parquet")
    assert table["kind"].tolist() == ["step", "step", "epoch"] * 2
    assert table["iteration"].tolist() == [1, 2, 2, 3, 4, 4]
    assert table["score"].dropna().tolist() == [0.25, 0.75]
    assert table["loss"].tolist()[:2] == [1.0, 0.5]


def test_every_field_says_what_it_is(tmp_path: Path) -> None:
    """In the file itself."""
    measured().write(tmp_path)

    schema = pq.read_schema(tmp_path / FOLDER / "metrics.parquet")
    assert schema.equals(SCHEMA)
    assert all(field.metadata[b"description"] for field in schema)


def test_goes_on_from_an_iteration(tmp_path: Path) -> None:
    """What was measured after the checkpoint will be measured again."""
    measured().write(tmp_path)

    again = Metrics.resumed(tmp_path, 2, 4)

    assert [(row.iteration, row.kind) for row in again.rows] == [
        (1, "step"),
        (2, "step"),
        (2, "epoch"),
    ]


@pytest.mark.parametrize("data", [None, b"", b"PAR1 of old"])
def test_goes_on_without_rows_where_they_are_lost(
    data: bytes | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The training matters more: it is said, and the rows begin anew."""
    if data is not None:
        (tmp_path / FOLDER).mkdir()
        (tmp_path / FOLDER / "metrics.parquet").write_bytes(data)

    again = Metrics.resumed(tmp_path, 2, 4)

    assert again.rows == []
    assert "the metrics begin anew" in caplog.text


def test_the_time_left_counts_from_the_resume(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps before it took no time of this process."""
    clock = iter([0.0, 5.0, 5.0])
    monkeypatch.setattr("tasks.training_metrics.time.monotonic", lambda: next(clock))
    again = Metrics.resumed(tmp_path, 90, 100)

    with caplog.at_level(logging.INFO, "corpusmill.training"):
        again.step(iteration=92, epoch=0, loss=1.0, learning_rate=0.1)

    assert caplog.messages[-1] == (
        "step 92 of 100, epoch 0: loss 1.0000, learning rate 0.1, 20 s left"
    )


def test_says_how_it_goes(caplog: pytest.LogCaptureFixture) -> None:
    """Some fifty lines, however many steps; none holds up a short training."""
    with caplog.at_level(logging.INFO, "corpusmill.training"):
        measured(steps=1000)

    lines = [record.message for record in caplog.records if "loss" in record.message]
    assert len(lines) == 50
    assert lines[0].startswith("step 20 of 1000, epoch 9: loss 0.")


def test_draws_a_picture(tmp_path: Path) -> None:
    """A PNG, small even where the loss leaps a thousand times."""
    chance = random.Random(1)
    metrics = Metrics(1000)
    for i in range(1, 1001):
        loss = chance.lognormvariate(-i / 1000, 0.4)
        metrics.step(iteration=i, epoch=0, loss=loss, learning_rate=0.1)
    metrics.epoch(iteration=1000, epoch=0, loss=None, learning_rate=0.1, score=0.9)
    metrics.write(tmp_path)

    metrics.picture(tmp_path)

    picture = (tmp_path / FOLDER / "loss.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert 20_000 < len(picture) < 60_000


def test_running_mean_begins_at_the_first_loss() -> None:
    """And follows slowly: a jump by 1 moves it by less than that."""
    found = smoothed([1.0] * 50 + [2.0])

    assert found[0] == 1.0
    assert 1.02 < found[-1] < 1.04


@pytest.mark.parametrize("lost", [math.nan, 0.0])
def test_a_picture_of_losses_that_cannot_be_drawn(lost: float, tmp_path: Path) -> None:
    """A training that went wrong is the one that people look at."""
    metrics = Metrics(2)
    for i in (1, 2):
        metrics.step(iteration=i, epoch=0, loss=lost, learning_rate=0.1)
    metrics.write(tmp_path)

    metrics.picture(tmp_path)

    assert (tmp_path / FOLDER / "loss.png").stat().st_size > 5_000


def test_running_mean_goes_over_what_is_no_number() -> None:
    """One bad step does not end the line."""
    found = smoothed([math.nan, 1.0, math.nan, 1.0])

    assert math.isnan(found[0])
    assert found[1:] == [1.0, 1.0, 1.0]
