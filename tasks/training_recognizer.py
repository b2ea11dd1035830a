"""Trains a recognizer of entities: a tag for each word, by a head on a sentence encoder."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from schemas.training import RecognizerTraining
from tasks import checkpoints, model_references, recognizer_data, torch_learner, training_loop
from tasks.labelled import TokenExample
from tasks.recognizer_data import UNSCORED, Example, Name
from tasks.token_classifier import names, tags
from tasks.torch_learner import TorchLearner
from tasks.training_loop import Judgement
from tasks.word_case import TYPES

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from tasks.torch_learner import Trained


def train(
    data: Sequence[Path], dev: Sequence[Path], out: Path, config: RecognizerTraining
) -> dict[str, float]:
    """Train, write the model to `out`, and return scores on the dev data, 0 to 1.

    Raises `CorpusError` that names the rows at fault where the data are not as they should be.
    """
    import torch
    from transformers import AutoModelForTokenClassification

    from tasks.onnx_export import export_token_classifier

    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    learnt, scored = (recognizer_data.read(paths, config) for paths in (data, dev))
    if not dev:
        learnt, scored = recognizer_data.split(learnt, config)
    labels = recognizer_data.labels_of([*learnt, *scored])
    tokens = torch_learner.tokenizer(config)
    model = torch_learner.started(AutoModelForTokenClassification, config, labels)
    if config.case_types:
        _with_case(model)
    learner = Learner(
        torch_learner.adapted(model, config, "TOKEN_CLS"), tokens, learnt, scored, labels, config
    )
    origin = {"base": model_references.identity(config.base)}
    fingerprint = training_loop.fingerprint(config, data, dev, origin)
    metrics = training_loop.Run(learner, out, config, fingerprint).fit()
    export_token_classifier(
        learner.merged(),
        config.base,
        out,
        labels=labels,
        int8=config.int8,
        case_types=config.case_types,
    )
    metrics.write(out)
    metrics.picture(out)
    checkpoints.clear(out)
    return learner.scores()


class Learner(TorchLearner):
    """A recognizer in training."""

    def __init__(  # all of it is what it learns from
        self,
        model: "Trained",
        tokens: "PreTrainedTokenizerFast",
        learnt: Sequence[Sequence[TokenExample]],
        scored: Sequence[Sequence[TokenExample]],
        labels: Sequence[str],
        config: RecognizerTraining,
    ) -> None:
        super().__init__(model, tokens, config)
        self._learnt_from, self._labels, self._config = learnt, labels, config
        alone = [recognizer_data.joined([e]) for file in scored for e in file]
        self._dev = recognizer_data.encoded(alone, labels, tokens, config)

    def batches(self, epoch: int) -> Sequence[list[Example]]:
        """The batches of an epoch."""
        made = recognizer_data.passages(self._learnt_from, self._config, epoch)
        examples = recognizer_data.encoded(made, self._labels, self.tokens, self._config)
        return recognizer_data.batches(examples, self._config, epoch)

    def step(self, batch: list[Example], *, learning_rate: float, number: int) -> float:
        """One step of the optimizer; the loss before it."""
        from torch.nn import functional

        self.ready(learning_rate, number)
        inputs, labels = _collated(batch, int(self.tokens.pad_token_id or 0))
        logits = self.model(**inputs).logits
        return self.take(
            functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=UNSCORED)
        )

    def judged(self) -> Judgement:
        """F1 of the entities of the dev data."""
        return Judgement(None, self.scores()["entity_f1"])

    def scores(self) -> dict[str, float]:
        """Precision, recall and F1 of whole entities with their types, 0 to 1."""
        hits = found = gold = 0
        for example, row in zip(self._dev, self._predicted(), strict=True):
            theirs = _names(example, example.labels, self._labels)
            ours = _names(example, row, self._labels)
            hits, found, gold = hits + len(ours & theirs), found + len(ours), gold + len(theirs)
        return {
            "entity_precision": hits / max(found, 1),
            "entity_recall": hits / max(gold, 1),
            "entity_f1": 2 * hits / max(found + gold, 1),
        }

    def _predicted(self) -> list[list[int]]:
        """The best label of each piece of the dev examples."""
        import torch

        self.model.eval()
        order = sorted(range(len(self._dev)), key=lambda i: len(self._dev[i].pieces))
        found: dict[int, list[int]] = {}
        with torch.inference_mode():
            for start in range(0, len(order), self._config.batch_size):
                part = order[start : start + self._config.batch_size]
                inputs, _ = _collated(
                    [self._dev[i] for i in part], int(self.tokens.pad_token_id or 0)
                )
                best = self.model(**inputs).logits.argmax(dim=-1).tolist()
                found |= dict(zip(part, best, strict=True))
        return [found[i] for i in range(len(self._dev))]


def _with_case(model: "PreTrainedModel") -> None:
    """Give the encoder a type for each way of writing; all begin as the one that it knows."""
    import torch

    embeddings = cast(Any, model.base_model).embeddings
    known = embeddings.token_type_embeddings.weight.data
    kinds = torch.nn.Embedding(TYPES, known.shape[1])
    kinds.weight.data[:] = known[0]
    embeddings.token_type_embeddings = kinds
    model.config.type_vocab_size = TYPES


def _collated(
    batch: Sequence[Example], padding: int
) -> "tuple[dict[str, torch.Tensor], torch.Tensor]":
    """Input of the model and the labels, each (texts, pieces), padded to the longest."""
    import torch

    def padded(rows: Sequence[Sequence[int]], fill: int) -> "torch.Tensor":
        table = np.full((len(rows), max(map(len, rows))), fill, np.int64)
        for i, row in enumerate(rows):
            table[i, : len(row)] = row
        return torch.from_numpy(table)

    inputs = {
        "input_ids": padded([e.pieces for e in batch], padding),
        "token_type_ids": padded([e.types for e in batch], 0),
        "attention_mask": padded([[1] * len(e.pieces) for e in batch], 0),
    }
    return inputs, padded([e.labels for e in batch], UNSCORED)


def _names(example: Example, row: Sequence[int], labels: Sequence[str]) -> set[Name]:
    """The entities that labels of pieces make, by the numbers of their first pieces."""
    told = tags(labels)
    scored = [i for i, label in enumerate(example.labels) if label != UNSCORED]
    return set(names(((i, i + 1), told[row[i]]) for i in scored))
