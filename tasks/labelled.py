"""Labelled data: texts with a label, or words with tags; from jsonl, csv, tsv or Parquet.

What is wrong with them is collected and said together.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks import labelled_tokens
from tasks.labelled_rows import Faults, rows, whole

_LOG = logging.getLogger("corpusmill.training")
_TEXTS = "name them with --set text_column=… and label_column=…"
_TOKENS = "rename what holds them"


@dataclass(frozen=True)
class TextExample:
    """A text and its class."""

    text: str
    label: str


@dataclass(frozen=True)
class TokenExample:
    """The words of a sentence, whether a space follows each, and its BIO tag."""

    words: tuple[str, ...]
    spaces: tuple[bool, ...]
    tags: tuple[str, ...]


def text_examples(
    paths: Sequence[Path],
    *,
    text_column: str = "text",
    label_column: str = "label",
    labels: Mapping[str, str] | None = None,
    least: int = 2,
) -> list[TextExample]:
    """The examples of the files; `labels` says what each label as written counts as.

    Without any, labels stay as they are; examples whose label counts as the empty text are left
    out.

    Raises `CorpusError` that names the rows at fault: an empty text, a label that `labels` does not
    know, a class of fewer than `least` examples. One text under several labels is only warned of.
    """
    faults, found = Faults(), list[TextExample]()
    for path, row, values in rows(paths, faults, needs=[(text_column, label_column)], fix=_TEXTS):
        try:
            example = _text_example(values.get(text_column), values.get(label_column), labels or {})
        except ValueError as error:
            faults.add(path, row, str(error))
            continue
        if example.label:
            found.append(example)
    for label, count in sorted(Counter(example.label for example in found).items()):
        if count < least:
            faults.note(f"the class {label!r} needs at least {least} examples, and has {count}")
    faults.end()
    _warn_of_doubles(found)
    return found


def token_examples(
    paths: Sequence[Path], *, labels: Mapping[str, str], no_entity: str | None = None
) -> list[TokenExample]:
    """The sentences of the files; tags are BIO, whatever of BIO, IOB, BIOES and plain they were.

    Rows have `tokens` and `tags`, and may have `spaces` (whether one follows each token) or `text`,
    from which these are read; without both, all but # and @ are followed by one. Or rows have
    `text` and `spans` (start, end, label; code points, end excluded), and the words are those of
    spaCy's English tokenizer.

    `labels` says what each type counts as, nothing where that is empty; without any, types stay as
    they are. Words that the regular expression `no_entity` finds are never in an entity; it is
    asked of a handle or hash tag as a whole, also where its sign is a token of its own.

    Raises `CorpusError` that names the rows at fault.
    """
    faults, found = Faults(), list[TokenExample]()
    needs = [("tokens", "tags"), ("text", "spans")]
    for path, number, row in rows(paths, faults, needs=needs, fix=_TOKENS):
        try:
            words, spaces, tags = labelled_tokens.read(row)
            bio = tuple(labelled_tokens.bio(words, tags, labels, no_entity))
        except ValueError as error:
            faults.add(path, number, str(error))
            continue
        found.append(TokenExample(tuple(words), tuple(spaces), bio))
    faults.end()
    return found


def _text_example(text: object, label: object, labels: Mapping[str, str]) -> TextExample:
    if not isinstance(text, str) or not text.strip():
        raise ValueError("the text is empty")
    written = "" if label is None else str(label).strip()
    if not written:
        raise ValueError("the label is empty")
    if isinstance(label, float | list | dict):
        raise ValueError(f"the label {written!r:.80} is neither text nor a whole number")  # noqa: TRY004  # a fault of the data
    if labels and written not in labels:
        raise ValueError(f"the label {written!r} is none of {', '.join(labels)}")
    return TextExample(whole(text), labels.get(written, written))


def _warn_of_doubles(found: Sequence[TextExample]) -> None:
    said = defaultdict[str, set[str]](set)
    for example in found:
        said[example.text].add(example.label)
    doubles = [text for text, labels in said.items() if len(labels) > 1]
    if doubles:
        _LOG.warning(
            "%d of %d texts stand under more than one label, such as %.80r",
            len(doubles), len(said), doubles[0],
        )  # fmt: skip
