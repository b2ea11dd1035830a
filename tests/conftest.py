"""What the tests share: small models, a small corpus, a results folder, a run in this process."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tasks.machine import single_threaded
from tasks.store import Store
from tests.command_line import CalmRun, finish_run, start_run, write_corpus
from tests.object_server import Bucket, served
from tests.once import once
from tests.small_models import SmallModels, models_in, save_all

os.environ.update(single_threaded())
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"

settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("steady")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a test by no more bytes than a signature has.

    What is compressed bears the time, and every process must give a test one name.
    """
    return "bytes" if isinstance(val, bytes) and len(val) > 16 else None


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A new results folder, open."""
    made = Store(tmp_path / "results")
    made.open(create=True)
    return made


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An object store with five texts below s3://corpus/texts."""
    with served(monkeypatch) as made:
        yield made


@pytest.fixture(scope="session")
def small_models(tmp_path_factory: pytest.TempPathFactory) -> SmallModels:
    """A pipeline, an encoder and a classifier that load in no time and know nothing."""
    return models_in(once(tmp_path_factory, "models", save_all))


@pytest.fixture
def in_place() -> Iterator[None]:
    """No Prefect server, no worker processes: the flow runs where it is called."""
    from tests.flow_in_process import in_place

    with in_place():
        yield


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment whose Prefect keeps all it has in a folder of the tests."""
    home = tmp_path_factory.mktemp("prefect")
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return own | {"PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


@pytest.fixture(scope="session")
def calm_run(
    small_models: SmallModels,
    prefect_home: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> CalmRun:
    """A run of the command line, with workers and a Prefect server of its own, to its end."""

    def run(folder: Path) -> None:
        write_corpus(folder / "corpus")
        began = time.monotonic()
        places = folder / "corpus", folder / "results"
        account = finish_run(start_run(*places, small_models, prefect_home))
        lasted_s = time.monotonic() - began
        (folder / "run.json").write_text(json.dumps({"account": account, "lasted_s": lasted_s}))

    made = once(tmp_path_factory, "calm", run)
    own = tmp_path_factory.mktemp("calm") / "results"
    shutil.copytree(made / "results", own)
    return CalmRun(made / "corpus", own, **json.loads((made / "run.json").read_text()))
