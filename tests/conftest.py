"""What the tests share: small models, a small corpus, a results folder, a run in this process."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tasks.machine import single_threaded
from tasks.store import Store
from tests.command_line import CalmRun, finish_run, start_run, write_corpus
from tests.object_server import Bucket, served
from tests.small_models import SmallModels, save_all

os.environ.update(single_threaded())
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"

settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one process, and those of the calm run in one, too."""
    for item in items:
        of_calm_run = "calm_run" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("calm run" if of_calm_run else str(item.path)))


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
    return save_all(tmp_path_factory.mktemp("models"))


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
    folder = tmp_path_factory.mktemp("calm")
    corpus, results = folder / "corpus", folder / "results"
    write_corpus(corpus)
    began = time.monotonic()
    account = finish_run(start_run(corpus, results, small_models, prefect_home))
    return CalmRun(corpus, results, account, time.monotonic() - began)
