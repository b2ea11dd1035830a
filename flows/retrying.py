"""Tries again what was rejected, after a fix, without touching the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from flows import launching
from flows.progress import Listener
from flows.turns import turn
from schemas.config import PipelineConfig
from schemas.errors import ConfigError, ResultsError
from schemas.stages import StageName
from schemas.tables import REJECT_REASONS
from tasks import inventory, rejects
from tasks.folders import Results
from tasks.history import RunAccount
from tasks.rejects import Choice
from tasks.store import Store


@dataclass(frozen=True)
class LastRun:
    """What the last run was asked: a retry asks the same again."""

    corpus: str
    config: PipelineConfig
    stages: tuple[StageName, ...]


def last_run(store: Store) -> LastRun:
    """What the last whole run of a results folder was asked, backfills left aside.

    Raises `ResultsError` if there is none.
    """
    run = inventory.last_run(store, whole=True)
    if run is None:
        raise ResultsError(f"no run is recorded in {store.root}: `python -m flows run` makes one")
    try:
        config = PipelineConfig.model_validate_json(str(run["config"]))
    except ValidationError as error:
        raise ResultsError(
            "the last run had settings that this version does not know: run once with "
            f"`python -m flows run` ({error.errors()[0]['loc']})"
        ) from error
    stages = run["stages"]
    names = [str(s["stage"]) for s in stages] if isinstance(stages, list) else []
    return LastRun(str(run["corpus"]), config, tuple(map(StageName, names)))


def choice(stages: Sequence[str], reasons: Sequence[str]) -> Choice:
    """The rejects of these stages and reasons; none given means all.

    Raises `ConfigError` on one that does not exist.
    """
    for option, given, there in (
        ("--stage", stages, [*StageName]),
        ("--reason", reasons, [*REJECT_REASONS]),
    ):
        if unknown := [name for name in given if name not in there]:
            raise ConfigError(f"{option}: there is no {unknown[0]}; choose of {', '.join(there)}")
    return Choice(tuple(stages), tuple(reasons))


def retry(
    store: Store, meant: Choice, last: LastRun, results: Results, hears: Listener
) -> RunAccount | None:
    """Run again with these rejects called back; the account of the run, None if there are none.

    A run that was killed meanwhile, or fails, leaves them called back: the next run tries them.
    """
    with turn(store, last.config.run.lock_timeout_s):
        called = rejects.call_back(store, meant)
    if not called:
        return None
    return launching.launch(last.corpus, results, last.config, last.stages, hears)
