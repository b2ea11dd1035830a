"""Measurements: what is read, what contends with what, and that both do the same work."""

import json
from pathlib import Path

import pytest

from flows import benchmark_screen, benchmarks, contenders
from flows.contenders import Speed
from schemas.config import PipelineConfig
from schemas.errors import ConfigError, CorpusError
from tests.onnx_models import OnnxModels
from tests.small_models import SmallModels

pytest_plugins = ["tests.onnx_fixtures", "tests.model_fixtures"]

TEXTS = ("A text. Of two sentences.", "7", "Another text, " * 30, "")


@pytest.fixture
def corpus(tmp_path: Path) -> str:
    """Some English, and one document that is not."""
    rows = [
        {"text": f"This is the story number {i}, and it is told in plain English."} for i in (1, 2)
    ]
    rows.append({"text": "Das ist eine kurze Geschichte, die auf Deutsch geschrieben ist."})
    path = tmp_path / "corpus" / "stories.jsonl"
    path.parent.mkdir()
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("language", "count"), [(None, 3), ("en", 2)])
def test_measures_with_the_texts_of_a_corpus(corpus: str, language: str | None, count: int) -> None:
    """All of them, or those of a language."""
    texts = benchmarks._texts(corpus, PipelineConfig(), language=language)

    assert len(texts) == count


def test_refuses_a_corpus_without_a_text(corpus: str) -> None:
    with pytest.raises(CorpusError, match="no document to measure with"):
        benchmarks._texts(corpus, PipelineConfig(), language="fr")


def test_both_classifiers_read_all_documents(small_models: SmallModels) -> None:
    """The stock pipeline is given the windows that the stage cuts."""
    model = str(small_models.classifier)

    windows = contenders.windows_of(TEXTS, model, 64)

    assert [len(each) for each in windows] == [1, 1, 6, 0]
    assert contenders.sentiment_stage(TEXTS, model, 64)() == len(TEXTS)
    assert contenders.stock_classifier(windows, small_models.classifier)() == len(TEXTS)


def test_both_taggers_read_all_words(small_models: SmallModels) -> None:
    """The stage and the stock pipeline count the same tokens."""
    model = str(small_models.english)

    assert contenders.preprocess_stage(TEXTS, model)() == 98
    assert contenders.stock_spacy(TEXTS, small_models.english)() == 98


def test_both_recognizers_read_all_words(recognizer: Path) -> None:
    """The stage and the stock pipeline read the same windows."""
    model = str(recognizer)

    windows = contenders.word_windows_of(TEXTS, model)

    words = sum(len(text.split()) for text in TEXTS)
    assert contenders.recognizer_stage(TEXTS, model)() == words
    assert contenders.stock_recognizer(windows, recognizer)() == words


def test_the_stock_classifier_has_as_many_layers(onnx_models: OnnxModels, tmp_path: Path) -> None:
    """And the labels; its weights do not matter for its speed."""
    contenders.save_untrained("embedded:base", 1, ("a", "b", "c"), tmp_path, "sequence")

    about = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert (about["num_hidden_layers"], len(about["id2label"])) == (1, 3)
    assert contenders.stock_classifier([["a text"]], tmp_path)() == 1


def test_a_model_of_transformers_contends_itself(small_models: SmallModels, tmp_path: Path) -> None:
    """The stage and the stock pipeline run the same one."""
    assert benchmarks._of_floats(str(small_models.classifier), tmp_path, "sequence") == (
        small_models.classifier
    )


def test_refuses_a_model_without_a_base(onnx_models: OnnxModels, tmp_path: Path) -> None:
    """There is nothing that the stock pipeline could run."""
    with pytest.raises(ConfigError, match="--model"):
        benchmarks._of_floats(str(onnx_models.classifier), tmp_path, "sequence")


def test_a_contender_starts_afresh(small_models: SmallModels) -> None:
    """What it imports and takes is its own."""
    speed = contenders.measured("none", contenders.stock_spacy, TEXTS, small_models.english)

    assert 0 < speed.work_cpu_s + speed.start_cpu_s < 60
    assert speed.peak_mb > 10


def test_speeds_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Each also as a ratio to the first."""
    speeds = [Speed("stock", 3.0, 10.0, 50, 500.0), Speed("stage", 0.5, 4.0, 50, 200.0)]

    benchmark_screen.show_speeds(speeds, "documents", "a machine", as_json=False)

    rows = [line for line in capsys.readouterr().out.splitlines() if "st" in line and "│" in line]
    assert [[cell.strip() for cell in row.strip("│").split("│")] for row in rows] == [
        ["stock", "3.00", "500", "50", "10.0", "5.0", "1.00"],
        ["stage", "0.50", "200", "50", "4.0", "12.5", "2.50"],
    ]
