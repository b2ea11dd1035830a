"""What a classifier is trained and scored on: labelled texts, in word pieces."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
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
class Learnt:
    """A text to learn from: how often, and how much its label counts."""

    example: TextExample
    share: float = 1.0
    weight: float = 1.0


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
    everything = [each for path, found in data.items() for each in _weighed(path, found, config)]
    learnt = [each for each in everything if dev or not _held_out(each.example, config)]
    scored = [Learnt(e) for es in dev.values() for e in es] or [
        each for each in everything if _held_out(each.example, config)
    ]
    train = _examples if config.teacher is None else partial(_taught, config=config)
    return Material(
        tuple(labels),
        list(train(learnt, labels, tokens)),
        list(_examples(scored, labels, tokens)),
    )


def _weighed(
    path: Path, found: Sequence[TextExample], config: ClassifierTraining
) -> Iterator[Learnt]:
    """The examples of a file; balanced classes weigh the same, and an example 1 on average."""
    counts = Counter(example.label for example in found)
    for each in found:
        even = len(found) / len(counts) / counts[each.label]
        weight = even if config.class_weights == "balanced" else 1.0
        yield Learnt(each, config.sample.get(path.name, 1.0), weight)


def _held_out(example: TextExample, config: ClassifierTraining) -> bool:
    """Whether the example is scored on: by its text, so that copies stay together."""
    key = hashlib.sha256(f"{config.seed} {example.text}".encode()).digest()
    return int.from_bytes(key[:8]) < config.dev_share * 2**64


def _examples(
    learnt: Sequence[Learnt], labels: Sequence[str], tokens: "PreTrainedTokenizerFast"
) -> Iterator[Example]:
    if learnt:
        ids = tokens([each.example.text for each in learnt], add_special_tokens=False)["input_ids"]
        for pieces, each in zip(ids, learnt, strict=True):
            label = labels.index(each.example.label)
            yield Example(tuple(pieces), label, each.share, weight=each.weight)


def _taught(
    learnt: Sequence[Learnt],
    labels: Sequence[str],
    tokens: "PreTrainedTokenizerFast",
    *,
    config: ClassifierTraining,
) -> Iterator[Example]:
    """Windows of the examples with the teacher's logits; drawn once, so that it reads less."""
    teacher = models.load_classifier(str(config.teacher))
    if teacher.labels != tuple(labels):
        raise CorpusError(f"{config.teacher} has the labels {', '.join(teacher.labels)}, not these")
    windows = [
        Learnt(TextExample(text[start:end], each.example.label), 1 / len(spans), each.weight)
        for each in learnt
        if each.share >= 1 or _drawn(each, config)
        for text in [each.example.text]
        for spans in [teacher.windows(text, max_tokens=config.max_tokens)]
        for start, end in spans
    ]
    logits = teacher.logits([window.example.text for window in windows])
    made = _examples(windows, labels, tokens)
    for example, opinion in zip(made, logits.tolist(), strict=True):
        yield replace(example, taught=tuple(opinion))


def _drawn(each: Learnt, config: ClassifierTraining) -> bool:
    key = hashlib.sha256(f"drawn {config.seed} {each.example.text}".encode()).digest()
    return int.from_bytes(key[:8]) < each.share * 2**64
