"""Trains a classifier of texts: a low-rank adapter and a head on a sentence encoder (LoRA)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from schemas.training import ClassifierTraining
from tasks import (
    calibration,
    checkpoints,
    classifier_data,
    model_references,
    torch_learner,
    training_loop,
)
from tasks.classifier_batches import Batch, Example, collated, epoch_batches, shortened
from tasks.classifier_data import Material
from tasks.torch_learner import TorchLearner
from tasks.training_loop import Judgement

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerFast

    from tasks.torch_learner import Trained

_SOFT = 2.0
"""Temperature at which a teacher is learnt from (Hinton et al. 2015)."""


def train(
    data: Sequence[Path], dev: Sequence[Path], out: Path, config: ClassifierTraining
) -> dict[str, float]:
    """Train, write the model to `out`, and return scores on the dev data, 0 to 1.

    Raises `CorpusError` that names the rows at fault where the data are not as they should be.
    """
    import torch
    from transformers import AutoModelForSequenceClassification

    from tasks.onnx_export import export_classifier

    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    learnt, scored = classifier_data.read(data, config), classifier_data.read(dev, config)
    labels = classifier_data.labels_of({**learnt, **scored}, config)
    tokens = torch_learner.tokenizer(config)
    material = classifier_data.material(learnt, scored, labels, tokens, config)
    started = torch_learner.started(AutoModelForSequenceClassification, config, labels)
    model = torch_learner.adapted(started, config, "SEQ_CLS")
    learner = Learner(model, tokens, material, config)
    origin = {"base": model_references.identity(config.base)}
    fingerprint = training_loop.fingerprint(config, data, dev, origin)
    metrics = training_loop.Run(learner, out, config, fingerprint).fit()
    logits, gold = learner.predicted(material.dev), np.array([e.label for e in material.dev])
    heat = calibration.temperature(logits, gold)
    export_classifier(
        learner.merged(), config.base, out, labels=labels, int8=config.int8, temperature=heat
    )
    metrics.write(out)
    metrics.picture(out)
    checkpoints.clear(out)
    return calibration.scores(logits.argmax(axis=1), gold, len(labels)) | {
        "temperature": heat,
        "calibration_error": calibration.expected_error(calibration.softmax(logits / heat), gold),
    }


class Learner(TorchLearner):
    """A classifier in training."""

    def __init__(
        self,
        model: "Trained",
        tokens: "PreTrainedTokenizerFast",
        material: Material,
        config: ClassifierTraining,
    ) -> None:
        super().__init__(model, tokens, config)
        self._material, self._config = material, config

    def batches(self, epoch: int) -> Sequence[list[Example]]:
        """The batches of an epoch."""
        return epoch_batches(self._material.train, self._config, epoch)

    def step(self, batch: list[Example], *, learning_rate: float, number: int) -> float:
        """One step of the optimizer; the loss before it."""
        self.ready(learning_rate, number)
        inputs = collated(batch, self.tokens)
        logits = self.model(input_ids=inputs.ids, attention_mask=inputs.mask).logits
        return self.take(loss_of(logits, inputs, self._config))

    def judged(self) -> Judgement:
        """Mean of accuracy and macro F1 on the dev data."""
        gold = np.array([e.label for e in self._material.dev])
        logits = self.predicted(self._material.dev)
        found = calibration.scores(logits.argmax(axis=1), gold, len(self._material.labels))
        score = (found["accuracy"] + found["macro_f1"]) / 2
        return Judgement(calibration.surprise(logits, gold), score)

    def predicted(self, examples: Sequence[Example]) -> calibration.Floats:
        """Logits of the examples, float32 (n, labels); of a long one those of its first window."""
        import torch

        self.model.eval()
        cut = shortened(examples, self._config.max_tokens)
        order = sorted(range(len(cut)), key=lambda i: len(cut[i].pieces))
        found = dict[int, calibration.Floats]()
        with torch.inference_mode():
            for start in range(0, len(order), self._config.batch_size):
                part = order[start : start + self._config.batch_size]
                batch = collated([cut[i] for i in part], self.tokens)
                logits = self.model(input_ids=batch.ids, attention_mask=batch.mask).logits
                found |= dict(zip(part, logits.numpy(), strict=True))
        return np.stack([found[i] for i in range(len(cut))])


def loss_of(logits: "torch.Tensor", batch: Batch, config: ClassifierTraining) -> "torch.Tensor":
    """Cross entropy with the labels, and with the teacher's softened opinion where there is one.

    The gradients of that are scaled by the square of the temperature (Hinton et al. 2015).
    """
    from torch.nn import functional

    each = functional.cross_entropy(
        logits, batch.labels, label_smoothing=config.label_smoothing, reduction="none"
    )
    hard = (each * batch.weights).mean()
    if batch.taught is None:
        return hard
    soft = functional.kl_div(
        functional.log_softmax(logits / _SOFT, dim=-1),
        functional.softmax(batch.taught / _SOFT, dim=-1),
        reduction="batchmean",
    )
    return (1 - config.teacher_weight) * hard + config.teacher_weight * _SOFT**2 * soft
