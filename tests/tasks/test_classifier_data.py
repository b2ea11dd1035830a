"""What a classifier is trained on: which examples, and how much each counts."""

from pathlib import Path

import pytest
import torch

from schemas.training import ClassifierTraining
from tasks import classifier_data, torch_learner
from tasks.classifier_batches import Example, collated
from tasks.labelled import TextExample
from tasks.training_classifier import loss_of
from tests.small_models import SmallModels

pytest_plugins = ["tests.model_fixtures"]


def config(base: Path, **knobs: object) -> ClassifierTraining:
    """Settings of a training of two classes."""
    return ClassifierTraining.model_validate(
        {"task": "classification", "base": str(base), "layers": 1} | knobs
    )


@pytest.mark.parametrize(("weights", "bad", "good"), [("none", 1.0, 1.0), ("balanced", 2.5, 0.625)])
def test_rare_classes_can_count_as_much_as_frequent_ones(
    weights: str, bad: float, good: float, small_models: SmallModels
) -> None:
    """Two bad and eight good ones: each class weighs five, and an example one on average."""
    knobs = config(small_models.encoder, class_weights=weights)
    files = {
        Path("a.csv"): [TextExample("a", "bad")] * 2 + [TextExample("b", "good")] * 8,
        Path("b.csv"): [TextExample("c", "good")],
    }

    made = classifier_data.material(
        files, {Path("dev.csv"): []}, ("bad", "good"), torch_learner.tokenizer(knobs), knobs
    )

    assert [e.weight for e in made.train] == [bad] * 2 + [good] * 8 + [1.0]


def test_an_example_counts_by_its_weight(small_models: SmallModels) -> None:
    """The loss is the mean of each one's, times its weight."""
    knobs = config(small_models.encoder)
    tokens = torch_learner.tokenizer(knobs)
    batch = collated([Example((5,), 0, weight=3.0), Example((6,), 1, weight=0.5)], tokens)
    logits = torch.tensor([[0.0, 1.0], [0.0, 1.0]])

    loss = loss_of(logits, batch, knobs)

    wrong, right = torch.log1p(torch.tensor([1.0, -1.0]).exp())
    assert float(loss) == pytest.approx(float(3 * wrong + 0.5 * right) / 2)
