"""Trains a spaCy pipeline: sentence ends, parts of speech, morphology and lemmas."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from schemas.training import TaggerTraining
from tasks import checkpoints, model_references, tagger_data, tagger_pipeline, training_loop
from tasks.tagger_data import Piece
from tasks.tagger_pipeline import TAGGER
from tasks.training_loop import Judgement
from tasks.treebank import Document
from tasks.word_vectors import ENCODER as VECTORS

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.pipeline import TrainablePipe
    from spacy.training import Example
    from thinc.api import Model, Optimizer

_NORM = 1.0
"""Longest gradient; a longer one is shortened to it."""
_MEASURED = ("token_f", "pos_acc", "morph_acc", "lemma_acc", "sents_f")
_CHOSEN_BY = ("pos_acc", "lemma_acc", "sents_f")
"""The scores whose mean chooses the best epoch."""
_COUNTS = ("nr_update", "last_seen")
_REMEMBERED = ("mom1", "mom2", "averages", *_COUNTS)
"""The tables of thinc's optimizer, by node and name of the weight."""


def train(
    data: Sequence[Path], dev: Sequence[Path], out: Path, config: TaggerTraining
) -> dict[str, float]:
    """Train, write the pipeline to `out`, and return scores on the dev data, 0 to 1.

    Raises `CorpusError` that names the rows at fault where the data are not as they should be.
    """
    from thinc.api import NumpyOps, fix_random_seed, set_current_ops

    set_current_ops(NumpyOps(use_blis=False))
    fix_random_seed(config.seed)
    learnt, scored = (tagger_data.documents(paths, config) for paths in (data, dev))
    if not dev:
        learnt, scored = tagger_data.split(learnt, config)
    words = (word for document in learnt for s in document for word in s.words)
    nlp = tagger_pipeline.new_pipeline(config, words)
    learner = Learner(nlp, learnt, scored, config)
    origin = {"vectors": model_references.identity(VECTORS)} if config.vectors else {}
    fingerprint = training_loop.fingerprint(config, data, dev, origin)
    metrics = training_loop.Run(learner, out, config, fingerprint).fit()
    saved = tagger_pipeline.save(nlp, out)
    metrics.write(out)
    metrics.picture(out)
    checkpoints.clear(out)
    return scores(saved, [tagger_data.example(saved, Piece(document)) for document in scored])


def scores(nlp: "Language", dev: Sequence["Example"]) -> dict[str, float]:
    """Scores on the dev data, from raw text, 0 to 1."""
    found = nlp.evaluate(dev)
    return {name: float(found[name]) for name in _MEASURED}


class Learner:
    """A pipeline in training."""

    def __init__(
        self,
        nlp: "Language",
        learnt: Sequence[Document],
        scored: Sequence[Document],
        config: TaggerTraining,
    ) -> None:
        self._nlp, self._learnt, self._config = nlp, learnt, config
        self._dev = [tagger_data.example(nlp, Piece(document)) for document in scored]
        self._initialize()
        self._optimizer = _optimizer(config)

    def batches(self, epoch: int) -> Sequence[list[Piece]]:
        """The batches of an epoch."""
        cut = tagger_data.pieces(self._learnt, self._config, epoch)
        size = self._config.batch_size
        return [cut[i : i + size] for i in range(0, len(cut), size)]

    def step(self, batch: list[Piece], *, learning_rate: float, number: int) -> float:
        """One step of the optimizer; the loss of all components before it, a piece."""
        np.random.seed((self._config.seed * 1_000_003 + number) % 2**32)  # noqa: NPY002  # thinc's
        self._optimizer.learn_rate = learning_rate
        losses: dict[str, float] = {}
        self._nlp.update(
            [tagger_data.example(self._nlp, piece) for piece in batch],
            sgd=cast(Any, False),  # else the encoder's gradient would wait for the next step
            losses=losses,
            drop=self._config.dropout,
        )
        for name in TAGGER:
            self._component(name).finish_update(self._optimizer)
        return float(sum(losses.values())) / len(batch)

    def judged(self) -> Judgement:
        """The scores of the averaged weights on the dev data."""
        with self._nlp.use_params(self._optimizer.averages):
            found = scores(self._nlp, self._dev)
        chosen = [found[name] for name in _CHOSEN_BY]
        return Judgement(None, sum(chosen) / len(chosen))

    def weights(self) -> bytes:
        """Every weight of the trained components."""
        return _packed(
            {key: np.asarray(node.get_param(name)) for key, node, name in self._parameters()}
        )

    def judged_weights(self) -> bytes:
        """Their averages over the steps, which generalize better (Polyak and Juditsky 1992)."""
        averages = self._optimizer.averages or {}
        return _packed(
            {
                key: np.asarray(averages.get((node.id, name), node.get_param(name)))
                for key, node, name in self._parameters()
            }
        )

    def put(self, weights: bytes) -> None:
        """Take these weights."""
        loaded = _unpacked(weights)
        for key, node, name in self._parameters():
            node.set_param(name, cast(Any, loaded[key]))

    def moments(self) -> bytes:
        """What the optimizer remembers of each weight, and how often it changed it."""
        kept = {}
        for key, node, name in self._parameters():
            for kind in _REMEMBERED:
                table = getattr(self._optimizer, kind)
                if (node.id, name) in table:
                    kept[f"{kind} {key}"] = np.asarray(table[node.id, name])
        return _packed(kept)

    def remember(self, moments: bytes) -> None:
        """Take this as the optimizer's memory."""
        loaded = _unpacked(moments)
        for key, node, name in self._parameters():
            for kind in _REMEMBERED:
                if (value := loaded.get(f"{kind} {key}")) is not None:
                    table = getattr(self._optimizer, kind)
                    counts = kind in _COUNTS
                    table[node.id, name] = int(value.item()) if counts else value

    def _initialize(self) -> None:
        pieces = tagger_data.pieces(self._learnt, self._config, 0)
        sample = [tagger_data.example(self._nlp, piece) for piece in pieces]
        self._nlp.initialize(lambda: sample)

    def _component(self, name: str) -> "TrainablePipe":
        from spacy.pipeline import TrainablePipe

        return cast(TrainablePipe, self._nlp.get_pipe(name))

    def _parameters(self) -> "Iterator[tuple[str, Model[Any, Any], str]]":
        """Key, node and name of each weight, in an order that a new process repeats."""
        seen = set()
        for component in TAGGER:
            for number, node in enumerate(self._component(component).model.walk()):
                for name in node.param_names:
                    if node.has_param(name) and (node.id, name) not in seen:
                        seen.add((node.id, name))
                        yield f"{component} {number} {name}", node, name


def _optimizer(config: TaggerTraining) -> "Optimizer":
    from thinc.api import Optimizer

    return Optimizer(
        config.learning_rate,
        L2=config.weight_decay,
        grad_clip=_NORM,
        L2_is_weight_decay=True,
        use_averages=True,
        use_radam=config.optimizer == "radam",
    )


def _packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    from safetensors.numpy import save

    return save({key: np.ascontiguousarray(array) for key, array in arrays.items()})


def _unpacked(data: bytes) -> dict[str, np.ndarray]:
    from safetensors.numpy import load

    return load(data)
