"""A three-class sentiment classifier: a low-rank adapter on the sentence encoder (LoRA).

Data are the Stanford Sentiment Treebank (sentences and phrases) and IMDB reviews in windows.
"""

import gzip
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import CorpusError
from schemas.training import TrainingConfig
from tasks.models import ADAPTER, directory
from tasks.transformer import quiet, tokenizer

if TYPE_CHECKING:
    import torch
    from peft import PeftModel
    from transformers import PreTrainedTokenizerFast

LABELS = ("negative", "neutral", "positive")
_PHRASES = 12_000
"""Phrases of the treebank that are taken: short, so cheap, and most of the neutral examples."""
_REVIEWS = 500
"""Reviews that are measured on: whole ones, so slow."""
_TARGETS = ["query", "key", "value", "dense"]


@dataclass(frozen=True)
class Example:
    """A text and the number of its label."""

    text: str
    label: int


def train(corpora: Path, out: Path, config: TrainingConfig) -> dict[str, float]:
    """Train, write the adapter to `out`, and return scores on the dev data, 0 to 1."""
    import torch

    torch.manual_seed(config.seed)
    shuffle = random.Random(config.seed)  # noqa: S311  # the order of examples
    model, tokens = _new(config)
    examples = _training_examples(corpora, shuffle)
    steps = [b for _ in range(config.epochs) for b in _batches(examples, config, shuffle)]
    _fit(model, tokens, steps, config)
    scores = evaluate(corpora, model, tokens)
    _save(model, out, config)
    return scores


def evaluate(
    corpora: Path, model: "PeftModel", tokens: "PreTrainedTokenizerFast"
) -> dict[str, float]:
    """Accuracy on SST dev (three and two classes), macro F1, and accuracy on whole IMDB reviews."""
    import numpy as np

    from tasks.transformer import Classifier

    classifier = Classifier(model.eval(), tokens)  # type: ignore[arg-type]  # acts as its base
    sst = [Example(r["text"], LABELS.index(r["label"])) for r in _rows(corpora, "sst.dev")]
    found = classifier.probabilities([e.text for e in sst])
    gold = np.array([e.label for e in sst])
    polar = gold != 1
    reviews = _rows(corpora, "imdb.dev")[:_REVIEWS]
    right = 0
    for row in reviews:
        spans = classifier.windows(row["text"], max_tokens=128)
        p = classifier.probabilities([row["text"][s:e] for s, e in spans])
        margin = np.log(p[:, 2] / p[:, 0]) @ np.array([e - s for s, e in spans])
        right += (margin > 0) == (row["label"].startswith("pos"))
    return {
        "sst_dev_accuracy_3": float((found.argmax(1) == gold).mean()),
        "sst_dev_macro_f1_3": _macro_f1(gold, found.argmax(1)),
        "sst_dev_accuracy_2": float(((found[:, 2] > found[:, 0]) == (gold > 1))[polar].mean()),
        f"imdb_dev_first_{len(reviews)}_accuracy": right / len(reviews),
    }


def _new(config: TrainingConfig) -> "tuple[PeftModel, PreTrainedTokenizerFast]":
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForSequenceClassification

    quiet()
    base = directory("embedded:minilm")
    model = AutoModelForSequenceClassification.from_pretrained(
        base,
        num_labels=len(LABELS),
        num_hidden_layers=config.layers,
        hidden_dropout_prob=config.dropout,
        use_safetensors=True,
    )
    adapter = LoraConfig(
        r=config.lora_rank,
        lora_alpha=2 * config.lora_rank,
        lora_dropout=config.dropout,
        target_modules=_TARGETS,
        modules_to_save=["classifier"],
        task_type="SEQ_CLS",
    )
    where = {"pretrained_model_name_or_path": str(base)}
    return get_peft_model(model, adapter), tokenizer(where)


def _training_examples(corpora: Path, shuffle: random.Random) -> list[Example]:
    sentences = [Example(r["text"], LABELS.index(r["label"])) for r in _rows(corpora, "sst.train")]
    phrases = _rows(corpora, "sst_phrases.train")
    chosen = shuffle.sample(phrases, min(_PHRASES, len(phrases)))
    parts = [Example(r["text"], LABELS.index(r["label"])) for r in chosen]
    reviews = [
        Example(_piece(r["text"], shuffle), 2 if r["label"].startswith("pos") else 0)
        for r in _rows(corpora, "imdb.train")
    ]
    return sentences + parts + reviews


def _piece(text: str, shuffle: random.Random, words: int = 80) -> str:
    """Some consecutive words of a review: what a window shows the classifier."""
    parts = text.split()
    start = shuffle.randrange(max(len(parts) - words, 0) + 1)
    return " ".join(parts[start : start + words])


def _batches(
    examples: Sequence[Example], config: TrainingConfig, shuffle: random.Random
) -> Iterator[list[Example]]:
    """Batches of texts of like length, in random order."""
    mixed = sorted(examples, key=lambda e: len(e.text) * shuffle.uniform(0.9, 1.1))
    size = config.batch_size
    batches = [mixed[i : i + size] for i in range(0, len(mixed), size)]
    shuffle.shuffle(batches)
    yield from batches


def _fit(
    model: "PeftModel",
    tokens: "PreTrainedTokenizerFast",
    steps: Sequence[list[Example]],
    config: TrainingConfig,
) -> None:
    import torch
    from prefect.logging import get_logger

    log = get_logger("corpusmill.training")
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=config.learning_rate, weight_decay=0.01)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=config.learning_rate,
        total_steps=len(steps),
        pct_start=config.warmup_share,
        anneal_strategy="linear",
    )
    started, mean = time.monotonic(), 1.1
    model.train()
    for number, batch in enumerate(steps):
        loss = _loss(model, tokens, batch, config)
        loss.backward()  # type: ignore[no-untyped-call]  # torch
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        rate.step()
        optimizer.zero_grad()
        mean += 0.02 * (loss.item() - mean)
        if number % 50 == 0:
            log.info("step %d of %d: loss %.3f", number, len(steps), mean)
        if time.monotonic() - started > config.max_seconds:
            log.warning("stopped after %d of %d steps: max_seconds", number, len(steps))
            break


def _loss(
    model: "PeftModel",
    tokens: "PreTrainedTokenizerFast",
    batch: Sequence[Example],
    config: TrainingConfig,
) -> "torch.Tensor":
    import torch

    inputs = tokens(
        [e.text for e in batch],
        truncation=True,
        max_length=config.max_tokens,
        padding=True,
        return_tensors="pt",
    )
    labels = torch.tensor([e.label for e in batch])
    loss: torch.Tensor = model(**inputs, labels=labels).loss
    return loss


def _save(model: "PeftModel", out: Path, config: TrainingConfig) -> None:
    """The adapter and head as safetensors, and what they are an adapter of."""
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(str(out), safe_serialization=True)
    about = {"base": "embedded:minilm", "layers": config.layers, "labels": LABELS}
    (out / ADAPTER).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    settings = json.loads((out / "adapter_config.json").read_text(encoding="utf-8"))
    settings["base_model_name_or_path"] = "embedded:minilm"
    settings["target_modules"] = sorted(settings["target_modules"])  # a set: in any order
    (out / "adapter_config.json").write_text(json.dumps(settings, indent=2) + "\n", "utf-8")
    (out / "adapter_model.safetensors").chmod(0o644)
    (out / "README.md").unlink(missing_ok=True)  # peft's own card, with a path of this machine


def _macro_f1(gold: "object", found: "object") -> float:
    import numpy as np

    truth, said = np.asarray(gold), np.asarray(found)
    scores = []
    for label in range(len(LABELS)):
        hit = int(((truth == label) & (said == label)).sum())
        scores.append(2 * hit / max(int((truth == label).sum() + (said == label).sum()), 1))
    return sum(scores) / len(scores)


def _rows(corpora: Path, name: str) -> list[dict[str, str]]:
    path = corpora / "sentiment" / f"{name}.jsonl.gz"
    if not path.exists():
        raise CorpusError(f"{path} is missing: give the folder that holds it with --corpora")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
