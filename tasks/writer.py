"""Sequence-to-sequence models at work: texts to texts. One thread, evaluation mode."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from tasks.transformer import positions
from tasks.windows import Span, windows

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_WORD = re.compile(r"\S+")


class Seq2Seq:
    """Texts to texts, by a model and its tokenizer, fast or slow."""

    def __init__(self, model: "PreTrainedModel", tokens: "PreTrainedTokenizerBase") -> None:
        import torch

        torch.set_num_threads(1)
        self._model, self._tokens = model, tokens
        self._prefix = _prefix(model)
        self.max_tokens = min(tokens.model_max_length, positions(model))

    def split(self, text: str, *, max_tokens: int) -> list[Span]:
        """Spans that cover the text, each of at most `max_tokens` pieces, special ones counted.

        They end at the end of a sentence where one falls in their second half, else between words.
        """
        size = min(max_tokens, self.max_tokens) - self._fixed
        return list(windows(text, list(self._pieces(text)), max(size, 1)))

    def generate(self, texts: Sequence[str], *, max_new_tokens: int, num_beams: int) -> list[str]:
        """What the model writes for each text, by beam search: the same each time."""
        import torch

        written = []
        with torch.inference_mode():
            for text in texts:
                output = self._model.generate(  # type: ignore[operator]  # typed as a tensor
                    **self._input(text),
                    max_new_tokens=max_new_tokens,
                    num_beams=num_beams,
                    do_sample=False,
                )
                text_of = self._tokens.decode(output[0], skip_special_tokens=True)
                written.append(str(text_of).strip())
        return written

    @cached_property
    def _fixed(self) -> int:
        """Pieces that every input has, whatever the text."""
        return len(self._tokens(self._prefix)["input_ids"])

    def _input(self, text: str) -> "Mapping[str, object]":
        """A text as the model takes it; a window that is a piece too long loses that piece."""
        return dict(
            self._tokens(
                self._prefix + text,
                return_tensors="pt",
                return_token_type_ids=False,
                truncation=True,
                max_length=self.max_tokens,
            )
        )

    def _pieces(self, text: str) -> Iterator[Span]:
        """Where the pieces of a text stand.

        A slow tokenizer does not say: there the pieces of each word, counted alone, share out its
        characters; those models cut between words before all else.
        """
        if self._tokens.is_fast:
            told = self._tokens(text, add_special_tokens=False, return_offsets_mapping=True)
            yield from ((start, end) for start, end in told["offset_mapping"] if end > start)
            return
        for word in _WORD.finditer(text):
            yield from _shared(
                word.start(), word.end(), max(len(self._tokens.tokenize(word[0])), 1)
            )


def _shared(start: int, end: int, count: int) -> Iterator[Span]:
    """The spans of a word's pieces, none of them empty; those of one character are the same.

    >>> list(_shared(10, 15, 2)), list(_shared(0, 1, 2))
    ([(10, 12), (12, 15)], [(0, 1), (0, 1)])
    """
    edges = [start + (end - start) * i // count for i in range(count + 1)]
    yield from ((first, max(last, first + 1)) for first, last in pairwise(edges))


def _prefix(model: "PreTrainedModel") -> str:
    """What T5 and its kin were taught to read before a text that is to be summarised."""
    taught = getattr(model.config, "task_specific_params", None) or {}
    return str(taught.get("summarization", {}).get("prefix", ""))
