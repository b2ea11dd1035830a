"""Transformer models at work: encoder and classifier, on whatever engine runs them.

An engine is a function from a batch of word pieces to one row a text; the ones on torch are here,
those on ONNX Runtime in `tasks.onnx_engine`. Long texts are covered by windows; nothing is cut off
silently.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from schemas.errors import ModelError
from tasks.pieces import Integers, Pieces
from tasks.windows import Span

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

Floats = npt.NDArray[np.float32]
Engine = Callable[[Integers, Integers], Floats]
"""Ids and mask of a batch, int64 (texts, pieces) each, to float32 (texts, columns)."""

_UNLIMITED = 100_000
"""Tokenizers without a limit say 10^30; then the model's positions count."""


class _Model:
    """An engine and the tokenizer before it."""

    def __init__(self, pieces: Pieces, engine: Engine, columns: int) -> None:
        self._pieces, self._engine, self._columns = pieces, engine, columns

    @property
    def max_tokens(self) -> int:
        """Most word pieces that the model takes, special ones counted."""
        return self._pieces.max_tokens

    def windows(self, text: str, *, max_tokens: int) -> list[Span]:
        """Spans that cover the text, each of at most `max_tokens` pieces, special ones counted.

        They end at the end of a sentence where one falls in their second half, else between words.
        """
        return self._pieces.windows(text, max_tokens=max_tokens)

    def _rows(self, texts: Sequence[str]) -> Floats:
        """What the engine says of each text, float32 (n, columns)."""
        found = np.zeros((len(texts), self._columns), np.float32)
        for batch in self._pieces.batches(texts):
            found[batch.texts] = self._engine(batch.ids, batch.mask)
        return found


class Encoder(_Model):
    """Texts to vectors of unit length; the engine gives the sum of the last layer over a text."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._columns

    def encode(self, texts: Sequence[str], *, max_tokens: int = 256) -> Floats:
        """One vector a text, float32 (n, dimension): the mean over its pieces, of unit length.

        A text of more than `max_tokens` pieces is the mean of its windows, by their length.
        """
        parts = [
            (i, text[s:e]) for i, text in enumerate(texts) for s, e in self._cut(text, max_tokens)
        ]
        total = np.zeros((len(texts), self.dimension), np.float32)
        for (i, _), vector in zip(parts, self._rows([text for _, text in parts]), strict=True):
            total[i] += vector
        length = np.linalg.norm(total, axis=1, keepdims=True)
        unit: Floats = np.divide(total, length, out=np.zeros_like(total), where=length > 0)
        return unit

    def _cut(self, text: str, max_tokens: int) -> list[Span]:
        return self.windows(text, max_tokens=max_tokens) or [(0, len(text))]


class Classifier(_Model):
    """Texts to probabilities of labels; the engine gives their logits."""

    def __init__(
        self, pieces: Pieces, engine: Engine, labels: Sequence[str], *, temperature: float = 1.0
    ) -> None:
        super().__init__(pieces, engine, len(labels))
        self.labels = tuple(labels)
        """The labels, in the order of the columns."""
        self._temperature = temperature

    def logits(self, texts: Sequence[str]) -> Floats:
        """What the model says before any calibration, float32 (n, labels)."""
        return self._rows(texts)

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Softmax over the logits divided by the model's temperature, float32 (n, labels)."""
        logits = self.logits(texts) / np.float32(self._temperature)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: Floats = odds / odds.sum(axis=1, keepdims=True)
        return shares


def torch_encoder(model: "PreTrainedModel", tokens: "PreTrainedTokenizerFast") -> Encoder:
    """An encoder that torch runs in one thread."""

    def sums(ids: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
        total: torch.Tensor = (hidden * mask.unsqueeze(-1).to(hidden.dtype)).sum(dim=1)
        return total

    return Encoder(pieces_of(model, tokens), _engine(sums), int(model.config.hidden_size))


def torch_classifier(model: "PreTrainedModel", tokens: "PreTrainedTokenizerFast") -> Classifier:
    """A classifier that torch runs in one thread."""

    def logits(ids: "torch.Tensor", mask: "torch.Tensor") -> "torch.Tensor":
        found: torch.Tensor = model(input_ids=ids, attention_mask=mask).logits
        return found

    return Classifier(pieces_of(model, tokens), _engine(logits), labels_of(model))


def _engine(run: "Callable[[torch.Tensor, torch.Tensor], torch.Tensor]") -> Engine:
    import torch

    torch.set_num_threads(1)

    def engine(ids: Integers, mask: Integers) -> Floats:
        with torch.inference_mode():
            found: Floats = run(torch.from_numpy(ids), torch.from_numpy(mask)).float().numpy()
        return found

    return engine


def pieces_of(model: "PreTrainedModel", tokens: "PreTrainedTokenizerFast") -> Pieces:
    """The tokenizer of a model, and how many pieces the model takes."""
    return Pieces(
        tokens.backend_tokenizer,
        max_tokens=min(tokens.model_max_length, positions(model)),
        pad_id=int(tokens.pad_token_id or 0),
    )


def labels_of(model: "PreTrainedModel") -> tuple[str, ...]:
    """The labels of a classifier, in the order of its columns."""
    names = (model.config.id2label or {}).items()
    return tuple(str(name) for _, name in sorted(names, key=lambda item: int(item[0])))


def quiet() -> None:
    """Keep transformers from drawing bars and reporting on what was loaded."""
    from transformers.utils import logging

    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|peft)\.")
    warnings.filterwarnings("ignore", message=r"Recommended: pip install sacremoses")
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


def positions(model: "PreTrainedModel") -> int:
    """How many word pieces a model takes. RoBERTa's kin count from behind the padding's number."""
    import torch

    most = getattr(model.config, "max_position_embeddings", None) or _UNLIMITED
    for name, part in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(part, torch.nn.Embedding):
            first = 0 if part.padding_idx is None else part.padding_idx + 1
            return part.num_embeddings - first
    return int(most)
