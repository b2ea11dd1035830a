"""Token classifiers at work: the names in a text, by the tags that a model gives to its words."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from schemas.errors import ModelError
from tasks import word_case
from tasks.pieces import Integers, Pieces
from tasks.transformer import Engine, Floats, labels_of, pieces_of
from tasks.windows import Span

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

Tag = tuple[str, str]
"""Where a word stands in a name (B, I, E, S or U, L), and the label; ("O", "") outside of names."""

OUTSIDE = ("O", "")
_PREFIXED = re.compile(r"(?P<place>[BIESUL])[-_](?P<label>.+)")
_WINDOW_TOKENS = 256
"""Longest window, in word pieces: twice the longest sentence of CoNLL-2003 for most tokenizers."""


class TokenClassifier:
    """Texts to spans with labels."""

    def __init__(
        self, pieces: Pieces, engine: Engine, labels: Sequence[str], *, case_types: bool = False
    ) -> None:
        self._pieces, self._engine, self._case_types = pieces, engine, case_types
        self._tags = tags(labels)

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Start, end and label of the names in a text, in its order; code points.

        A long text is read in windows that cover it. A word has the tag of its first piece.
        """
        found: list[tuple[Span, Tag]] = []
        for start, end in self.windows(text):
            for (first, last), tag in self._tagged(text[start:end]):
                found.append(((start + first, start + last), tag))
        return list(names(found))

    def windows(self, text: str) -> list[Span]:
        """The spans in which a text is read."""
        return self._pieces.windows(text, max_tokens=_WINDOW_TOKENS)

    def _tagged(self, text: str) -> Iterator[tuple[Span, Tag]]:
        """Each word of a window and its tag."""
        told = self._pieces.encoding(text)
        firsts = list(words(text, told.offsets, told.word_ids))
        types = [0] * len(told.ids)
        if self._case_types:
            types = word_case.of_pieces(text, told.offsets, (span for _, span in firsts))
        (logits,) = self._engine(np.array([told.ids]), np.array([types]))
        best = logits.argmax(axis=-1)
        for first, span in firsts:
            yield span, self._tags[int(best[first])]


def of_torch(model: "PreTrainedModel", tokens: "PreTrainedTokenizerFast") -> TokenClassifier:
    """A token classifier of transformers; it is told nothing of how words are written."""
    import torch

    torch.set_num_threads(1)

    def engine(ids: Integers, _: Integers) -> Floats:
        with torch.inference_mode():
            logits: Floats = model(input_ids=torch.from_numpy(ids)).logits.float().numpy()
        return logits

    return TokenClassifier(pieces_of(model, tokens), engine, labels_of(model))


def tags(labels: Sequence[str]) -> list[Tag]:
    """The labels of a model as tags: BIO, IOB, BIOES and BILOU are told apart from plain ones.

    Plain ones count as IOB: neighbours of one label are one name. Raises `ModelError` where no
    label is O, as those do that a model has before anyone named them.

    >>> tags(["O", "B-PER", "I-PER"]), tags(["O", "PER"])
    ([('O', ''), ('B', 'PER'), ('I', 'PER')], [('O', ''), ('I', 'PER')])
    """
    if "O" not in labels:
        raise ModelError(
            f"the token classifier has the labels {', '.join(labels[:4])} and no O: set id2label "
            "in its config.json to O, B-PER, I-PER and such"
        )
    found = [_PREFIXED.fullmatch(label) for label in labels]
    if all(match or label == "O" for match, label in zip(found, labels, strict=True)):
        return [(match["place"], match["label"]) if match else OUTSIDE for match in found]
    return [OUTSIDE if label == "O" else ("I", label) for label in labels]


def names(tagged: Iterable[tuple[Span, Tag]]) -> Iterator[tuple[int, int, str]]:
    """The names that tagged words make: start, end and label of each.

    A name begins with B, S or U, or where the label changes; it ends with E, L, S or U.
    """
    start = end = 0
    open_label = ""
    for (first, last), (place, label) in tagged:
        if open_label and (label != open_label or place in "BSU"):
            yield start, end, open_label
            open_label = ""
        if label:
            start, end = (start if open_label else first), last
            open_label = label
        if open_label and place in "ELSU":
            yield start, end, open_label
            open_label = ""
    if open_label:
        yield start, end, open_label


def words(
    text: str, offsets: Sequence[Sequence[int]], numbers: Sequence[int | None]
) -> Iterator[tuple[int, Span]]:
    """The words of a text: the index of the first piece of each, and where it stands.

    `offsets` and `numbers` are what a fast tokenizer says of its pieces: where they stand and the
    number of their word, None for special ones. Some tokenizers take "Lee," for one word; models
    learn on words that punctuation ends, so it ends there as well.
    """
    first, start, end = -1, 0, 0
    number: int | None = None
    for i, ((left, right), its) in enumerate(zip(offsets, numbers, strict=True)):
        begin = left + len(text[left:right]) - len(text[left:right].lstrip())
        if its is None or begin >= right:
            continue
        if first >= 0 and (begin < end or (begin == end and its == number and _inside(text, end))):
            end = max(end, right)
            continue
        if first >= 0:
            yield first, (start, end)
        first, start, end, number = i, begin, right, its
    if first >= 0:
        yield first, (start, end)


def _inside(text: str, at: int) -> bool:
    """Whether no punctuation stands on either side: signs of ASCII count as such, as for BERT."""
    return not any(
        unicodedata.category(character)[0] == "P"
        or (character.isascii() and not character.isalnum())
        for character in text[at - 1 : at + 1]
    )
