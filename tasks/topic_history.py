"""The topics of a fit as those of the last go on: names kept, and what became of each on record.

It is the one place where rows depend on what was there before: on the topics of the last fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from schemas.config import TopicsConfig
from schemas.errors import DamagedPart
from schemas.tables import TABLES
from tasks import topic_model
from tasks.rows import from_rows
from tasks.store import Store
from tasks.topic_matching import Event, first, matched
from tasks.topic_model import TopicModel

TABLE = "topic_history"


def continued(
    store: Store, tables: Mapping[str, pa.Table], config: TopicsConfig
) -> dict[str, pa.Table]:
    """The tables of a new fit, topics that go on under their old `topic_uid`, and `topic_history`.

    The old model must be the last table that is replaced: a fit that was killed half-way is then
    made again with the same names. A corpus without topics ends those that there were.
    """
    old = _model(_standing(store, "topic_model"))
    new = _model(tables["topic_model"])
    history = _standing(store, TABLE)
    fit = (old.fit if old else _last(history)) + 1
    history = history.filter(pc.less(history.column("fit"), fit))
    if new is None:
        return {**tables, TABLE: history}
    matching = matched(old, new, least=config.same_topic) if old else first(new)
    names = dict(zip(new.topic_uids, matching.topic_uids, strict=True))
    found = {name: _renamed(tables[name], names) for name in ("topics", "topic_terms")}
    labels = _labels(history) | _labels(found["topics"])
    rows = from_rows(TABLE, _rows(fit, matching.events, labels))
    return {
        **found,
        TABLE: pa.concat_tables([history.cast(TABLES[TABLE]), rows]),
        "topic_model": replace(new, topic_uids=matching.topic_uids, fit=fit).to_table(),
    }


def _standing(store: Store, table: str) -> pa.Table:
    """A table as it stands; a damaged one is as good as absent."""
    try:
        return store.read(table, 0)
    except DamagedPart:
        return TABLES[table].empty_table()


def _model(table: pa.Table) -> TopicModel | None:
    return topic_model.from_table(table) if table.num_rows else None


def _last(history: pa.Table) -> int:
    """The number of the last fit on record, -1 before the first."""
    return max(history.column("fit").to_pylist(), default=-1)


def _renamed(table: pa.Table, names: Mapping[str, str]) -> pa.Table:
    """The table with other topic_uids."""
    place = table.schema.get_field_index("topic_uid")
    uids = pa.array([names[uid] for uid in table["topic_uid"].to_pylist()], pa.string())
    return table.set_column(place, table.schema.field(place), uids)


def _labels(topics: pa.Table) -> dict[str, str]:
    """The name of each topic; the last one, in a table with several fits."""
    return dict(zip(topics["topic_uid"].to_pylist(), topics["label"].to_pylist(), strict=True))


def _rows(
    fit: int, events: Sequence[Event], labels: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    for event in events:
        yield {
            "topic_uid": event.topic_uid,
            "fit": fit,
            "event": event.event,
            "label": labels.get(event.topic_uid, ""),
            "other_topic_uid": event.other_topic_uid,
            "other_label": labels.get(event.other_topic_uid, ""),
            "similarity": event.similarity,
        }
