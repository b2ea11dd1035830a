"""One document stage on one partition: what is missing, computed, and put beside what stands.

`assess` reads footers only and says which documents are missing or out of date, and why. `run`
asks again, computes those, keeps the other rows as they are, and writes the part anew.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from schemas.config import PipelineConfig
from schemas.errors import DamagedPart, ResultsError
from schemas.fingerprints import Recipe, differences, fingerprint
from schemas.receipts import Books, Outcome, Receipt
from schemas.stages import CORPUS_TABLES, STAGES, Stage
from tasks import partition_parts
from tasks.computing import TOGETHER, computed
from tasks.folders import Results
from tasks.footers import Answer, Footer
from tasks.machine import peak_bytes
from tasks.partition_parts import Part, Refusals
from tasks.scope import EVERYTHING, Scope, Scopes, everything
from tasks.store import Store

_GONE = (Outcome.REJECTED, Outcome.SKIPPED)


@dataclass(frozen=True)
class Job:
    """A stage to bring up to date on a partition; plain values, so that it travels."""

    results: Results
    stage: str
    partition: int
    config: PipelineConfig
    recipe: Recipe
    scope: Scope = EVERYTHING
    """The documents that may be computed."""
    only: frozenset[str] | None = None
    """Of those, compute these now; None computes all that need it."""
    refuse: Refusals = field(default_factory=dict)
    """Documents that are to be rejected without another try."""
    together: int = TOGETHER
    """Documents that are computed at once."""
    tried: int = 0
    """Times that the documents were tried before this."""
    run: int = 0
    """The number of the run, for the table changes."""


@dataclass(frozen=True)
class Assessment:
    """What a stage has and lacks on one partition, of the documents in scope."""

    expected: Mapping[str, str]
    """Content key of every document that the stage answers for."""
    skipped: frozenset[str]
    """Documents that an earlier stage has rejected."""
    duplicates: int
    standing: Mapping[str, Answer]
    """Every answer whose rows are sound, in scope or not, of whatever recipe."""
    recipes: Mapping[str, Recipe]
    """The recipes that they name, by fingerprint."""
    todo: Mapping[str, str]
    """Why each other document must be computed."""
    gone: frozenset[str]
    """Documents that the part still answers for, and that the partition no longer holds."""
    emptied: bool
    """Whether there are parts of a partition that holds nothing any more."""

    @property
    def settled(self) -> bool:
        """Whether the part can stay as it is."""
        return not self.todo and not self.gone and not self.emptied

    @property
    def current(self) -> Mapping[str, Answer]:
        """The answers that need not be computed, of the documents in scope."""
        return {
            doc: self.standing[doc]
            for doc in self.expected.keys() - self.todo
            if doc in self.standing
        }

    @property
    def books(self) -> Books:
        """The books of what stands, all of it reused; they balance once nothing is left to do."""
        outcomes = [answer.outcome for answer in self.current.values()]
        outcomes += [Outcome.DUPLICATE] * self.duplicates
        stand = outcomes.count(Outcome.DONE)
        return Books.of(len(self.expected) + self.duplicates, outcomes, reused=stand)


def assess(
    store: Store,
    stage: Stage,
    partition: int,
    recipe: Recipe,
    config: PipelineConfig,
    scope: Scope = EVERYTHING,
) -> Assessment:
    """What a document stage has and lacks on a partition; reads footers only.

    A damaged part of the stage's own counts as absent; one that it reads raises `DamagedPart`.
    """
    documents = store.footer("documents", partition)
    holds = documents.answers if documents else {}
    every = {d: a.key for d, a in holds.items() if a.outcome is Outcome.DONE}
    expected = {d: key for d, key in every.items() if scope.takes(d)}
    above = [
        footer.answers
        for table in stage.tables_read(config)
        if table != "documents" and table not in CORPUS_TABLES
        if (footer := _footer_or_none(store, table, partition))
    ]
    skipped = frozenset(
        doc
        for doc, key in expected.items()
        if any(doc in a and a[doc].key == key and a[doc].outcome in _GONE for a in above)
    )
    standing, recipes, damaged = _standing(store, stage, partition)
    stale = {
        name: "; ".join(["stale", *differences(old, recipe)[:3]])
        for name, old in recipes.items()
        if name != fingerprint(recipe) and not scope.keeps(old, recipe)
    }
    todo = {}
    for doc, key in expected.items():
        answer = standing.get(doc)
        if answer is None:
            todo[doc] = damaged or "new"
        elif answer.key != key or (doc in skipped) != (answer.outcome is Outcome.SKIPPED):
            todo[doc] = "changed"
        elif answer.made_by in stale:
            todo[doc] = stale[answer.made_by]
    gone = standing.keys() - every.keys() if scope.docs is None else ()
    parts = partition_parts.names(store, stage, partition)
    return Assessment(
        expected=expected,
        skipped=skipped,
        duplicates=sum(a.outcome is Outcome.DUPLICATE and scope.takes(d) for d, a in holds.items()),
        standing=standing,
        recipes=recipes,
        todo=todo,
        gone=frozenset(gone),
        emptied=not every and scope.docs is None and any(map(store.folder.exists, parts)),
    )


def books(
    store: Store,
    stage: Stage,
    recipe: Recipe,
    config: PipelineConfig,
    *,
    done: int,
    scopes: Scopes = everything,
) -> Books:
    """The books of a document stage over all partitions, `done` of the documents just now."""
    total = Books()
    for partition in store.partitions("documents"):
        total += assess(store, stage, partition, recipe, config, scopes(partition)).books
    once = min(done, total.reused)  # a document may be computed twice, where a part was damaged
    return replace(total, done=once, reused=total.reused - once)


def run(job: Job) -> Receipt:
    """Bring a stage up to date on a partition and write its parts; safe to repeat."""
    started = time.perf_counter()
    store, stage = Store(job.results), STAGES[job.stage]
    before = assess(store, stage, job.partition, job.recipe, job.config, job.scope)
    if before.settled:
        return Receipt(stage.name, job.partition)
    asked = before.todo.keys() if job.only is None else before.todo.keys() & job.only
    compute = asked - before.skipped - job.refuse.keys()
    inputs = _inputs(store, stage, job, {doc: before.expected[doc] for doc in compute})
    outputs, failed = computed(stage, stage.settings(job.config), inputs, together=job.together)
    refused = {**failed, **{doc: job.refuse[doc] for doc in asked & job.refuse.keys()}}
    made_by, recipes = _made_by(store, job, asked)
    kept = {d: a for d, a in before.standing.items() if d not in asked and d not in before.gone}
    answers = dict(kept)
    for doc in asked:
        outcome = (
            Outcome.SKIPPED
            if doc in before.skipped
            else Outcome.REJECTED
            if doc in refused
            else Outcome.DONE
        )
        answers[doc] = Answer(before.expected[doc], outcome, made_by[doc])
    if answers:
        every = {**before.recipes, **recipes}
        part = Part(stage, job.partition, job.recipe, every, job.tried, job.run)
        written = partition_parts.write(store, part, answers, kept, outputs, refused)
    else:
        written = partition_parts.drop(store, stage, job.partition)
    return Receipt(
        stage.name,
        job.partition,
        done=sum(answers[doc].outcome is Outcome.DONE for doc in asked),
        seconds=time.perf_counter() - started,
        peak_bytes=peak_bytes(),
        written=written,
        notes=tuple(f"{stage.name}: {doc}: {why}: {text}" for doc, (why, text) in refused.items()),
    )


def _made_by(
    store: Store, job: Job, docs: Collection[str]
) -> tuple[dict[str, str], dict[str, Recipe]]:
    """The fingerprint of each document's recipe, and those recipes.

    A recipe names what the document's inputs were really made by: under `run.stale = "keep"` that
    may be an older recipe of the stage above than the present one.
    """
    present: Recipe = job.recipe["reads"]
    above = {name: store.footer(STAGES[name].writes[0], job.partition) for name in present}
    prints = {name: fingerprint(recipe) for name, recipe in present.items()}
    recipes: dict[tuple[str, ...], Recipe] = {tuple(prints.values()): job.recipe}
    made_by = {}
    for doc in docs:
        inputs = tuple(
            footer.answers[doc].made_by if footer and doc in footer.answers else prints[name]
            for name, footer in above.items()
        )
        if inputs not in recipes:
            known = {n: footer.recipes if footer else {} for n, footer in above.items()}
            reads = {n: known[n].get(one, present[n]) for n, one in zip(above, inputs, strict=True)}
            recipes[inputs] = {**job.recipe, "reads": reads}
        made_by[doc] = recipes[inputs]
    return (
        {doc: fingerprint(recipe) for doc, recipe in made_by.items()},
        {fingerprint(recipe): recipe for recipe in recipes.values()},
    )


def _standing(
    store: Store, stage: Stage, partition: int
) -> tuple[dict[str, Answer], dict[str, Recipe], str]:
    """The answers that all of a stage's parts agree on, their recipes; or none and the reason."""
    footers = []
    for table in stage.writes:
        try:
            footer = store.footer(table, partition)
        except DamagedPart:
            return {}, {}, "file damaged"
        if footer is None:
            return {}, {}, ""
        footers.append(footer)
    agreed = {
        doc: answer
        for doc, answer in footers[0].answers.items()
        if all(other.answers.get(doc) == answer for other in footers[1:])
    }
    rejected = {doc for doc, answer in agreed.items() if answer.outcome is Outcome.REJECTED}
    if rejected:
        rows = _footer_or_none(store, "rejects", partition, stage.name)
        held = rows.answers if rows else {}
        agreed = {d: a for d, a in agreed.items() if d not in rejected or held.get(d) == a}
    used = {answer.made_by for answer in agreed.values()}
    recipes = {name: one for f in footers for name, one in f.recipes.items() if name in used}
    return agreed, recipes, ""


def _footer_or_none(store: Store, table: str, partition: int, stage: str = "") -> Footer | None:
    """A footer for planning: a damaged part is as good as absent."""
    try:
        return store.footer(table, partition, stage)
    except DamagedPart:
        return None


def _inputs(store: Store, stage: Stage, job: Job, wanted: Mapping[str, str]) -> dict[str, pa.Table]:
    """The rows of the wanted documents in each table that the stage reads."""
    inputs = {}
    for table in stage.tables_read(job.config):
        if table in CORPUS_TABLES:
            inputs[table] = store.read(table, 0)
            continue
        footer = store.footer(table, job.partition)
        answered = footer.answers if footer else {}
        missing = [d for d, key in wanted.items() if d not in answered or answered[d].key != key]
        if missing:
            raise ResultsError(
                f"{stage.name}: {table} partition {job.partition} does not answer for "
                f"{len(missing)} documents, {missing[0]} for one: run its stage first"
            )
        inputs[table] = store.read(table, job.partition, docs=wanted.keys())
    return inputs
