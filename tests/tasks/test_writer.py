"""Models that write texts, with fast and slow tokenizers."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks import models
from tasks.coverage import share
from tasks.writer import Seq2Seq

pytest_plugins = ["tests.model_fixtures"]


@pytest.fixture(scope="module")
def translator(marian: Path) -> Seq2Seq:
    return models.load_seq2seq(str(marian))


@pytest.mark.parametrize("writer", ["bart", "t5", "marian"])
def test_writes_the_same_each_time(writer: str, request: pytest.FixtureRequest) -> None:
    """By beam search, each text by itself."""
    model = models.load_seq2seq(str(request.getfixturevalue(writer)))

    first = model.generate(["ab cd", "a longer text, 12"], max_new_tokens=6, num_beams=2)

    assert first == model.generate(["ab cd", "a longer text, 12"], max_new_tokens=6, num_beams=2)
    assert first[1:] == model.generate(["a longer text, 12"], max_new_tokens=6, num_beams=2)
    assert any(first)


@pytest.mark.parametrize("writer", ["bart", "marian"])
def test_splits_a_text_in_parts_that_the_model_takes(
    writer: str, request: pytest.FixtureRequest
) -> None:
    """All of it, each part to the end of a sentence."""
    model = models.load_seq2seq(str(request.getfixturevalue(writer)))
    text = "a sentence of some words. " * 30

    spans = model.split(text, max_tokens=1024)

    assert len(spans) > 1
    assert share(text, spans) == 1
    assert all(text[start:end].endswith(".") for start, end in spans)
    assert max(len(model._tokens(text[s:e])["input_ids"]) for s, e in spans) <= 128


@given(
    text=st.text(st.sampled_from("ab .!é字한🙂\n½"), max_size=300),
    max_tokens=st.integers(min_value=4, max_value=64),
)
def test_parts_cover_a_text_without_offsets(
    translator: Seq2Seq, text: str, max_tokens: int
) -> None:
    """Where the tokenizer does not say where pieces stand: nothing is lost, nothing read twice."""
    spans = translator.split(text, max_tokens=max_tokens)

    assert share(text, spans) == 1
    assert all(start < end for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_parts_without_offsets_fit(translator: Seq2Seq) -> None:
    """Words are counted as the model will read them, the piece that ends each input with them."""
    text = "xyz boat 12 " * 50

    spans = translator.split(text, max_tokens=20)

    sizes = [len(translator._tokens(text[start:end])["input_ids"]) for start, end in spans]
    assert max(sizes) <= 20
    assert min(sizes[:-1]) > 10


def test_t5_is_told_what_to_do(t5: Path, tmp_path: Path) -> None:
    """The words that its config.json has for summaries stand before each text, and take room."""
    import json
    import shutil

    folder = Path(shutil.copytree(t5, tmp_path / "t5"))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["task_specific_params"] = {"summarization": {"prefix": "abc: "}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    plain, told = models.load_seq2seq(str(t5)), models.load_seq2seq(str(folder))

    written = told.generate(["a boat"], max_new_tokens=6, num_beams=1)

    assert written == plain.generate(["abc: a boat"], max_new_tokens=6, num_beams=1)
    assert len(told.split("ab " * 20, max_tokens=16)) > len(plain.split("ab " * 20, max_tokens=16))
