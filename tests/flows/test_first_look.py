"""A run with nothing to do needs no Prefect server."""

from pathlib import Path
from unittest import mock

import pytest

from flows import first_look, launching
from flows.accounting import Request
from flows.progress import Silent
from schemas.config import PipelineConfig
from schemas.errors import DamagedPart
from schemas.stages import StageName, with_upstream
from tasks.store import Store
from tests.flow_in_process import Runs
from tests.results import part_path
from tests.small_models import SmallModels

pytestmark = pytest.mark.usefixtures("in_place")
STAGES = (StageName.VOCABULARY,)


@pytest.fixture
def runs(tmp_path: Path, small_models: SmallModels) -> Runs:
    """Two documents, up to date."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in "ab":
        (corpus / f"{name}.txt").write_text(f"The boat {name} is old. It was built in May 1990.")
    settings = {name: {**values} for name, values in small_models.settings.items()}
    made = Runs(corpus, tmp_path / "results", settings)
    made.once(STAGES)
    return made


def request(runs: Runs, **run: object) -> Request:
    settings = runs.settings | {"run": runs.settings["run"] | run}
    config = PipelineConfig.model_validate(settings)
    return Request(str(runs.corpus), runs.results, config, with_upstream(STAGES, config))


def test_a_run_with_nothing_to_do_is_accounted_for(runs: Runs) -> None:
    """It is recorded as any other; nothing is written but that."""
    store = Store(runs.results)
    before = {part: part_path(store, "tokens", 0).stat().st_mtime_ns for part in ("tokens",)}

    account = first_look.idle(request(runs))

    assert account is not None
    assert (account.outcome, account.tasks) == ("done", 0)
    assert {s.stage: s.books.done for s in account.stages} == dict.fromkeys(
        ["ingest", "preprocess", "vocabulary"], 0
    )
    assert store.partitions("runs") == [0, 1]
    assert before == {"tokens": part_path(store, "tokens", 0).stat().st_mtime_ns}


def test_a_change_is_work(runs: Runs) -> None:
    """It is left to the flow, which looks at the corpus no second time."""
    (runs.corpus / "c.txt").write_text("Another boat.")

    with first_look.kept():
        assert first_look.idle(request(runs)) is None
        with mock.patch.object(first_look, "scan") as scan:
            found = first_look.sources(str(runs.corpus), request(runs).config.ingest)

    assert [source.source for source in found] == ["a.txt", "b.txt", "c.txt"]
    scan.assert_not_called()
    assert Store(runs.results).partitions("runs") == [0]


@pytest.mark.parametrize(
    "run", [{"verify": True}, {"metrics_file": "m.prom"}, {"max_rejects": 0, "runner": "dask"}]
)
def test_a_run_that_must_be_seen_is_left_to_the_flow(runs: Runs, run: dict[str, object]) -> None:
    if run.get("runner"):
        run = run | {"dask_address": "tcp://127.0.0.1:1"}
    assert first_look.idle(request(runs, **run)) is None


def test_a_damaged_part_is_work(runs: Runs) -> None:
    with mock.patch.object(Store, "footer", side_effect=DamagedPart("x", "tokens", 0, "cut")):
        assert first_look.idle(request(runs)) is None


def test_no_server_is_started_for_nothing(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where none is configured; one that is hears of every run."""
    monkeypatch.chdir(tmp_path)
    asked = (str(runs.corpus), runs.results, request(runs).config, STAGES, Silent())
    with (
        mock.patch("flows.prefect_api.configured", return_value=False),
        mock.patch.object(launching, "_run") as flow,
    ):
        assert launching.launch(*asked).outcome == "done"
        flow.assert_not_called()
    with (
        mock.patch("flows.prefect_api.configured", return_value=True),
        mock.patch.object(launching, "_run") as flow,
    ):
        launching.launch(*asked)
        flow.assert_called_once()
