"""The training flow: an embedded model from labelled corpora, with a card that says how."""

from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from schemas.training import TrainingConfig
from tasks import cards


@flow(name="train-model", flow_run_name="{config.task}", persist_result=False)
def train_model(config: TrainingConfig, corpora: Path, out: Path) -> dict[str, float]:
    """Train a model from the corpora and write it to a directory that the pipeline takes by path.

    Args:
        config: The task and its knobs; see `schemas/training.py`.
        corpora: The folder that holds `sentiment/`, `treebank/` and `ner/`.
        out: The directory of the model; what stands there is replaced file by file.
    """
    scores = fit(config, corpora, out)
    cards.write(out, config, scores, trained_on=datetime.now(UTC).date())
    return scores


@task(task_run_name="fit {config.task}", persist_result=False, cache_policy=NO_CACHE)
def fit(config: TrainingConfig, corpora: Path, out: Path) -> dict[str, float]:
    """Fit the model of a task; its scores on the dev data, 0 to 1."""
    if config.task == "sentiment":
        from tasks import training_sentiment

        return training_sentiment.train(corpora, out, config)
    from tasks import training_english

    return training_english.train(corpora, out, config)
