"""The names of flow runs: what was asked, of what, and when."""

from pathlib import PurePath

from prefect import runtime


def analysis() -> str:
    """The corpus, where its results go, and when the run was due."""
    asked = runtime.flow_run.parameters
    corpus, results = PurePath(asked["corpus"]).name, PurePath(asked["results"]).name
    return f"{corpus} → {results} {_due()}"


def training() -> str:
    """The task, where the model goes, and when the run was due."""
    asked = runtime.flow_run.parameters
    config = asked["config"]
    return f"{config.task} → {PurePath(asked['out']).name} {_due()}"


def _due() -> str:
    """In UTC, to the minute."""
    return f"{runtime.flow_run.scheduled_start_time:%Y-%m-%d %H:%M}"
