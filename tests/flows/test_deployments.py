"""prefect.yaml deploys as it stands, and its deployments carry the settings as a form."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prefect import get_client
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from flows.temporary_server import prefect_server

ROOT = Path(__file__).parents[2]


def prefect(*arguments: str, url: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
        cwd=ROOT,
        env=os.environ
        | {
            "PREFECT_API_URL": url,
            "PREFECT_HOME": str(home),
            "CORPUSMILL_CHECKOUT": str(ROOT),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


def test_deploys_without_a_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both deployments are made; the server's schema of `config` knows bounds and meanings."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    with temporary_settings({PREFECT_HOME: tmp_path}), prefect_server():
        url = PREFECT_API_URL.value()
        assert url is not None

        pool = prefect("work-pool", "create", "local", "--type", "process", url=url, home=tmp_path)
        ended = prefect("deploy", "--all", url=url, home=tmp_path)

        assert (pool.returncode, ended.returncode) == (0, 0), ended.stdout + ended.stderr
        with get_client(sync_client=True) as client:
            made = {d.name: d for d in client.read_deployments()}
    assert set(made) == {"nightly", "backfill"}
    topics = made["backfill"].parameter_openapi_schema["definitions"]["TopicsConfig"]["properties"]
    assert topics["passes"]["minimum"] == 1
    assert topics["passes"]["description"] == "Times the fit goes over the corpus."


def test_nightly_runs_one_at_a_time() -> None:
    """The schedule has a timezone, and a second run waits for the first."""
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    nightly = next(d for d in deployments if d["name"] == "nightly")

    assert nightly["schedules"] == [{"cron": "0 2 * * *", "timezone": "UTC"}]
    assert nightly["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
