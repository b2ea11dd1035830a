"""What a recognizer is trained and scored on: some sentences as raw text, and a tag a word."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.training import RecognizerTraining
from tasks import labelled, word_case
from tasks.labelled import TokenExample
from tasks.token_classifier import names, tags, words

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

Span = tuple[int, int]
Name = tuple[int, int, str]
"""Start, end and type of an entity, code points."""

UNSCORED = -100
"""Label of pieces that are not learnt from: all but the first of a word."""


@dataclass(frozen=True)
class Passage:
    """A text and the entities in it."""

    text: str
    names: tuple[Name, ...]


@dataclass(frozen=True)
class Example:
    """A passage in word pieces: number, case and label of each, special ones included."""

    pieces: tuple[int, ...]
    types: tuple[int, ...]
    labels: tuple[int, ...]


def read(paths: Sequence[Path], config: RecognizerTraining) -> list[list[TokenExample]]:
    """The sentences of each file. Raises `CorpusError` that names the rows at fault."""
    return [
        labelled.token_examples(
            [path], labels=config.labels, no_entity=config.no_entity and config.no_entity.pattern
        )
        for path in paths
    ]


def split(
    files: Sequence[Sequence[TokenExample]], config: RecognizerTraining
) -> tuple[list[list[TokenExample]], list[list[TokenExample]]]:
    """What is learnt from, and the sentences that are held out, file by file."""
    order = random.Random(config.seed)  # noqa: S311  # not for secrets
    held = [[order.random() < config.dev_share for _ in file] for file in files]
    parts = [
        [
            [e for e, out in zip(f, h, strict=True) if out is which]
            for f, h in zip(files, held, strict=True)
        ]
        for which in (False, True)
    ]
    return parts[0], parts[1]


def labels_of(files: Sequence[Sequence[TokenExample]]) -> tuple[str, ...]:
    """O, and B- and I- of each type, in order."""
    types = sorted({tag[2:] for file in files for e in file for tag in e.tags if tag != "O"})
    return ("O", *(f"{place}-{each}" for each in types for place in "BI"))


def passages(
    files: Sequence[Sequence[TokenExample]], config: RecognizerTraining, epoch: int
) -> list[Passage]:
    """Some sentences together, as they follow on each other in a file; some in another case."""
    order = random.Random(f"{config.seed} {epoch}")  # noqa: S311  # not for secrets
    made = []
    for file in files:
        start = 0
        while start < len(file):
            size = order.randint(1, config.piece_sentences)
            passage = joined(file[start : start + size])
            draw = order.random()
            if draw < 2 * config.case_share:
                passage = _written(passage, upper=draw < config.case_share)
            made.append(passage)
            start += size
    return made


def joined(sentences: Sequence[TokenExample]) -> Passage:
    """The sentences as one text, a space after each, and where the entities stand in it."""
    text, tagged = "", list[tuple[Span, tuple[str, str]]]()
    for sentence in sentences:
        for word, space, tag in zip(sentence.words, sentence.spaces, sentence.tags, strict=True):
            tagged.append(((len(text), len(text) + len(word)), tags(["O", tag])[1]))
            text += word + " " * space
        tagged.append(((len(text), len(text)), ("O", "")))
        text = text.rstrip() + " "
    return Passage(text.rstrip(), tuple(names(tagged)))


def encoded(
    made: Sequence[Passage],
    labels: Sequence[str],
    tokens: "PreTrainedTokenizerFast",
    config: RecognizerTraining,
) -> list[Example]:
    """The passages as examples; what does not fit into `max_tokens` is left out."""
    numbers = {label: i for i, label in enumerate(labels)}
    told = tokens(
        [p.text for p in made],
        return_offsets_mapping=True,
        truncation=True,
        max_length=config.max_tokens,
    )
    tokens.backend_tokenizer.no_truncation()
    found = []
    for i, passage in enumerate(made):
        offsets = told["offset_mapping"][i]
        firsts = list(words(passage.text, offsets, told.word_ids(i)))
        marks = [UNSCORED] * len(offsets)
        for piece, span in firsts:
            marks[piece] = numbers[_tag(span, passage.names)]
        types = word_case.of_pieces(passage.text, offsets, (span for _, span in firsts))
        given = types if config.case_types else [0] * len(types)
        found.append(Example(tuple(told["input_ids"][i]), tuple(given), tuple(marks)))
    return found


def _tag(word: Span, entities: Sequence[Name]) -> str:
    """The tag of a word: that of the entity it begins in."""
    for start, end, kind in entities:
        if start <= word[0] < end:
            return f"{'B' if word[0] == start else 'I'}-{kind}"
    return "O"


def _written(passage: Passage, *, upper: bool) -> Passage:
    """The passage in capitals or lower case; characters whose number would change stay."""
    change = str.upper if upper else str.lower
    text = "".join(new if len(new := change(c)) == 1 else c for c in passage.text)
    return Passage(text, passage.names)


def batches(
    examples: Sequence[Example], config: RecognizerTraining, epoch: int
) -> list[list[Example]]:
    """Batches of like length, in random order."""
    order = random.Random(f"batches {config.seed} {epoch}")  # noqa: S311  # not for secrets
    mixed = sorted(examples, key=lambda e: len(e.pieces) * order.uniform(0.85, 1.15))
    size = config.batch_size
    made = [mixed[i : i + size] for i in range(0, len(mixed), size)]
    order.shuffle(made)
    return made
