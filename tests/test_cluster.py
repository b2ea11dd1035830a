"""A Dask cluster with corpus and results in object storage, in processes of their own."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import psutil
import pytest

from flows.cluster_benchmark import cluster
from schemas.config import PipelineConfig
from schemas.stages import StageName, with_upstream
from tests import in_process
from tests.command_line import arguments, finish_run, start
from tests.object_server import Bucket
from tests.small_models import SmallModels
from tests.tables import assert_same_rows

pytest.importorskip("prefect_dask", reason="needs `pip install '.[dask]'`")

TEXTS = 16
STAGES = "vocabulary"  # of documents and of the corpus, and soon done
_HALF_WAY_WITHIN_S = 120.0


def test_a_cluster_that_loses_a_worker_gives_the_rows_of_one_machine(
    bucket: Bucket, small_models: SmallModels, prefect_home: Mapping[str, str], tmp_path: Path
) -> None:
    """A worker killed half-way costs nothing but time, and leaves no process behind."""
    for number in range(TEXTS):
        bucket.put(f"more/{number:02d}.txt", b"Boat %d lies in the harbour. It is old." % number)
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    environment = {**prefect_home, **aws}

    with cluster(2, tmp_path, environment) as dask:
        run = start(
            *("run", f"{bucket.url}/more", "--results", "s3://corpus/results", "--json"),
            *("--runner", "dask", "--dask-address", dask.address, "--stages", STAGES),
            *("--partition-size", "2", *arguments(small_models.settings)),
            environment=environment,
        )
        _wait_for(bucket, "results/tokens/part-", 2)
        lost = psutil.Process(dask.workers[0].pid)
        orphans = lost.children(recursive=True)
        os.killpg(lost.pid, signal.SIGKILL)
        left = TEXTS // 2 - len(bucket.names("results/tokens/part-"))
        account = finish_run(run)
        _, alive = psutil.wait_procs(orphans, timeout=15)

    config = PipelineConfig.model_validate(small_models.settings | {"run": {"partition_size": 2}})
    names = with_upstream((StageName(STAGES),), config)
    in_process.run(f"{bucket.url}/more", tmp_path / "local", config, names)
    assert (account["outcome"], left > 0) == ("done", True)
    assert_same_rows(in_process.rows("s3://corpus/results"), in_process.rows(tmp_path / "local"))
    assert len(pd.read_parquet("s3://corpus/results/documents")) == TEXTS
    assert bucket.names("results/.") == ["results/.corpusmill.json"]
    assert [one.cmdline() for one in alive] == []


def _wait_for(bucket: Bucket, prefix: str, count: int) -> None:
    until = time.monotonic() + _HALF_WAY_WITHIN_S
    while len(bucket.names(prefix)) < count:
        assert time.monotonic() < until, f"{prefix}: still {bucket.names(prefix)}"
        time.sleep(0.05)
