"""The loader of models: references, identities, and what loaded models do."""

import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ModelError
from tasks import model_references, models
from tasks.coverage import share
from tasks.transformer import Classifier, Encoder, sentiment_columns
from tests.small_models import LABELS, SmallModels

pytest_plugins = ["tests.model_fixtures"]

TEXTS = (
    "a short one",
    "",
    "Two sentences. The second is longer than the first.",
    "x" * 300,
    "ab " * 90,
)


@pytest.fixture
def copy(small_models: SmallModels, tmp_path: Path) -> Path:
    """A classifier that a test may change."""
    return Path(shutil.copytree(small_models.classifier, tmp_path / "copy"))


@pytest.fixture(scope="module")
def encoder(small_models: SmallModels) -> Encoder:
    return models.load_encoder(str(small_models.encoder))


@pytest.fixture(scope="module")
def classifier(small_models: SmallModels) -> Classifier:
    return models.load_classifier(str(small_models.classifier))


def test_says_which_model_is_damaged(copy: Path) -> None:
    """Weights cut short are named, whatever library finds it out."""
    weights = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(weights[: len(weights) // 2])

    with pytest.raises(ModelError, match=r"copy: it cannot be loaded as a classifier"):
        models.load_classifier(str(copy))


# spaCy


def test_leaves_out_what_is_not_needed(small_models: SmallModels) -> None:
    """An excluded component is not loaded."""
    assert models.load_spacy(str(small_models.english)).pipe_names == ["sentencizer"]
    assert models.load_spacy(str(small_models.english), exclude=("sentencizer",)).pipe_names == []


def test_refuses_what_is_no_pipeline(small_models: SmallModels) -> None:
    """A transformer is no spaCy pipeline."""
    with pytest.raises(ModelError, match="spaCy"):
        models.load_spacy(str(small_models.encoder))


def test_a_package_is_its_pipeline(
    small_models: SmallModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed spaCy package counts as the directory in it; its code does not run."""
    package = tmp_path / "en_tiny_names"
    shutil.copytree(small_models.english, package / "en_tiny_names-1.2.0")
    about = {"lang": "en", "name": "tiny_names", "version": "1.2.0"}
    (package / "meta.json").write_text(json.dumps(about), encoding="utf-8")
    (package / "__init__.py").write_text("raise RuntimeError", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    nlp = models.load_spacy("en_tiny_names")

    assert len(list(nlp("One. Two.").sents)) == 2
    assert model_references.directory("en_tiny_names").parent == package


@pytest.mark.parametrize(
    ("name", "is_one"), [("english", True), ("encoder", False), ("classifier", False)]
)
def test_knows_a_pipeline(small_models: SmallModels, name: str, is_one: bool) -> None:  # noqa: FBT001  # a table
    assert models.is_spacy(str(getattr(small_models, name))) is is_one


# Weights


@pytest.mark.parametrize(
    ("load", "name", "lack"),
    [
        (models.load_classifier, "encoder", "classifier.bias"),
        (models.load_token_classifier, "encoder", "classifier.bias"),
        (models.load_seq2seq, "distilbert", "Unrecognized configuration"),
    ],
)
def test_refuses_a_model_made_for_another_use(
    load: Callable[[str], object],
    name: str,
    lack: str,
    small_models: SmallModels,
    distilbert: Path,
) -> None:
    """What it lacks would be made up at random."""
    folder = distilbert if name == "distilbert" else small_models.encoder

    with pytest.raises(ModelError, match=rf"cannot be loaded as a .*{lack}"):
        load(str(folder))


def test_reads_the_encoder_of_a_classifier(distilbert: Path) -> None:
    """It has more weights than are needed, and no pooler."""
    assert models.load_encoder(str(distilbert)).encode(TEXTS).shape == (len(TEXTS), 32)


def test_reads_classifiers_of_other_families(distilbert: Path) -> None:
    assert models.load_classifier(str(distilbert)).labels == ("NEGATIVE", "POSITIVE")


# Windows


@given(
    text=st.text(st.sampled_from("ab .!é字한🙂\n"), max_size=400),
    max_tokens=st.integers(min_value=8, max_value=128),
)
def test_windows_cover_a_text(encoder: Encoder, text: str, max_tokens: int) -> None:
    """Every visible character is in a window, none is in two, and each window fits."""
    spans = encoder.windows(text, max_tokens=max_tokens)

    assert share(text, spans) == 1
    assert all(start < end for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    sizes = [len(encoder._pieces._tokenizer.encode(text[start:end]).ids) for start, end in spans]
    assert max(sizes, default=0) <= max_tokens


def test_windows_end_with_a_sentence(encoder: Encoder) -> None:
    """Where one ends in the second half of the window."""
    text = "abc de fgh. ij kl mn. " * 4

    spans = encoder.windows(text, max_tokens=24)

    assert all(text[start:end].endswith(".") for start, end in spans)


def test_a_window_never_passes_the_model(encoder: Encoder) -> None:
    """Asked for more than it has positions, the model gives what it has."""
    spans = encoder.windows("ab " * 200, max_tokens=10_000)

    assert len(spans) == 4


def test_counts_positions_as_roberta_does(tmp_path: Path, small_models: SmallModels) -> None:
    """Two of its positions stand for padding, which its tokenizer may not know."""
    from transformers import RobertaConfig, RobertaForSequenceClassification

    folder = Path(shutil.copytree(small_models.encoder, tmp_path / "roberta"))
    about = folder / "tokenizer_config.json"
    settings = json.loads(about.read_text(encoding="utf-8")) | {"model_max_length": 10**30}
    about.write_text(json.dumps(settings), encoding="utf-8")
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    size |= {"intermediate_size": 16, "max_position_embeddings": 66}
    RobertaForSequenceClassification(
        RobertaConfig(vocab_size=200, pad_token_id=1, **size)
    ).save_pretrained(folder)

    loaded = models.load_classifier(str(folder))

    assert loaded.max_tokens == 64
    assert loaded.probabilities(["a" * 64]).shape == (1, 2)


# Encoder


def test_vectors_have_unit_length(encoder: Encoder) -> None:
    """One row a text, in order; an empty text has one too."""
    vectors = encoder.encode(TEXTS)

    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), encoder.dimension), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_a_vector_depends_on_no_other_text(encoder: Encoder) -> None:
    """The same in any company, within 1e-5."""
    together = encoder.encode(TEXTS)

    alone = np.vstack([encoder.encode([text]) for text in TEXTS])

    assert np.abs(together - alone).max() < 1e-5


def test_reads_long_texts_to_their_end(encoder: Encoder) -> None:
    """What stands past the last position still counts."""
    start = "one two three. " * 40

    first, second = encoder.encode([start + "x y z " * 20, start + "q 1 w " * 20])

    assert first @ second < 0.999


def test_no_text_gives_no_vector(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


# Classifier


def test_probabilities_sum_to_one(classifier: Classifier) -> None:
    """One row a text, one column a label."""
    found = classifier.probabilities(TEXTS)

    assert classifier.labels == LABELS
    assert found.shape == (len(TEXTS), 3)
    assert found.sum(axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_probabilities_depend_on_no_other_text(classifier: Classifier) -> None:
    """The same in any company, within 1e-5."""
    alone = np.vstack([classifier.probabilities([text]) for text in TEXTS])

    assert np.abs(classifier.probabilities(TEXTS) - alone).max() < 1e-5


@pytest.mark.parametrize(
    ("labels", "columns"),
    [
        (["negative", "neutral", "positive"], ([0], [1], [2])),
        (["POSITIVE", "NEGATIVE"], ([1], [], [0])),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], ([0, 1], [2], [3, 4])),
    ],
)
def test_knows_the_usual_labels(
    labels: list[str], columns: tuple[list[int], list[int], list[int]]
) -> None:
    assert sentiment_columns(labels) == columns


def test_refuses_labels_that_say_nothing() -> None:
    """The message names the file to mend."""
    with pytest.raises(ModelError, match=r"LABEL_1.*id2label.*config\.json"):
        sentiment_columns(["negative", "LABEL_1"])
