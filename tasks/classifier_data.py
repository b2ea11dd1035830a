"""What a classifier is trained and scored on: labelled texts, in word pieces."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import CorpusError
from schemas.training import ClassifierTraining
from tasks import labelled, models
from tasks.classifier_batches import Example
from tasks.labelled import TextExample

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

SENTIMENT = ("negative", "neutral", "positive")
_WRITTEN = {name: name for name in SENTIMENT} | {
    "neg": "negative",
    "neu": "neutral",
    "pos": "positive",
}
"""How the labels of sentiment are written in most data."""
_LEAST = 2
"""Examples of a class: one to learn from and one to score on."""
Files = Mapping[Path, Sequence[TextExample]]


@dataclass(frozen=True)
class Material:
    """What is learnt from, and what is scored on."""

    labels: tuple[str, ...]
    train: list[Example]
    dev: list[Example]


def read(paths: Sequence[Path], config: ClassifierTraining) -> Files:
    """The examples of each file. Raises `CorpusError` that names the rows at fault."""
    known = config.labels or (_WRITTEN if config.task == "sentiment" else None)
    return {
        path: labelled.text_examples(
            [path],
            text_column=config.text_column,
            label_column=config.label_column,
            labels=known,
            least=1,
        )
        for path in paths
    }


def labels_of(data: Files, config: ClassifierTraining) -> tuple[str, ...]:
    """The labels, in the order of the model's columns."""
    found = {example.label for examples in data.values() for example in examples}
    if config.task == "sentiment":
        if strange := sorted(found - set(SENTIMENT)):
            raise CorpusError(
                f"sentiment knows {', '.join(SENTIMENT)}, not {', '.join(strange)}: say what they "
                "count as with labels, or train classification"
            )
        return SENTIMENT
    counts = Counter(example.label for examples in data.values() for example in examples)
    if scarce := [f"{label} ({n})" for label, n in sorted(counts.items()) if n < _LEAST]:
        raise CorpusError(
            f"a class needs {_LEAST} examples at least; too few of {', '.join(scarce)}: add some, "
            "or say with labels what they count as"
        )
    return tuple(sorted(found))


def material(
    data: Files,
    dev: Files,
    labels: Sequence[str],
    tokens: "PreTrainedTokenizerFast",
    config: ClassifierTraining,
) -> Material:
    """The examples in word pieces; without dev data, a share of the others is held out."""
    everything = [(e, config.sample.get(p.name, 1.0)) for p, es in data.items() for e in es]
    learnt = [(e, share) for e, share in everything if dev or not _held_out(e, config)]
    scored = [e for es in dev.values() for e in es] or [
        e for e, _ in everything if _held_out(e, config)
    ]
    if config.teacher is None:
        train = list(_examples([e for e, _ in learnt], [s for _, s in learnt], labels, tokens))
    else:
        train = list(_taught(learnt, labels, tokens, config))
    return Material(
        tuple(labels), train, list(_examples(scored, [1.0] * len(scored), labels, tokens))
    )


def _held_out(example: TextExample, config: ClassifierTraining) -> bool:
    """Whether the example is scored on: by its text, so that copies stay together."""
    key = hashlib.sha256(f"{config.seed} {example.text}".encode()).digest()
    return int.from_bytes(key[:8]) < config.dev_share * 2**64


def _examples(
    texts: Sequence[TextExample],
    shares: Sequence[float],
    labels: Sequence[str],
    tokens: "PreTrainedTokenizerFast",
) -> Iterator[Example]:
    if texts:
        ids = tokens([e.text for e in texts], add_special_tokens=False)["input_ids"]
        for pieces, example, share in zip(ids, texts, shares, strict=True):
            yield Example(tuple(pieces), labels.index(example.label), share)


def _taught(
    learnt: Sequence[tuple[TextExample, float]],
    labels: Sequence[str],
    tokens: "PreTrainedTokenizerFast",
    config: ClassifierTraining,
) -> Iterator[Example]:
    """Windows of the examples with the teacher's logits; drawn once, so that it reads less."""
    teacher = models.load_classifier(str(config.teacher))
    if teacher.labels != tuple(labels):
        raise CorpusError(f"{config.teacher} has the labels {', '.join(teacher.labels)}, not these")
    windows = [
        (TextExample(example.text[start:end], example.label), 1 / len(spans))
        for example, share in learnt
        if share >= 1 or _drawn(example, share, config)
        for spans in [teacher.windows(example.text, max_tokens=config.max_tokens)]
        for start, end in spans
    ]
    logits = teacher.logits([window.text for window, _ in windows])
    made = _examples([w for w, _ in windows], [s for _, s in windows], labels, tokens)
    for example, opinion in zip(made, logits.tolist(), strict=True):
        yield Example(example.pieces, example.label, example.share, tuple(opinion))


def _drawn(example: TextExample, share: float, config: ClassifierTraining) -> bool:
    key = hashlib.sha256(f"drawn {config.seed} {example.text}".encode()).digest()
    return int.from_bytes(key[:8]) < share * 2**64
