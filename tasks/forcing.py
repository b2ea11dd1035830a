"""Rows that are up to date, called up to be computed again: their footers say so.

The rows stay where they are until new ones take their place. A run that is stopped in between
leaves the rest called up, and the next one does it.
"""

from collections.abc import Iterable

from schemas.errors import DamagedPart
from schemas.fingerprints import asked_again, fingerprint
from schemas.stages import STAGES, Kind, Stage
from tasks.footers import Footer
from tasks.scope import Scope, Scopes
from tasks.store import Store


def call_up(store: Store, names: Iterable[str], scopes: Scopes) -> int:
    """Let these stages compute every document in scope again; how many answers that are.

    Of a stage that sees the whole corpus, all is called up. Call it under the lock.
    """
    called = 0
    for name in names:
        stage = STAGES[name]
        tables = stage.writes if stage.kind is not Kind.SOURCE else ()
        for table in tables:
            for partition in store.partitions(table):
                found = _call_up(store, stage, table, partition, scopes(partition))
                called += found if table == stage.writes[0] else 0
        if stage.kind is Kind.DOCUMENT:
            for partition in store.partitions("rejects"):
                _call_up(store, stage, "rejects", partition, scopes(partition))
    return called


def _call_up(store: Store, stage: Stage, table: str, partition: int, scope: Scope) -> int:
    """Call up the answers of one part; a damaged one is computed again anyhow."""
    only = stage.name if table == "rejects" else ""
    try:
        footer = store.footer(table, partition, only)
        if footer is None:
            return 0
        new, called = _called_up(footer, scope, whole=stage.kind is not Kind.DOCUMENT)
        if called:
            store.write(table, partition, store.read(table, partition, stage=only), new, only)
    except DamagedPart:
        return 0
    return called


def _called_up(footer: Footer, scope: Scope, *, whole: bool) -> tuple[Footer, int]:
    if whole:
        answers = {doc: answer._replace(made_by="") for doc, answer in footer.answers.items()}
        recipe = asked_again(footer.recipe)
        return Footer(recipe, answers, footer.extra), max(len(answers), 1)
    renamed = {name: asked_again(recipe) for name, recipe in footer.recipes.items()}
    chosen = {doc for doc in footer.answers if scope.takes(doc)}
    answers = {
        doc: answer._replace(made_by=fingerprint(renamed[answer.made_by]))
        if doc in chosen
        else answer
        for doc, answer in footer.answers.items()
    }
    others = {fingerprint(recipe): recipe for recipe in renamed.values()}
    new = Footer(footer.recipe, answers, footer.extra, {**footer.recipes, **others})
    return new, len(chosen)
