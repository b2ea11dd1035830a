"""Files of any name, through every stage: a name is data."""

import os
from pathlib import Path

import pandas as pd

from schemas.config import PipelineConfig
from tests import in_process
from tests.small_models import SmallModels
from tests.tasks.test_sources import NAMES

TEXT = "The council of town {} met on a windy day and spoke of boats number {}."


def test_every_name_has_its_own_row(tmp_path: Path, small_models: SmallModels) -> None:
    """One document each, once; the report shows them, and obeys none."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, name in enumerate(NAMES):
        path = os.fsdecode(os.fsencode(corpus) + b"/" + name)
        Path(path).write_text(TEXT.format(number, number))
    config = PipelineConfig.model_validate(small_models.settings)

    ran = in_process.run(corpus, tmp_path / "results", config)
    again = in_process.run(corpus, tmp_path / "results", config)

    documents = pd.read_parquet(tmp_path / "results/documents", columns=["doc_id", "source"])
    report = (tmp_path / "results/report.html").read_text(encoding="utf-8")
    assert ran.books["ingest"].done == len(NAMES)
    assert documents["doc_id"].nunique() == documents["source"].nunique() == len(NAMES)
    assert "<img src=x>" not in report
    assert not again.written
