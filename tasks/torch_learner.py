"""A head on a transformer encoder in training: its start, its steps and its state."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from schemas.errors import CorpusError
from schemas.training import EncoderTraining
from tasks import model_references

if TYPE_CHECKING:
    import torch
    from peft import PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    Trained = PreTrainedModel | PeftModel

_TARGETS = ["query", "key", "value", "dense"]
"""Matrices that the adapter changes: those of attention, and both of the feed-forward part."""
_NEW = re.compile(r"\bclassifier\b|\btoken_type_embeddings\b")
"""Weights that the encoder does not bring along."""
_NORM = 1.0
"""Longest gradient; a longer one is shortened to it."""


class TorchLearner:
    """What every training of an encoder shares; see `tasks/training_loop.py`."""

    def __init__(
        self, model: "Trained", tokens: "PreTrainedTokenizerFast", config: EncoderTraining
    ) -> None:
        self.model, self.tokens, self._seed = model, tokens, config.seed
        self._optimizer = _optimizer(model, config)

    def ready(self, learning_rate: float, number: int) -> None:
        """Before a step: the learning rate, and the seed of dropout."""
        import torch

        torch.manual_seed(self._seed * 1_000_003 + number)
        self.model.train()
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate * group["faster"]

    def take(self, loss: "torch.Tensor") -> float:
        """The step that the loss asks for."""
        import torch

        loss.backward()  # type: ignore[no-untyped-call]  # torch
        torch.nn.utils.clip_grad_norm_([p for _, p in self._learnt()], _NORM)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return float(loss.item())

    def weights(self) -> bytes:
        """What the training changes."""
        from safetensors.torch import save

        return save({name: p.detach().contiguous() for name, p in self._learnt()})

    def judged_weights(self) -> bytes:
        """The present weights."""
        return self.weights()

    def put(self, weights: bytes) -> None:
        """Take these weights."""
        from safetensors.torch import load

        loaded = load(weights)
        for name, parameter in self._learnt():
            parameter.data.copy_(loaded[name])

    def moments(self) -> bytes:
        """What the optimizer remembers of each weight."""
        from safetensors.torch import save

        state = self._optimizer.state_dict()["state"]
        return save({f"{i} {key}": v for i, each in state.items() for key, v in each.items()})

    def remember(self, moments: bytes) -> None:
        """Take this as the optimizer's memory."""
        from safetensors.torch import load

        state: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in load(moments).items():
            number, _, name = key.partition(" ")
            state.setdefault(int(number), {})[name] = value
        self._optimizer.load_state_dict(self._optimizer.state_dict() | {"state": state})

    def merged(self) -> "PreTrainedModel":
        """The model for use, its adapter merged into it."""
        from peft import PeftModel

        model = self.model
        whole = cast(Any, model.merge_and_unload() if isinstance(model, PeftModel) else model)
        return cast("PreTrainedModel", whole.eval())

    def _learnt(self) -> "Iterator[tuple[str, torch.nn.Parameter]]":
        return ((name, p) for name, p in self.model.named_parameters() if p.requires_grad)


def tokenizer(config: EncoderTraining) -> "PreTrainedTokenizerFast":
    """The tokenizer of the encoder that is adapted."""
    from tasks import transformer

    return transformer.tokenizer(model_references.location(config.base))


def started(
    kind: Any, config: EncoderTraining, labels: Sequence[str], **knobs: object
) -> "PreTrainedModel":
    """The encoder's kept layers with an untrained head; `kind` is a class of transformers.

    Its embeddings stay as they are. Raises `CorpusError` where it has fewer layers.
    """
    import torch

    from tasks.transformer import quiet

    quiet()
    model: PreTrainedModel = kind.from_pretrained(
        **model_references.location(config.base),
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        hidden_dropout_prob=config.dropout,
        use_safetensors=True,
        dtype="float32",
        **knobs,
    )
    encoder = cast(Any, model.base_model)
    layers = encoder.encoder.layer
    if config.layers > len(layers):
        raise CorpusError(f"{config.base} has {len(layers)} layers: set layers to that at most")
    encoder.encoder.layer = torch.nn.ModuleList(
        [layers[i] for i in kept_layers(len(layers), config.layers)]
    )
    model.config.num_hidden_layers = config.layers
    for parameter in encoder.embeddings.parameters():
        parameter.requires_grad = False
    return model


def adapted(model: "PreTrainedModel", config: EncoderTraining, kind: str) -> "Trained":
    """The model with an adapter where one is asked for; `kind` is peft's name of the task."""
    from peft import LoraConfig, get_peft_model

    if config.lora_rank == 0:
        return model
    adapter = LoraConfig(
        r=config.lora_rank,
        lora_alpha=2 * config.lora_rank,
        lora_dropout=config.dropout,
        target_modules=_TARGETS,
        modules_to_save=sorted(
            {
                m.group()
                for n, p in model.named_parameters()
                if p.requires_grad and (m := _NEW.search(n))
            }
        ),
        task_type=kind,
    )
    return get_peft_model(model, adapter)


def kept_layers(count: int, kept: int) -> list[int]:
    """The layers that a smaller model keeps: evenly spread, the last one among them.

    >>> kept_layers(6, 3), kept_layers(6, 6)
    ([1, 3, 5], [0, 1, 2, 3, 4, 5])
    """
    return [round((i + 1) * count / kept) - 1 for i in range(kept)]


def _optimizer(model: "Trained", config: EncoderTraining) -> "torch.optim.Optimizer":
    """Weight decay is for matrices alone; what is new may learn faster."""
    import torch

    kind = {"adamw": torch.optim.AdamW, "radam": torch.optim.RAdam}[config.optimizer]
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            faster = config.head_rate if _NEW.search(name) else 1.0
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((faster, decay), []).append(parameter)
    made: torch.optim.Optimizer = kind(
        [
            {"params": each, "weight_decay": decay, "faster": faster}
            for (faster, decay), each in groups.items()
        ],
        lr=config.learning_rate,
    )
    return made
