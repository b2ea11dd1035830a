"""What a run would compute, and why, without doing it: reads footers and the table of sources."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.config import PipelineConfig
from schemas.fingerprints import Recipe, recipe
from schemas.stages import STAGES, Kind, Stage, with_upstream
from tasks import corpus, ingest, model_references, neighbours, page, partitions
from tasks.drift import Sketch
from tasks.ingest import Changes
from tasks.sources import Source
from tasks.store import Store


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
    store: Store, config: PipelineConfig, names: Iterable[str], found: list[Source]
) -> list[StagePlan]:
    """The plan of each stage, in order, for the corpus found.

    Documents in sources that are still to be read are not known yet, and so not in the later
    stages' counts.
    """
    names = tuple(names)
    known = recipes(store, config, names)
    changes = ingest.changed(store, found, known["ingest"])
    plans = [_ingest(changes)]
    waiting: set[str] = set() if changes.settled else {"ingest"}
    for name in names[1:]:
        stage = STAGES[name]
        above = names if stage.kind is Kind.REPORT else with_upstream((name,), config)
        moved = not waiting.isdisjoint(above)
        one = _stage(store, stage, config, known[name], upstream_changes=moved)
        plans.append(one)
        if not one.settled:
            waiting.add(name)
    return plans


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


def _stage(
    store: Store, stage: Stage, config: PipelineConfig, made_by: Recipe, *, upstream_changes: bool
) -> StagePlan:
    if stage.kind is Kind.DOCUMENT:
        return document_stage(store, stage, config, made_by)
    total = corpus.corpus_now(store, "documents").documents
    if stage.kind is Kind.CORPUS:
        why = corpus.reason_to_fit(store, stage, made_by, config.topics, _expected(store))
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


def document_stage(
    store: Store, stage: Stage, config: PipelineConfig, made_by: Recipe
) -> StagePlan:
    """The plan of a document stage over all partitions."""
    todo: Counter[str] = Counter()
    current, unsettled = 0, []
    for partition in sorted({*store.partitions("documents"), *store.partitions(stage.writes[0])}):
        found = partitions.assess(store, stage, partition, made_by, config)
        todo.update(found.todo.values())
        current += len(found.current)
        if not found.settled:
            unsettled.append(partition)
    return StagePlan(stage.name, "documents", current, dict(todo), tuple(unsettled))


def _expected(store: Store) -> Sketch:
    """The corpus that a corpus stage would see: all documents that are not duplicates."""
    return corpus.corpus_now(store, "documents")
