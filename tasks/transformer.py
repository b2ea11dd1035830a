"""Transformer models at work: encoder, classifier, writer. One thread, evaluation mode.

Texts are batched with others of nearly the same length only: padding costs more than a batch
saves on a CPU. Long texts are covered by windows; nothing is cut off silently.
"""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from schemas.errors import ModelError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

Floats = npt.NDArray[np.float32]
Span = tuple[int, int]

_BATCH_TOKENS = 2048
"""Word pieces a batch: more does not fit the caches, less starves the matrix product."""
_SENTENCE_END = re.compile(r"[.!?…。！？]['\"”’)\]]*$")
_UNLIMITED = 100_000
"""Tokenizers without a limit say 10^30; then the model's positions count."""


def quiet() -> None:
    """Keep transformers from drawing bars and reporting on what was loaded."""
    from transformers.utils import logging

    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|peft)\.")
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # transformers
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers


def tokenizer(where: Mapping[str, str]) -> "PreTrainedTokenizerFast":
    """The tokenizer of a model, without the truncation and padding that some files bake in."""
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    found = AutoTokenizer.from_pretrained(**where)
    if not isinstance(found, PreTrainedTokenizerFast):
        raise ModelError(f"{where}: it needs a fast tokenizer (tokenizer.json)")
    found.backend_tokenizer.no_truncation()
    found.backend_tokenizer.no_padding()
    return found


def adapted(folder: Path, base: Path, about: Mapping[str, object]) -> "PreTrainedModel":
    """A classifier made of a base encoder and an adapter of ours, merged into one."""
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification

    labels = [str(label) for label in _listed(about["labels"])]
    quiet()
    model = AutoModelForSequenceClassification.from_pretrained(
        base,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        num_hidden_layers=about["layers"],
        use_safetensors=True,
    )
    merged: PreTrainedModel = PeftModel.from_pretrained(model, str(folder)).merge_and_unload()
    merged.eval()  # type: ignore[no-untyped-call]  # transformers
    return merged


class _Model:
    """A model and its tokenizer."""

    def __init__(self, model: "PreTrainedModel", tokens: "PreTrainedTokenizerFast") -> None:
        import torch

        torch.set_num_threads(1)
        self._model, self._tokens = model, tokens
        self.max_tokens = min(tokens.model_max_length, _positions(model))

    def windows(self, text: str, *, max_tokens: int) -> list[Span]:
        """Spans that cover the text, each of at most `max_tokens` pieces, special ones counted.

        They end at the end of a sentence where one falls in their second half, else between words.
        """
        special = self._tokens.num_special_tokens_to_add()
        size = max(min(max_tokens, self.max_tokens) - special, 1)
        pieces = self._tokens(text, add_special_tokens=False, return_offsets_mapping=True)
        offsets = [(start, end) for start, end in pieces["offset_mapping"] if end > start]
        return list(_windows(text, offsets, size))

    def _batches(
        self, texts: Sequence[str]
    ) -> Iterator[tuple[list[int], dict[str, "torch.Tensor"]]]:
        """Indices and padded input of batches of nearly equal length, shortest first."""
        limit = None if self.max_tokens >= _UNLIMITED else self.max_tokens
        ids = [
            self._tokens(text, truncation=limit is not None, max_length=limit)["input_ids"]
            for text in texts
        ]
        self._tokens.backend_tokenizer.no_truncation()
        order = sorted(range(len(texts)), key=lambda i: (len(ids[i]), i))
        for batch in _alike(order, [len(i) for i in ids]):
            features = {"input_ids": [ids[i] for i in batch]}
            yield batch, dict(self._tokens.pad(features, return_tensors="pt"))


class Encoder(_Model):
    """Texts to vectors of unit length."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.config.hidden_size)

    def encode(self, texts: Sequence[str], *, max_tokens: int = 256) -> Floats:
        """One vector a text, float32 (n, dimension): the mean over its pieces, of unit length.

        A text of more than `max_tokens` pieces is the mean of its windows, by their length.
        """
        windows = [
            (i, text[s:e]) for i, text in enumerate(texts) for s, e in self._cut(text, max_tokens)
        ]
        total = np.zeros((len(texts), self.dimension), np.float32)
        sums = self._sums([text for _, text in windows])
        for (i, _), vector in zip(windows, sums, strict=True):
            total[i] += vector
        length = np.linalg.norm(total, axis=1, keepdims=True)
        unit: Floats = np.divide(total, length, out=np.zeros_like(total), where=length > 0)
        return unit

    def _cut(self, text: str, max_tokens: int) -> list[Span]:
        return self.windows(text, max_tokens=max_tokens) or [(0, len(text))]

    def _sums(self, texts: Sequence[str]) -> Floats:
        """The sum of the last layer over the pieces of each text."""
        import torch

        sums = np.zeros((len(texts), self.dimension), np.float32)
        with torch.inference_mode():
            for batch, inputs in self._batches(texts):
                hidden = self._model(**inputs).last_hidden_state
                mask = inputs["attention_mask"].unsqueeze(-1).to(hidden.dtype)
                sums[batch] = (hidden * mask).sum(dim=1).float().numpy()
        return sums


class Classifier(_Model):
    """Texts to probabilities of labels."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the columns."""
        names = (self._model.config.id2label or {}).items()
        return tuple(str(name) for _, name in sorted(names, key=lambda item: int(item[0])))

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Softmax over the labels, float32 (n, labels)."""
        import torch

        found = np.zeros((len(texts), len(self.labels)), np.float32)
        with torch.inference_mode():
            for batch, inputs in self._batches(texts):
                logits = self._model(**inputs).logits.float()
                found[batch] = torch.softmax(logits, dim=-1).numpy()
        return found


class Seq2Seq(_Model):
    """Texts to texts."""

    def split(self, text: str, *, max_tokens: int) -> list[Span]:
        """The spans of the parts that a long text is read in."""
        return self.windows(text, max_tokens=max_tokens)

    def generate(self, texts: Sequence[str], *, max_new_tokens: int, num_beams: int) -> list[str]:
        """What the model writes for each text, by beam search: the same each time."""
        import torch

        written = []
        with torch.inference_mode():
            for text in texts:
                (_, inputs), *_ = self._batches([text])
                inputs.pop("token_type_ids", None)
                output = self._model.generate(  # type: ignore[operator]  # typed as a tensor
                    **inputs, max_new_tokens=max_new_tokens, num_beams=num_beams, do_sample=False
                )
                text_of = self._tokens.decode(output[0], skip_special_tokens=True)
                written.append(str(text_of).strip())
        return written


def sentiment_columns(labels: Sequence[str]) -> tuple[list[int], list[int], list[int]]:
    """The columns of a classifier that mean negative, neutral and positive.

    Knows plain names, one to five stars, and nothing else: raises `ModelError` on LABEL_0 and such.

    >>> sentiment_columns(["NEGATIVE", "POSITIVE"])
    ([0], [], [1])
    """
    known = {"negative": 0, "neg": 0, "neutral": 1, "neu": 1, "positive": 2, "pos": 2}
    known |= {"1 star": 0, "2 stars": 0, "3 stars": 1, "4 stars": 2, "5 stars": 2}
    known |= {"very negative": 0, "very positive": 2}
    columns: tuple[list[int], list[int], list[int]] = ([], [], [])
    for i, label in enumerate(labels):
        if label.strip().lower() not in known:
            raise ModelError(
                f"the sentiment model has a label {label}: set id2label in its config.json to "
                "negative, neutral and positive"
            )
        columns[known[label.strip().lower()]].append(i)
    return columns


def _positions(model: "PreTrainedModel") -> int:
    """How many pieces a model takes. RoBERTa's kin count from behind the padding's number."""
    import torch

    most = getattr(model.config, "max_position_embeddings", None) or _UNLIMITED
    for name, part in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(part, torch.nn.Embedding):
            first = 0 if part.padding_idx is None else part.padding_idx + 1
            return part.num_embeddings - first
    return int(most)


def _windows(text: str, pieces: Sequence[Span], size: int) -> Iterator[Span]:
    first = 0
    while first < len(pieces):
        last = min(first + size, len(pieces))
        if last < len(pieces):
            last = _cut_before(text, pieces, first, last)
        yield pieces[first][0], pieces[last - 1][1]
        first = last


def _cut_before(text: str, pieces: Sequence[Span], first: int, last: int) -> int:
    """The best place to end a window of pieces `first` to `last`, excluded."""
    between = [i for i in range(last, first, -1) if pieces[i - 1][1] < pieces[i][0]]
    for i in between:
        if i - first < (last - first) // 2:
            break
        if _SENTENCE_END.search(text[max(pieces[i - 1][1] - 4, 0) : pieces[i - 1][1]]):
            return i
    if between:
        return between[0]
    # A character of several pieces stays whole, unless it fills the window.
    whole = (i for i in range(last, first, -1) if pieces[i - 1][1] <= pieces[i][0])
    return next(whole, last)


def _alike(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Runs of texts of nearly equal length, of at most so many pieces."""
    batch: list[int] = []
    for i in order:
        if batch and (
            lengths[i] > lengths[batch[0]] * 1.15 + 2
            or (len(batch) + 1) * lengths[i] > _BATCH_TOKENS
        ):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []
