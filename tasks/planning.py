"""What a run would compute, and why, without doing it: reads footers and the table of sources."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from schemas.config import PipelineConfig
from schemas.errors import DamagedPart
from schemas.fingerprints import Recipe, recipe
from schemas.receipts import Outcome
from schemas.stages import STAGES, Kind, Stage, with_upstream
from tasks import corpus, ingest, model_references, neighbours, page, partitions
from tasks.drift import Sketch
from tasks.ingest import Changes
from tasks.scope import Scope, Scopes
from tasks.sources import Source
from tasks.store import Store

TO_BE_READ = "about, in files still to be read"
"""The reason given for documents that are not known yet."""


@dataclass(frozen=True)
class StagePlan:
    """What one stage has, and what it would compute."""

    stage: str
    unit: str
    """What is counted: sources or documents."""
    current: int
    todo: Mapping[str, int]
    """How many would be computed, by reason."""
    partitions: tuple[int, ...]
    """Partitions that would be written."""

    @property
    def settled(self) -> bool:
        """Whether nothing would be computed or written."""
        return not self.partitions

    @property
    def reasons(self) -> str:
        """How many for each reason, in a line."""
        return "; ".join(f"{count} {reason}" for reason, count in self.todo.items())


@dataclass(frozen=True)
class Ask:
    """What a plan is asked of."""

    store: Store
    config: PipelineConfig
    scopes: Scopes

    @cached_property
    def corpus(self) -> Sketch:
        """The corpus that a corpus stage would see: all documents that are not duplicates."""
        return corpus.corpus_now(self.store, "documents")


def recipes(store: Store, config: PipelineConfig, names: Iterable[str]) -> dict[str, Recipe]:
    """The present recipe of each stage, and of those it reads.

    Raises `ModelError` where a model is missing.
    """
    stages = [STAGES[name] for name in names]
    references = {ref for stage in STAGES.values() for ref in stage.model_references(config)}
    used = {ref for stage in stages for ref in stage.model_references(config)}
    identities = {
        ref: model_references.identity(ref) if ref in used else "unused" for ref in references
    }
    fitted = corpus.fitted(store)
    return {s.name: recipe(s, config, models=identities, fitted=fitted) for s in stages}


def check_models(config: PipelineConfig, names: Iterable[str]) -> None:
    """Raise `ModelError` before any work begins, where a model that is needed is missing."""
    for name in names:
        for reference in STAGES[name].model_references(config):
            model_references.identity(reference)


def plan(
    store: Store,
    config: PipelineConfig,
    names: Iterable[str],
    changes: Changes | None,
    scopes: Scopes | None = None,
    *,
    force: bool = False,
) -> list[StagePlan]:
    """The plan of each stage, in order, for the corpus so changed; None for the one that stands.

    Documents in sources that are still to be read are not known yet: the later stages count as many
    as such sources have held so far. Where `force`, what is current counts as to be done.
    """
    names = tuple(names)
    known = recipes(store, config, names)
    plans, waiting, unread = [], set[str](), 0
    if changes is not None:
        plans.append(_ingest(changes))
        unread = round(len(changes.unread) * _documents_a_source(store))
        waiting = set() if changes.settled else {"ingest"}
    ask = Ask(store, config, scopes or standing(config))
    for name in names:
        stage = STAGES[name]
        if stage.kind is Kind.SOURCE:
            continue
        above = names if stage.kind is Kind.REPORT else with_upstream((name,), config)
        moved = not waiting.isdisjoint(above)
        one = _stage(ask, stage, known[name], upstream_changes=moved)
        if force and one.current:
            one = replace(one, current=0, todo={**one.todo, "forced": one.current}, partitions=(0,))
        if unread and stage.kind is Kind.DOCUMENT:
            one = replace(
                one, todo={**one.todo, TO_BE_READ: unread}, partitions=one.partitions or (0,)
            )
        plans.append(one)
        if not one.settled:
            waiting.add(name)
    return plans


def changes(store: Store, config: PipelineConfig, found: Sequence[Source]) -> Changes:
    """How the corpus found differs from what stands."""
    made_by = recipes(store, config, ("ingest",))["ingest"]
    return ingest.changed(store, found, made_by, keep_stale=keeps_stale(config))


def keeps_stale(config: PipelineConfig) -> bool:
    """Whether what was computed under other settings waits for a backfill."""
    return config.run.stale == "keep"


def standing(config: PipelineConfig) -> Scopes:
    """The scope of a run that is no backfill: every document."""
    scope = Scope(keep_stale=keeps_stale(config))
    return lambda _partition: scope


def _documents_a_source(store: Store) -> float:
    """Documents that a source has held so far; 1 where nothing is known."""
    try:
        rows = store.read("sources", 0, ["documents", "outcome"]).to_pylist()
    except DamagedPart:
        return 1.0
    read = [row["documents"] for row in rows if row["outcome"] != Outcome.SKIPPED]
    return sum(read) / len(read) if read else 1.0


def _ingest(changes: Changes) -> StagePlan:
    todo = Counter({changes.why or "new or changed": len(changes.unread)})
    todo["gone"] = len(changes.gone)
    return StagePlan(
        "ingest",
        "sources",
        len(changes.unchanged),
        dict(+todo),
        () if changes.settled else (0,),
    )


def _stage(ask: Ask, stage: Stage, made_by: Recipe, *, upstream_changes: bool) -> StagePlan:
    store = ask.store
    if stage.kind is Kind.DOCUMENT:
        return document_stage(ask, stage, made_by)
    total = ask.corpus.documents
    if stage.kind is Kind.CORPUS:
        why = corpus.reason_to_fit(store, stage, made_by, ask.config.topics, ask.corpus)
    elif stage.kind is Kind.NEIGHBOUR:
        stale = neighbours.stale(store, made_by)
        why = "corpus changed" if stale or upstream_changes else ""
    else:
        why = "tables changed" if upstream_changes or page.stale(store, made_by) else ""
    return StagePlan(
        stage.name,
        "documents",
        0 if why else total,
        {why: total} if why else {},
        (0,) if why else (),
    )


def document_stage(ask: Ask, stage: Stage, made_by: Recipe) -> StagePlan:
    """The plan of a document stage over all partitions."""
    store = ask.store
    todo: Counter[str] = Counter()
    current, unsettled = 0, []
    standing = {n for table in ("documents", *stage.writes) for n in store.partitions(table)}
    for partition in sorted(standing):
        scope = ask.scopes(partition)
        found = partitions.assess(store, stage, partition, made_by, ask.config, scope)
        todo.update(found.todo.values())
        current += len(found.current)
        if not found.settled:
            unsettled.append(partition)
    return StagePlan(stage.name, "documents", current, dict(todo), tuple(unsettled))
