"""Models for tests: real formats, random weights, a few kilobytes."""

import shutil
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LABELS = ("negative", "neutral", "positive")
_SIZE = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 128,
}
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LETTERS = string.ascii_lowercase + string.digits
_PIECES = (*_SPECIAL, *_LETTERS, *(f"##{c}" for c in _LETTERS), *string.punctuation)


@dataclass(frozen=True)
class SmallModels:
    """Directories of models."""

    english: Path
    encoder: Path
    classifier: Path

    @property
    def settings(self) -> dict[str, dict[str, object]]:
        """The settings that name them, and make a run over a few documents quick."""
        return {
            "preprocess": {"model": str(self.english)},
            "entities": {"model": str(self.english)},
            "embeddings": {"model": str(self.encoder)},
            "keywords": {"model": str(self.encoder), "count": 4},
            "sentiment": {"model": str(self.classifier), "window_tokens": 64},
            "topics": {
                "count": 2,
                "passes": 2,
                "iterations": 20,
                "min_documents": 1,
                "refit": "always",
            },
            "ingest": {"max_vanished_share": 1.0},
            "run": {"partition_size": 3, "max_reject_share": 1.0},
        }


def models_in(folder: Path) -> SmallModels:
    """The models that `save_all` saved under the folder."""
    return SmallModels(folder / "english", folder / "encoder", folder / "classifier")


def save_all(folder: Path) -> SmallModels:
    """Save each model under the folder."""
    folder.mkdir(exist_ok=True)
    save_english(folder / "english")
    save_encoder(folder / "encoder")
    save_classifier(folder / "classifier")
    return models_in(folder)


def save_english(folder: Path) -> None:
    """A spaCy pipeline that knows where sentences end, and no more."""
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(folder)


def save_encoder(folder: Path) -> None:
    """An encoder of 32 dimensions; its weights are random, from a fixed seed."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(1)
    BertModel(BertConfig(vocab_size=_save_tokenizer(folder), **_SIZE)).save_pretrained(folder)


def save_classifier(folder: Path) -> None:
    """A classifier of three labels; its weights are random, from a fixed seed."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(2)
    config = BertConfig(
        vocab_size=_save_tokenizer(folder),
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
        initializer_range=0.5,
        **_SIZE,
    )
    BertForSequenceClassification(config).save_pretrained(folder)


def save_recognizer(folder: Path, tags: Mapping[str, str]) -> None:
    """A token classifier that tags each word by its first letter, and others with O.

    It has no layer: the vector of a letter has a one in the column of its tag.
    """
    import torch
    from transformers import BertConfig, BertForTokenClassification

    names = ["O", *dict.fromkeys(tags.values())]
    size = _save_tokenizer(folder)
    config = BertConfig(
        vocab_size=size,
        id2label=dict(enumerate(names)),
        label2id={name: i for i, name in enumerate(names)},
        **_SIZE | {"num_hidden_layers": 0},
    )
    model = BertForTokenClassification(config)
    with torch.no_grad():
        for part in (model.bert.embeddings.position_embeddings, model.classifier):
            part.weight.zero_()
        model.bert.embeddings.token_type_embeddings.weight.zero_()
        model.classifier.weight.fill_diagonal_(1)
        words = model.bert.embeddings.word_embeddings.weight.zero_()
        columns = {_PIECES.index(letter): names.index(tag) for letter, tag in tags.items()}
        for piece in range(size):
            words[piece, columns.get(piece, 0)] = 1
    model.save_pretrained(folder)


def save_in_hub_cache(source: Path, cache: Path, name: str, commit: str) -> Path:
    """A model as the cache of huggingface_hub keeps it, with a branch main; its directory."""
    kept = cache / f"models--{name.replace('/', '--')}"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text(commit, encoding="utf-8")
    return Path(shutil.copytree(source, kept / "snapshots" / commit))


def _save_tokenizer(folder: Path) -> int:
    """Save a tokenizer of single letters; the size of its vocabulary."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {piece: i for i, piece in enumerate(_PIECES)}
    tokens = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106  # a token of text
    tokens.normalizer = normalizers.BertNormalizer()
    tokens.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokens.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokens,
        pad_token="[PAD]",  # noqa: S106  # likewise
        unk_token="[UNK]",  # noqa: S106  # likewise
        cls_token="[CLS]",  # noqa: S106  # likewise
        sep_token="[SEP]",  # noqa: S106  # likewise
        mask_token="[MASK]",  # noqa: S106  # likewise
        model_max_length=_SIZE["max_position_embeddings"],
    ).save_pretrained(folder)
    return len(vocabulary)
