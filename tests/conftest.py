"""What the tests share: small models, a small corpus, a results folder, a run in this process."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tasks.machine import single_threaded
from tasks.store import Store
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


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A new results folder, open."""
    made = Store(tmp_path / "results")
    made.open(create=True)
    return made


@pytest.fixture(scope="session")
def small_models(tmp_path_factory: pytest.TempPathFactory) -> SmallModels:
    """A pipeline, an encoder and a classifier that load in no time and know nothing."""
    return save_all(tmp_path_factory.mktemp("models"))
