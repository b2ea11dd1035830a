"""More small models: writers of text, and an adapter with its base. Random weights, fixed seeds."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.small_models import LABELS, save_classifier, save_encoder


@pytest.fixture(scope="session")
def bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A writer that takes 128 pieces at most."""
    return save_bart(tmp_path_factory.mktemp("bart"))


@pytest.fixture(scope="session")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A writer that counts no positions."""
    return save_t5(tmp_path_factory.mktemp("t5"))


@pytest.fixture(scope="session")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter, as training writes it, on an encoder of two layers, of which it keeps one."""
    base = tmp_path_factory.mktemp("base")
    save_encoder(base, layers=2)
    return save_adapter(tmp_path_factory.mktemp("adapter"), base, layers=1)
