"""The training flow: a model that the pipeline takes by path, from labelled data."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import aftermath, artifacts, naming
from schemas.training import TrainingConfig
from tasks import cards


@flow(
    name="train-model",
    flow_run_name=naming.training,
    persist_result=False,
    on_failure=[aftermath.call_webhook],
    on_crashed=[aftermath.call_webhook],
)
def train_model(
    config: TrainingConfig, data: Sequence[Path], dev: Sequence[Path], out: Path
) -> dict[str, float]:
    """Train a model and write it to a directory, with a card that says how.

    Args:
        config: The task and its knobs; see `schemas/training.py`.
        data: Files of labelled data: jsonl, csv, tsv, Parquet or, for a tagger, CoNLL-U.
        dev: Files to score on; without any, a share of the data is held out.
        out: The directory of the model; what stands there is replaced file by file.
    """
    scores = fit(config, data, dev, out)
    cards.write(out, config, cards.Data.of(data, dev), scores, datetime.now(UTC).date())
    artifacts.publish_scores(scores, out)
    return scores


@task(task_run_name="fit {config.task}", persist_result=False, cache_policy=NO_CACHE)
def fit(
    config: TrainingConfig, data: Sequence[Path], dev: Sequence[Path], out: Path
) -> dict[str, float]:
    """Fit the model of a task; its scores on the dev data, 0 to 1."""
    match config.task:
        case "sentiment" | "classification":
            from tasks import training_classifier

            return training_classifier.train(data, dev, out, config)
        case "ner":
            from tasks import training_recognizer

            return training_recognizer.train(data, dev, out, config)
        case "tagger":
            from tasks import training_tagger

            return training_tagger.train(data, dev, out, config)
