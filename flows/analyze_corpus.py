"""The pipeline: a corpus in, Parquet tables and a report out; only what changed is computed."""

from prefect import flow
from prefect.client.schemas.objects import State

from flows import aftermath, artifacts, damage, naming
from flows.accounting import Request
from flows.running import Run
from flows.task_runners import started, threads
from flows.turns import turn
from schemas.backfill import Backfill
from schemas.config import PipelineConfig
from schemas.stages import StageName, backfilled, with_upstream
from tasks import estimates, history, planning
from tasks.folders import located
from tasks.history import RunAccount
from tasks.machine import available_cores
from tasks.planning import check_models
from tasks.scope import Range
from tasks.store import Store


@flow(
    name="analyze-corpus",
    flow_run_name=naming.analysis,
    task_runner=threads(available_cores()),
    persist_result=False,
    validate_parameters=True,
    on_completion=[aftermath.write_metrics, aftermath.call_webhook],
    on_failure=[aftermath.write_metrics, aftermath.call_webhook],
    on_crashed=[aftermath.write_metrics, aftermath.call_webhook],
    on_cancellation=[aftermath.write_metrics],
)
def analyze_corpus(
    corpus: str,
    results: str = "results",
    stages: tuple[StageName, ...] = tuple(StageName),
    backfill: Backfill | None = None,
    config: PipelineConfig = PipelineConfig(),  # noqa: B008  # frozen
) -> State[RunAccount]:
    """Analyse a corpus: compute what is new or stale, reuse the rest.

    Args:
        corpus: A folder, a file, a glob pattern, a file list (`@list.txt`), or a URL.
        results: The folder of the tables, or a URL; made where it is missing.
        stages: The stages wanted; those that they read are brought up to date too.
        backfill: Documents that stand in the results, to bring up to date instead; the corpus is
            not read.
        config: Every setting; see `schemas/config.py`.
    """
    if backfill:
        names = backfilled(stages, config, ranged=backfill.ranged)
    else:
        names = with_upstream(stages, config)
    request = Request(corpus, located(results), config, names, backfill)
    check_models(config, request.stages)
    store = Store(request.results)
    with turn(store, config.run.lock_timeout_s):
        store.open(create=backfill is None)
        if backfill and backfill.dry_run:
            scopes = Range(store, backfill).scope
            plans = planning.plan(store, config, names, None, scopes, force=backfill.force)
            return artifacts.planned(plans, estimates.rates(store))
        store.clean()
        if config.run.verify:
            damage.look_for(store)
        with started(config.run) as (workers, runner):
            run = Run(request, store, workers, runner)
            run.call_up()
            for _ in run.rounds():
                with run.noting_damage():
                    if backfill and backfill.ranged:
                        run.each_stage()
                        run.report()
                        continue
                    if backfill is None:
                        run.ingest()
                    run.each_partition("preprocess")
                    run.each_partition("entities")
                    run.whole_corpus("vocabulary")
                    run.whole_corpus("topics")
                    run.each_partition("embeddings")
                    run.each_partition("keywords")
                    run.each_partition("sentiment")
                    run.each_partition("summaries")
                    run.each_partition("document_topics")
                    run.neighbours("similar_documents")
                    run.report()
        account = run.ledger.account(run.tasks.count)
        history.record(store, run.ledger.rows(account))
    run.tasks.progress.complete()
    with artifacts.shown("the account"):
        artifacts.publish(store, account)
    return artifacts.final_state(account)
