"""More small models: writers of text and other families. Random weights, fixed seeds."""

import io
import json
import string
from pathlib import Path

import pytest

from tests.small_models import _save_tokenizer, save_recognizer

TAGS = {"p": "B-PER", "q": "I-PER", "l": "B-LOC", "x": "B-MISC"}
"""First letters of words, and the tags of those words, in the model of the fixture recognizer."""

_TOKENS = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "decoder_start_token_id": 3}
"""[PAD], [CLS] and [SEP] in the vocabulary of the tokenizer that all small models share."""


@pytest.fixture(scope="session")
def bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A writer that takes 128 pieces at most."""
    import torch
    from transformers import BartConfig, BartForConditionalGeneration

    folder = tmp_path_factory.mktemp("bart")
    torch.manual_seed(3)
    config = BartConfig(
        vocab_size=_save_tokenizer(folder),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=128,
        init_std=0.5,
        forced_eos_token_id=None,
        **_TOKENS,
    )
    BartForConditionalGeneration(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A writer whose positions are relative: only its tokenizer has a limit."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    folder = tmp_path_factory.mktemp("t5")
    torch.manual_seed(4)
    config = T5Config(
        vocab_size=_save_tokenizer(folder),
        d_model=32,
        d_kv=16,
        d_ff=32,
        num_layers=1,
        num_heads=2,
        **_TOKENS | {"decoder_start_token_id": 0},
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A translator with a slow tokenizer, which does not say where its pieces stand."""
    import torch
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    from tasks.transformer import quiet

    quiet()
    folder = tmp_path_factory.mktemp("marian")
    learnt = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(
            [f"{string.ascii_lowercase} {string.digits} . a boat is a boat"] * 9
        ),
        model_writer=learnt,
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    pieces = SentencePieceProcessor(model_proto=learnt.getvalue())
    own = [pieces.id_to_piece(i) for i in range(3, pieces.get_piece_size())]
    numbers = {piece: i for i, piece in enumerate(["</s>", "<unk>", *own, "<pad>"])}
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(learnt.getvalue())
    (folder / "vocab.json").write_text(json.dumps(numbers), encoding="utf-8")
    files = (str(folder / name) for name in ("source.spm", "target.spm", "vocab.json"))
    MarianTokenizer(*files).save_pretrained(folder)
    torch.manual_seed(6)
    config = MarianConfig(
        vocab_size=len(numbers),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=128,
        init_std=0.5,
        pad_token_id=numbers["<pad>"],
        decoder_start_token_id=numbers["<pad>"],
        eos_token_id=0,
        forced_eos_token_id=0,
    )
    MarianMTModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def distilbert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier of another family, with labels of its own."""
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    folder = tmp_path_factory.mktemp("distilbert")
    torch.manual_seed(7)
    config = DistilBertConfig(
        vocab_size=_save_tokenizer(folder),
        dim=32,
        hidden_dim=32,
        n_layers=1,
        n_heads=2,
        max_position_embeddings=128,
        id2label={0: "NEGATIVE", 1: "POSITIVE"},
        label2id={"NEGATIVE": 0, "POSITIVE": 1},
    )
    DistilBertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def recognizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A token classifier that knows names by their first letters; see `save_recognizer`."""
    folder = tmp_path_factory.mktemp("recognizer")
    save_recognizer(folder, TAGS)
    return folder
