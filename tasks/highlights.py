"""What the report shows of the results: topics, entities, keywords, sentiment, summaries."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import TABLES
from tasks.rows import Stream
from tasks.tallies import best, counts, tally

EXEMPLARS = 3
"""Documents named for each topic."""
TERMS = 10
"""Terms shown of each topic: those its coherence is measured on."""


@dataclass(frozen=True)
class Topic:
    """One topic with its best terms and the documents that are most about it."""

    label: str
    coherence: float
    share: float
    terms: tuple[tuple[str, float], ...]
    """Each with the length of its bar, 0 to 1 of the first's weight."""
    exemplars: tuple[tuple[str, float], ...]
    """doc_id and share of the topic in the document."""


@dataclass(frozen=True)
class Row:
    """Something counted: how often it occurs, and in how many documents."""

    name: str
    mentions: int
    documents: int
    width: float
    """Length of its bar: 0 to 1 of the first row's documents."""


@dataclass(frozen=True)
class Group:
    """The most frequent entities of one label."""

    label: str
    mentions: int
    rows: tuple[Row, ...]


def topics(stream: Stream, top: int) -> tuple[int, tuple[Topic, ...]]:
    """How many topics there are, and the `top` largest of them."""
    found = _whole(stream, "topics").sort_by("topic").to_pylist()
    terms = _terms(stream)
    exemplars = _exemplars(stream)
    shown = tuple(
        Topic(
            row["label"],
            row["coherence"],
            row["share"],
            terms[row["topic_uid"]],
            exemplars[row["topic_uid"]],
        )
        for row in found[:top]
    )
    return len(found), shown


def entities(stream: Stream, top: int) -> tuple[Group, ...]:
    """The `top` entities of each label by their canonical form; labels by number of mentions."""
    found = tally(stream("entities", ("doc_id", "label", "canonical")), ("label", "canonical"))
    totals = found.group_by("label").aggregate([("rows", "sum")]).to_pylist()
    return tuple(
        Group(
            label.name,
            label.count,
            _rows(found.filter(pc.equal(found.column("label"), label.name)), "canonical", top),
        )
        for label in counts({row["label"]: row["rows_sum"] for row in totals})
    )


def keywords(stream: Stream, top: int) -> tuple[Row, ...]:
    """The keyphrases of the most documents."""
    return _rows(tally(stream("keywords", ("doc_id", "keyword")), ("keyword",)), "keyword", top)


def summaries(stream: Stream, wanted: Collection[str]) -> dict[str, str]:
    """The summaries of some documents, by doc_id; empty ones are left out."""
    ids = pa.array(sorted(wanted), pa.string())
    return {
        row["doc_id"]: row["summary"]
        for part in stream("summaries", ("doc_id", "summary"))
        for row in part.filter(pc.is_in(part.column("doc_id"), ids)).to_pylist()
        if row["summary"]
    }


def _terms(stream: Stream) -> dict[str, tuple[tuple[str, float], ...]]:
    rows = _whole(stream, "topic_terms").sort_by(
        [("topic_uid", "ascending"), ("rank", "ascending")]
    )
    terms: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in rows.to_pylist():
        if row["rank"] <= TERMS:
            terms[row["topic_uid"]].append((row["term"].replace("_", " "), row["weight"]))
    bars = {
        uid: tuple((term, weight / found[0][1]) for term, weight in found)
        for uid, found in terms.items()
    }
    return defaultdict(tuple, bars)


def _exemplars(stream: Stream) -> dict[str, tuple[tuple[str, float], ...]]:
    columns = ("doc_id", "topic_uid", "weight")
    found = pa.schema([TABLES["document_topics"].field(name) for name in columns]).empty_table()
    for part in stream("document_topics", columns):
        found = best(pa.concat_tables([found, part]), "topic_uid", "weight", EXEMPLARS)
    exemplars: dict[str, tuple[tuple[str, float], ...]] = defaultdict(tuple)
    for row in found.to_pylist():
        exemplars[row["topic_uid"]] += ((row["doc_id"], row["weight"]),)
    return exemplars


def _rows(found: pa.Table, name: str, top: int) -> tuple[Row, ...]:
    shown = found.slice(0, top).to_pylist()
    return tuple(
        Row(row[name], row["rows"], row["documents"], row["documents"] / shown[0]["documents"])
        for row in shown
    )


def _whole(stream: Stream, name: str) -> pa.Table:
    """All of a table that is small."""
    columns = TABLES[name].names
    return pa.concat_tables(
        [
            TABLES[name].empty_table().replace_schema_metadata(),
            *(p.replace_schema_metadata() for p in stream(name, columns)),
        ]
    )
