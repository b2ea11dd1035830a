"""Trainings on a few sentences with a small encoder: what they write is a model that works."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from schemas.errors import CorpusError
from schemas.training import ClassifierTraining, RecognizerTraining, TaggerTraining
from tasks import checkpoints, models, training_classifier, training_recognizer, training_tagger
from tasks import word_vectors as vectors
from tests.small_models import SmallModels
from tests.tasks.test_treebank import TREEBANK

OPINIONS = [("fine little film", "good"), ("dull noisy film", "bad")] * 12
NAMES = [
    {"tokens": ["Mara", "lives", "in", "Oslo"], "tags": ["B-PER", "O", "O", "B-LOC"]},
    {"tokens": ["Oslo", "met", "Mara"], "tags": ["B-LOC", "O", "B-PER"]},
    {"tokens": ["nobody", "lives", "here"], "tags": ["O", "O", "O"]},
] * 6


class Killed(Exception):
    """The training's process is gone."""


def jsonl(path: Path, rows: list[dict[str, object]]) -> Path:
    """The rows as a file."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def opinions(tmp_path: Path) -> Path:
    """Texts of two classes."""
    return jsonl(tmp_path / "opinions.jsonl", [{"text": t, "label": c} for t, c in OPINIONS])


@pytest.fixture
def names(tmp_path: Path) -> Path:
    """Sentences with persons and places."""
    return jsonl(tmp_path / "names.jsonl", NAMES)


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A treebank of two documents."""
    path = tmp_path / "bank.conllu"
    path.write_text(TREEBANK * 10)
    return path


def classifier(base: Path, **knobs: object) -> ClassifierTraining:
    """A training that learns two words by heart."""
    few = {"task": "classification", "base": str(base), "layers": 1, "learning_rate": 0.02}
    return ClassifierTraining.model_validate(
        few | {"epochs": 6, "batch_size": 4, "dropout": 0, "max_tokens": 32} | knobs
    )


@pytest.mark.parametrize("rank", [0, 4])
def test_a_classifier_learns(
    rank: int, opinions: Path, small_models: SmallModels, tmp_path: Path
) -> None:
    """By all weights or by an adapter; the pipeline takes what it wrote by its path."""
    out = tmp_path / "model"
    config = classifier(small_models.encoder, lora_rank=rank)

    scores = training_classifier.train([opinions], [opinions], out, config)

    made = models.load_classifier(str(out))
    found = made.probabilities([text for text, _ in OPINIONS[:2]])
    assert made.labels == ("bad", "good")
    assert found.argmax(axis=1).tolist() == [1, 0]
    assert scores["accuracy"] == 1
    assert {path.name for path in out.iterdir()} == {
        "manifest.json",
        "model.onnx",
        "tokenizer.json",
        "training",
    }


def test_a_student_learns_from_a_teacher(
    opinions: Path, small_models: SmallModels, tmp_path: Path
) -> None:
    """With the teacher's opinion alone; the labels that it is told are wrong."""
    teacher, wrong = tmp_path / "teacher", {"good": "bad", "bad": "good"}
    training_classifier.train([opinions], [opinions], teacher, classifier(small_models.encoder))
    config = classifier(small_models.encoder, teacher=str(teacher), teacher_weight=1, labels=wrong)

    training_classifier.train([opinions], [opinions], tmp_path / "student", config)

    found = models.load_classifier(str(tmp_path / "student")).probabilities([OPINIONS[0][0]])
    assert found.argmax(axis=1).tolist() == [1]


def test_a_recognizer_learns(names: Path, small_models: SmallModels, tmp_path: Path) -> None:
    """Types are renamed, and case is told: the encoder's own vocabulary has none."""
    config = RecognizerTraining(
        task="ner",
        base=str(small_models.encoder),
        layers=1,
        lora_rank=0,
        learning_rate=0.02,
        epochs=12,
        batch_size=4,
        dropout=0,
        case_share=0,
        labels={"PER": "PERSON", "LOC": "LOC"},
    )

    scores = training_recognizer.train([names], [names], tmp_path / "model", config)

    made = models.load_token_classifier(str(tmp_path / "model"))
    assert made.spans("Mara lives in Oslo") == [(0, 4, "PERSON"), (14, 18, "LOC")]
    assert scores["entity_f1"] == 1


def test_a_tagger_learns(
    bank: Path, small_models: SmallModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it wrote tags as the treebank does, and finds the vectors of words in any case."""
    monkeypatch.setattr(vectors, "ENCODER", str(small_models.encoder))
    monkeypatch.setattr(training_tagger, "VECTORS", str(small_models.encoder))
    config = TaggerTraining(
        task="tagger", epochs=25, batch_size=4, width=32, depth=1, vectors=8, case_share=0
    )

    scores = training_tagger.train([bank], [bank], tmp_path / "model", config)

    nlp = models.load_spacy(str(tmp_path / "model"))
    doc = nlp("Mara didn't stay in Oslo.\n\nShe left")
    assert [t.lemma_ for t in doc][:4] == ["Mara", "do", "not", "stay"]
    assert [t.pos_ for t in doc][:2] == ["PROPN", "AUX"]
    assert [s.text.strip() for s in doc.sents] == ["Mara didn't stay in Oslo.", "She left"]
    assert doc[0].has_vector
    assert scores["lemma_acc"] > 0.9


def test_a_tagger_keeps_no_text_of_its_data(bank: Path, tmp_path: Path) -> None:
    """Words that are no part of a rule or a lemma are not among its strings."""
    config = TaggerTraining(task="tagger", epochs=1, width=32, depth=1)

    training_tagger.train([bank], [bank], tmp_path / "model", config)

    strings = json.loads((tmp_path / "model/vocab/strings.json").read_text())
    assert not {"Acme", "acme", "Mara", "stay"} & set(strings)


Train = Callable[[Path], dict[str, float]]


@pytest.mark.parametrize("kind", ["classifier", "recognizer", "tagger"])
def test_a_killed_training_makes_the_same_model(  # fixtures
    kind: str,
    opinions: Path,
    names: Path,
    bank: Path,
    small_models: SmallModels,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Dropout, order and optimizer go on where the last checkpoint was."""
    train, learner = trainings(opinions, names, bank, small_models.encoder)[kind]
    whole = train(tmp_path / "whole")
    step = learner.step

    def dies(self: object, batch: object, *, learning_rate: float, number: int) -> float:
        if number == 7:
            raise Killed
        return float(step(self, batch, learning_rate=learning_rate, number=number))

    monkeypatch.setattr(learner, "step", dies)
    with pytest.raises(Killed):
        train(tmp_path / "cut")
    monkeypatch.setattr(learner, "step", step)

    again = train(tmp_path / "cut")

    assert again == pytest.approx(whole, abs=1e-6)
    assert losses(tmp_path / "cut") == pytest.approx(losses(tmp_path / "whole"), rel=1e-4)
    assert not (tmp_path / "cut" / checkpoints.FOLDER).exists()


def trainings(opinions: Path, names: Path, bank: Path, base: Path) -> dict[str, tuple[Train, type]]:
    """A short training of each kind, and the class that learns."""
    few = {"epochs": 3, "batch_size": 4, "dropout": 0.2, "checkpoint_s": 0}
    words = {"task": "ner", "base": str(base), "layers": 1, "lora_rank": 4}
    text = classifier(base, **few)
    spans = RecognizerTraining.model_validate(few | words)
    tags = TaggerTraining.model_validate(few | {"task": "tagger", "width": 32, "depth": 1})
    return {
        "classifier": (
            lambda out: training_classifier.train([opinions], [opinions], out, text),
            training_classifier.Learner,
        ),
        "recognizer": (
            lambda out: training_recognizer.train([names], [names], out, spans),
            training_recognizer.Learner,
        ),
        "tagger": (
            lambda out: training_tagger.train([bank], [bank], out, tags),
            training_tagger.Learner,
        ),
    }


def losses(out: Path) -> list[float]:
    """The loss of each step."""
    import pandas as pd

    table = pd.read_parquet(out / "training" / "metrics.parquet")
    return [float(x) for x in table.loc[table["kind"] == "step", "loss"]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"text": "a fine film", "label": "splendid"}] * 4, "splendid"),
        ([{"text": " ", "label": "positive"}] * 4, "row 1: the text is empty"),
    ],
)
def test_rows_at_fault_are_named(
    rows: list[dict[str, object]], message: str, small_models: SmallModels, tmp_path: Path
) -> None:
    """Before anything is trained: a label that sentiment does not know, a text of spaces."""
    data = jsonl(tmp_path / "data.jsonl", rows)
    config = classifier(small_models.encoder, task="sentiment")

    with pytest.raises(CorpusError, match=message):
        training_classifier.train([data], [], tmp_path / "out", config)


def test_a_class_of_one_example_is_named(
    opinions: Path, small_models: SmallModels, tmp_path: Path
) -> None:
    """Counted over all files."""
    lone = jsonl(tmp_path / "lone.jsonl", [{"text": "so so", "label": "middling"}])

    with pytest.raises(CorpusError, match=r"too few of middling \(1\)"):
        training_classifier.train(
            [opinions, lone], [opinions], tmp_path / "out", classifier(small_models.encoder)
        )


def test_more_layers_than_there_are(
    opinions: Path, small_models: SmallModels, tmp_path: Path
) -> None:
    """The message says how many there are."""
    config = classifier(small_models.encoder, layers=3)

    with pytest.raises(CorpusError, match="has 1 layers: set layers to that at most"):
        training_classifier.train([opinions], [opinions], tmp_path / "out", config)


def test_probabilities_are_calibrated(
    opinions: Path, small_models: SmallModels, tmp_path: Path
) -> None:
    """The model divides its logits by the temperature that the training found."""
    out = tmp_path / "model"

    scores = training_classifier.train(
        [opinions], [opinions], out, classifier(small_models.encoder)
    )

    made = models.load_classifier(str(out))
    logits = made.logits([OPINIONS[0][0]])[0] / scores["temperature"]
    odds = np.exp(logits - logits.max())
    assert made.probabilities([OPINIONS[0][0]])[0] == pytest.approx(odds / odds.sum(), abs=1e-5)
