"""Extractive summaries are nearer to people's than the first sentences are."""

from pathlib import Path

import pytest

from schemas.config import PipelineConfig
from tasks.evaluation.corpora import Corpora, texts_of
from tasks.evaluation.summaries import SETS, lead, read, summary, summary_scores

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
GUM = SETS[0]
FLOOR = 0.325
"""Mean ROUGE-1 F1, best of a document's references; measured 0.340, the first two give 0.259."""
MARGIN = 0.05
"""By how much it is above the first sentences, at least."""


@pytest.mark.timeout(120)
@pytest.mark.skipif(
    not (CORPORA / GUM.file).exists(), reason=f"needs the GUM summaries at {CORPORA / GUM.file}"
)
def test_extractive_summaries_beat_the_first_sentences() -> None:
    """Two picked sentences are above the floor, and above the first two by a margin."""
    pytest.importorskip("rouge_score")
    config = PipelineConfig()
    rows = Corpora(CORPORA).rows(GUM.file, "text", GUM.references)
    gold = [texts_of(row, GUM.references) for row in rows]
    documents = read([str(row["text"]) for row in rows], GUM, config)

    ours = summary_scores([summary(document, config) for document in documents], gold)

    first = summary_scores([lead(document) for document in documents], gold)
    assert ours["rouge_1"] >= FLOOR
    assert ours["rouge_1"] >= first["rouge_1"] + MARGIN
