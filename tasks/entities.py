"""Mentions of persons, organizations, places, dates, money and more, with a form to count by.

English goes through the recognizer of the configured model, a spaCy pipeline or a token classifier;
the rules read every language.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow as pa

from schemas.config import EntitiesConfig
from tasks import canonical, entity_rules, long_runs
from tasks.mentions import Habits, Mention, habits, kept
from tasks.models import is_spacy, load_spacy, load_token_classifier
from tasks.rows import from_rows

if TYPE_CHECKING:
    from spacy.tokens import Span

_NOT_NEEDED = (
    "tagger", "morphologizer", "parser", "senter", "sentencizer", "attribute_ruler", "lemmatizer",
    "trainable_lemmatizer", "entity_linker", "textcat", "textcat_multilabel",
)  # fmt: skip
_LABELS = {
    "PER": "PERSON", "ORGANIZATION": "ORG", "ORGANISATION": "ORG", "LOCATION": "LOC", "GPE": "LOC",
    "FAC": "LOC",
}  # fmt: skip
"""Labels of other recognizers, and ours for the same."""
_BY_RULE = frozenset({"DATE", "TIME", "MONEY", "PERCENT", "QUANTITY"})
_BATCH = 32
"""Documents a batch: as fast as spaCy's default of 1,000, in well under half its memory."""


def compute(tables: Mapping[str, pa.Table], config: EntitiesConfig) -> dict[str, pa.Table]:
    """Table entities of these documents; no two mentions overlap."""
    documents = tables["documents"]
    texts: list[str] = documents.column("text").to_pylist()
    languages: list[str] = documents.column("language").to_pylist()
    english = [text for text, language in zip(texts, languages, strict=True) if language == "en"]
    named = iter(recognized(english, config.model))
    rows: list[dict[str, object]] = []
    for doc_id, text, language in zip(
        documents.column("doc_id").to_pylist(), texts, languages, strict=True
    ):
        its = habits(language, day_first=config.day_first, region=config.phone_region)
        by_model = next(named) if language == "en" else []
        by_rule = entity_rules.find(text, its) if config.rules else iter(())
        rows.extend(
            {
                "doc_id": doc_id,
                "start": mention.start,
                "end": mention.end,
                "text": text[mention.start : mention.end],
                "label": mention.label,
                "canonical": mention.canonical,
                "origin": mention.origin,
            }
            for mention in mentions(text, by_model, by_rule, its)
        )
    return {"entities": from_rows("entities", rows)}


def recognized(texts: Sequence[str], model: str) -> list[list[tuple[int, int, str]]]:
    """Start, end and label of the entities that a model finds in each text; labels are ours."""
    if not texts:
        return []
    if is_spacy(model):
        return _by_pipeline(texts, model)
    classifier = load_token_classifier(model)
    return [
        [(start, end, _label(label.upper())) for start, end, label in classifier.spans(text)]
        for text in texts
    ]


def mentions(
    text: str, named: Iterable[tuple[int, int, str]], rules: Iterable[Mention], its: Habits
) -> list[Mention]:
    """The mentions of one document in their order, none over another."""
    by_model = (_named(text, start, end, label, its) for start, end, label in named)
    return canonical.resolved(kept(chain(rules, by_model), len(text)))


def _by_pipeline(texts: Sequence[str], model: str) -> list[list[tuple[int, int, str]]]:
    nlp = load_spacy(model, exclude=_NOT_NEEDED)
    nlp.max_length = max(nlp.max_length, *map(len, texts))
    with nlp.memory_zone():  # forgets the words that it has not seen before
        cut = (long_runs.document(text, nlp) for text in texts)
        docs = nlp.pipe(cut, batch_size=_BATCH)
        return [[_span(entity) for entity in doc.ents] for doc in docs]


def _span(entity: "Span") -> tuple[int, int, str]:
    return entity.start_char, entity.end_char, _label(entity.label_)


def _label(written: str) -> str:
    return _LABELS.get(written, written)


def _named(text: str, start: int, end: int, label: str, its: Habits) -> Mention:
    written = text[start:end]
    if label in _BY_RULE:
        form = entity_rules.canonical(written, label, its)
    else:
        form = canonical.name(written, label)
    return Mention(start, end, label, form, "model")
