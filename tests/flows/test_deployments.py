"""The README's section on scheduled runs, done: a server, its deployments, a worker, runs.

One server and one worker of this file do all of it, on corpora of a few words and small models.
"""

import http.server
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import yaml
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Scheduled
from prometheus_client.parser import text_fd_to_metric_families

from flows import automations
from tests.command_line import ROOT
from tests.small_models import SmallModels

README = (ROOT / "README.md").read_text("utf-8")
_SECTION = README[README.index("## Scheduled runs") : README.index("## Measured")]
SETTING_UP, RUNNING, *_ = re.findall(r"^```sh\n(.*?)^```", _SECTION, re.MULTILINE | re.DOTALL)
TEXT = "The boat lies in the harbour. It is old and red."
WITHIN_S = 150.0


@dataclass
class Place:
    """A server with its deployments and a worker, and what the webhook was told."""

    folder: Path
    environment: Mapping[str, str]
    client: SyncPrefectClient
    models: SmallModels
    told: list[dict[str, object]] = field(default_factory=list)

    def prefect(self, command: str, *more: str) -> "subprocess.CompletedProcess[str]":
        """A command as the README writes it, to its end, in the checkout."""
        return subprocess.run(
            self.words(command, *more),
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN_S,
        )

    @staticmethod
    def words(command: str, *more: str) -> list[str]:
        """The command's words, in this Python."""
        program, *words = shlex.split(command)
        assert program == "prefect"
        return [sys.executable, "-m", "prefect", *words, *more]

    def ask(self, command: str, **parameters: object) -> FlowRun:
        """Ask for a run as the README does, with parameters over its own; it has begun nothing."""
        more = [f"{name}={json.dumps(value)}" for name, value in parameters.items()]
        ended = self.prefect(command, *(word for one in more for word in ("-p", one)))
        assert ended.returncode == 0, ended.stdout + ended.stderr
        found = re.search(r"UUID: ([0-9a-f-]{36})", ended.stdout)
        assert found is not None, ended.stdout
        return self.client.read_flow_run(found[1])  # type: ignore[arg-type]  # it takes text too

    def end(self, run: FlowRun) -> FlowRun:
        """The run once it has ended."""
        until = time.monotonic() + WITHIN_S
        while time.monotonic() < until:
            now = self.client.read_flow_run(run.id)
            if now.state is not None and now.state.is_final():
                return now
            time.sleep(0.3)
        pytest.fail(f"{now.name} is {now.state}")

    def log(self, run: FlowRun) -> list[str]:
        """What stands in the log of a run; lines arrive a while after they are said."""
        only = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
        lines: list[str] = []
        until = time.monotonic() + 10
        while time.monotonic() < until and not any("Finished in" in line for line in lines):
            lines = [line.message for line in self.client.read_logs(only, limit=200)]
            time.sleep(0.2)
        return lines

    def settings(self, **stages: Mapping[str, object]) -> dict[str, dict[str, object]]:
        """Settings of a small run, some stages with others; metrics go to a file of that name."""
        run = {"workers": 1, "lock_timeout_s": 60, "metrics_file": str(self.folder / "last.prom")}
        base = self.models.settings | {"run": run | {"max_reject_share": 1.0}}
        return base | {name: {**base.get(name, {}), **some} for name, some in stages.items()}


@dataclass(frozen=True)
class Ran:
    """The runs of this file, each ended."""

    late: FlowRun
    trained: FlowRun
    night: FlowRun
    backfilled: FlowRun
    metrics: Mapping[str, Mapping[tuple[str, ...], float]]
    """Of the night: values by name, and by stage and outcome or reason."""
    metrics_after: Mapping[str, Mapping[tuple[str, ...], float]]
    """Of the backfill."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, small_models: SmallModels) -> Iterator[Place]:
    """The README's commands to set up, as they stand, on a free port and in a home of its own."""
    folder = tmp_path_factory.mktemp("deployments")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    with ExitStack() as stack:
        told, hook = stack.enter_context(listening())
        environment = own | {
            "PREFECT_HOME": str(folder / "home"),
            "PREFECT_API_URL": url,
            "PREFECT_SERVER_API_PORT": str(port),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "1",
            "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "1",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "CORPUSMILL_CHECKOUT": str(ROOT),
            "CORPUSMILL_WEBHOOK_URL": f"{hook}/key-of-the-webhook",
        }
        stack.enter_context(temporary_settings({PREFECT_API_URL: url}))
        client = stack.enter_context(get_client(sync_client=True))
        made = Place(folder, environment, client, small_models, told)
        for command in SETTING_UP.splitlines():
            if command.startswith("export"):
                continue
            if command.split()[-1] == "start" or " worker start" in command:
                stack.enter_context(running(made, command))
                until = time.monotonic() + WITHIN_S
                while client.api_healthcheck() and time.monotonic() < until:
                    time.sleep(0.2)
                continue
            ended = made.prefect(command)
            assert ended.returncode == 0, ended.stdout + ended.stderr
        yield made


@contextmanager
def listening() -> Iterator[tuple[list[dict[str, object]], str]]:
    """A listener on this machine: what it is told, and its address."""
    told: list[dict[str, object]] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield told, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def running(place: Place, command: str) -> Iterator[None]:
    """A command that runs until it is stopped."""
    with (place.folder / "said.log").open("ab") as log:
        process = subprocess.Popen(
            place.words(command),
            cwd=ROOT,
            env=place.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def asked_for(deployment: str) -> str:
    """The README's command that runs a deployment."""
    return next(line for line in RUNNING.splitlines() if deployment in line)


@pytest.fixture(scope="module")
def ran(place: Place) -> Ran:
    """A training, meanwhile a night that rejects too much and a backfill; one run is late."""
    corpus, data = place.folder / "corpus", place.folder / "data.jsonl"
    corpus.mkdir()
    for name in ("2026-02-27.txt", "2026-03-05.txt", "2026-04-05.txt"):
        (corpus / name).write_text(f"{TEXT} {name}")
    (corpus / "void.txt").write_text("")
    rows = [{"text": f"{TEXT} {n}", "label": ("good", "bad")[n % 2]} for n in range(8)]
    data.write_text("\n".join(map(json.dumps, rows)))
    results = str(place.folder / "results")
    late = make_late(place)

    lesson = {
        "task": "classification",
        "base": str(place.models.encoder),
        "layers": 1,
        "epochs": 1,
        "lora_rank": 2,
    }
    trained = place.ask(
        asked_for("train"), config=lesson, data=[str(data)], out=str(place.folder / "model")
    )
    what = {"corpus": str(corpus), "results": results}
    settings = place.settings(run={"max_rejects": 0})
    night = place.end(
        place.ask(asked_for("nightly"), **what, config=settings, stages=["sentiment"])
    )
    metrics = parsed(place.folder / "last.prom")
    settings = place.settings(sentiment={"window_tokens": 32})
    backfilled = place.end(place.ask(asked_for("backfill"), **what, config=settings))
    after = parsed(place.folder / "last.prom")
    return Ran(late, place.end(trained), night, backfilled, metrics, after)


def make_late(place: Place) -> FlowRun:
    """A run of an hour ago in a queue that no worker takes from, and the server to tell of it."""
    url = place.environment["CORPUSMILL_WEBHOOK_URL"]
    for _ in range(2):
        automations.create(url, late=timedelta(seconds=10))
    place.client.create_work_queue("asleep", is_paused=True, work_pool_name="local")
    nightly = place.client.read_deployment_by_name("analyze-corpus/nightly")
    return place.client.create_flow_run_from_deployment(
        nightly.id,
        name="asleep",
        state=Scheduled(scheduled_time=datetime.now(UTC) - timedelta(hours=1)),
        work_queue_name="asleep",
    )


def parsed(file: Path) -> dict[str, dict[tuple[str, ...], float]]:
    """The metrics of a file, by name, then by their labels but the results."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    with file.open() as lines:
        for family in text_fd_to_metric_families(lines):
            for sample in family.samples:
                labels = {**sample.labels}
                labels.pop("results")
                key = tuple(labels[name] for name in sorted(labels))
                found.setdefault(sample.name, {})[key] = sample.value
    return found


def test_deploys_without_a_question(place: Place) -> None:
    """All deployments are made; the server's schema knows bounds and meanings of parameters."""
    made = {d.name: d for d in place.client.read_deployments()}

    assert set(made) == {"nightly", "backfill", "train"}
    schema = made["backfill"].parameter_openapi_schema
    passes = schema["definitions"]["TopicsConfig"]["properties"]["passes"]
    assert passes["minimum"] == 1
    assert passes["description"] == "Times the fit goes over the corpus."
    order = schema["definitions"]["Backfill"]["properties"]["order"]
    assert order["enum"] == ["newest", "oldest"]


def test_a_wrong_parameter_is_refused_at_the_prompt(place: Place) -> None:
    """Before a run exists, with the reason."""
    command = "prefect deployment run analyze-corpus/backfill"

    ended = place.prefect(command, "-p", 'backfill={"order": "sideways"}')

    assert ended.returncode != 0
    assert "'sideways' is not one of ['newest', 'oldest']" in " ".join(ended.stdout.split())


@pytest.mark.parametrize(
    ("deployment", "parameters", "why"),
    [
        ("analyze-corpus/backfill", {"stages": ["sentimint"]}, "'sentimint' is not one of"),
        ("analyze-corpus/backfill", {"backfill": {"form": 1}}, "'form' was unexpected"),
        ("analyze-corpus/nightly", {"config": {"topics": {"passes": 0}}}, "0 is less than"),
        ("train-model/train", {"config": {"task": "tagger"}}, "'data' is a required property"),
    ],
)
def test_the_server_refuses_wrong_parameters(
    place: Place, deployment: str, parameters: dict[str, object], why: str
) -> None:
    """Whoever asks: the schema stands on the server."""
    asked = place.client.read_deployment_by_name(deployment)

    with pytest.raises(PrefectHTTPStatusError, match=why):
        place.client.create_flow_run_from_deployment(asked.id, parameters=parameters)


def test_the_night_is_legible(place: Place, ran: Ran) -> None:
    """Its name, its last state, its tags, its artifacts and its log tell what happened."""
    night = ran.night
    assert night.state is not None
    log = place.log(night)

    artifacts = {a.key for a in place.client.read_artifacts() if a.flow_run_id == night.id}
    tasks = place.client.read_task_runs(
        flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[night.id]))
    )

    assert re.fullmatch(r"corpus → results \d{4}-\d\d-\d\d \d\d:\d\d", night.name)
    assert night.tags == ["nightly"]
    assert night.state.message is not None
    assert night.state.name == "Too many rejects"
    said = "rejects: 4 found, 3 new or changed, 1 rejected, 3 results computed, in "
    assert night.state.message.startswith(said)
    assert {"summary", "rejects", "progress"} <= artifacts
    assert {tuple(task.tags) for task in tasks} == {("ingest",), ("sentiment",)}
    assert "ingest: void.txt: empty: the file has no bytes" in log


def test_the_night_is_measured(ran: Ran) -> None:
    """Documents, rejects, time, memory, and how it ended, as Prometheus reads them."""
    metrics = ran.metrics

    assert metrics["corpusmill_documents"][("done", "sentiment")] == 3
    assert metrics["corpusmill_documents"][("rejected", "ingest")] == 1
    assert metrics["corpusmill_rejects"] == {("empty", "ingest"): 1}
    assert metrics["corpusmill_run_outcome"][("rejects",)] == 1
    assert sum(metrics["corpusmill_run_outcome"].values()) == 1
    assert "corpusmill_last_success_timestamp_seconds" not in metrics
    assert metrics["corpusmill_stage_seconds"][("sentiment",)] > 0
    assert metrics["corpusmill_stage_peak_bytes"][("sentiment",)] > 10**7
    after = ran.metrics_after
    assert after["corpusmill_run_outcome"][("done",)] == 1
    ended = after["corpusmill_run_finished_timestamp_seconds"]
    assert after["corpusmill_last_success_timestamp_seconds"] == ended


def test_a_backfill_touches_its_range_only(place: Place, ran: Ran) -> None:
    """One document of March is computed anew by the new setting; the others stay as they were."""
    state = ran.backfilled.state
    assert state is not None
    runs = pd.read_parquet(place.folder / "results" / "runs").sort_values("run_id")

    (sentiment,) = [s for s in runs.iloc[-1].stages if s["stage"] == "sentiment"]

    assert (state.name, ran.backfilled.tags) == ("Completed", ["backfill"])
    assert json.loads(runs.iloc[-1].backfill)["since"] == "2026-03-01"
    assert sentiment["done"] == 1


def test_a_training_ends_with_its_scores(place: Place, ran: Ran) -> None:
    """A model stands where it was asked for, and its scores are an artifact."""
    state = ran.trained.state
    assert state is not None

    keys = {a.key for a in place.client.read_artifacts() if a.flow_run_id == ran.trained.id}

    assert state.name == "Completed", state.message
    assert re.fullmatch(r"classification → model \S+ \S+", ran.trained.name)
    assert keys == {"scores"}
    assert (place.folder / "model" / "model.onnx").exists()


def test_the_webhook_is_told_of_a_bad_night(place: Place, ran: Ran) -> None:
    """Which run, how it ended and why; and of no run that ended well."""
    bodies = [told for told in place.told if told["outcome"] != "late"]

    assert [told["flow_run_id"] for told in bodies] == [str(ran.night.id)]
    assert (bodies[0]["outcome"], bodies[0]["run"]) == ("rejects", ran.night.name)
    assert "rejects: 4 found" in str(bodies[0]["text"])


def test_the_webhook_is_told_of_a_late_run(place: Place, ran: Ran) -> None:
    """By the server, for nobody else knows; once, though the automations were made twice."""
    until = time.monotonic() + 60
    late: list[dict[str, object]] = []
    while not late and time.monotonic() < until:
        late = [told for told in place.told if told["outcome"] == "late"]
        time.sleep(0.2)

    assert [told["flow_run_id"] for told in late] == [str(ran.late.id)]
    assert "asleep: late" in str(late[0]["text"])


def test_the_webhook_address_stays_a_secret(place: Place, ran: Ran) -> None:
    """It stands in no log line and in nothing that the server or the worker print."""
    said: Sequence[str] = [*place.log(ran.night), (place.folder / "said.log").read_text("utf-8")]

    assert any("the webhook was told of this run" in line for line in said)
    assert not any("key-of-the-webhook" in line for line in said)


def test_nightly_runs_one_at_a_time() -> None:
    """The schedule has a timezone, and a second run waits for the first."""
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    nightly = next(d for d in deployments if d["name"] == "nightly")

    assert nightly["schedules"] == [{"cron": "0 2 * * *", "timezone": "UTC"}]
    assert {json.dumps(d["concurrency_limit"]) for d in deployments} == {
        json.dumps({"limit": 1, "collision_strategy": "ENQUEUE"})
    }


def test_nights_and_backfills_wait_for_each_other() -> None:
    """Both write one folder by one set of settings, with time to wait for its lock."""
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    nightly, backfill, _ = (d["parameters"] for d in deployments)

    assert {**nightly, "backfill": backfill["backfill"]} == backfill
    assert nightly["config"]["run"]["lock_timeout_s"] >= 3600
