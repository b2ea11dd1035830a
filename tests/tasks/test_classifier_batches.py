"""The batches of an epoch of a classifier's training."""

from schemas.training import ClassifierTraining
from tasks.classifier_batches import Example, epoch_batches, shortened

CONFIG = ClassifierTraining(task="sentiment", batch_size=4, max_tokens=16)


def numbered(length: int, label: int = 0, share: float = 1.0) -> Example:
    """An example whose pieces are their own numbers."""
    return Example(tuple(range(length)), label, share)


def test_every_example_is_drawn_once() -> None:
    """In batches of the size asked for, the last one smaller."""
    examples = [numbered(3, label) for label in range(10)]

    batches = epoch_batches(examples, CONFIG, epoch=0)

    assert sorted(e.label for batch in batches for e in batch) == list(range(10))
    assert sorted(map(len, batches)) == [2, 4, 4]


def test_an_epoch_is_the_same_each_time() -> None:
    """So that a training can be gone on with; another epoch has another order."""
    examples = [numbered(i % 30 + 1, i) for i in range(100)]

    again = epoch_batches(examples, CONFIG, epoch=3)

    assert epoch_batches(examples, CONFIG, epoch=3) == again
    assert epoch_batches(examples, CONFIG, epoch=4) != again


def test_batches_hold_texts_of_like_length() -> None:
    """Padding is poison: among 1 to 14 pieces, no batch mixes the short with the long."""
    examples = [numbered(i % 14 + 1, i) for i in range(400)]

    batches = epoch_batches(examples, CONFIG, epoch=0)

    spread = [max(len(e.pieces) for e in b) - min(len(e.pieces) for e in b) for b in batches]
    assert max(spread) <= 5


def test_long_texts_show_another_window_each_epoch() -> None:
    """Of as many pieces as fit beside the two special ones, consecutive ones."""
    windows = [epoch_batches([numbered(200)], CONFIG, epoch)[0][0].pieces for epoch in range(5)]

    assert {len(window) for window in windows} == {14}
    assert all(window == tuple(range(window[0], window[0] + 14)) for window in windows)
    assert len(set(windows)) > 1


def test_a_share_of_a_file_is_drawn() -> None:
    """About a quarter, and not the same quarter each epoch."""
    examples = [numbered(3, label, share=0.25) for label in range(400)]

    drawn = [
        {e.label for batch in epoch_batches(examples, CONFIG, epoch) for e in batch}
        for epoch in range(2)
    ]

    assert all(70 < len(each) < 130 for each in drawn)
    assert drawn[0] != drawn[1]


def test_the_first_window_is_scored() -> None:
    """A short text stays whole."""
    long, short = shortened([numbered(200), numbered(5)], 16)

    assert long.pieces == tuple(range(14))
    assert short.pieces == tuple(range(5))
