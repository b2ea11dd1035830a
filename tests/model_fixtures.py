"""More small models: writers of text, and an adapter with its base. Random weights, fixed seeds."""

import json
from pathlib import Path

import pytest

from tests.small_models import LABELS, _save_tokenizer, save_encoder

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
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter as the training writes it; its base is an encoder in a directory."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForSequenceClassification

    folder, base = tmp_path_factory.mktemp("adapter"), tmp_path_factory.mktemp("base")
    save_encoder(base)
    torch.manual_seed(5)
    model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=len(LABELS))
    settings = LoraConfig(
        r=2,
        target_modules=["query", "value"],
        modules_to_save=["classifier"],
        init_lora_weights=False,
        task_type="SEQ_CLS",
    )
    get_peft_model(model, settings).save_pretrained(str(folder))
    about = {"base": str(base), "layers": 1, "labels": LABELS}
    (folder / "adapter.json").write_text(json.dumps(about), encoding="utf-8")
    return folder
