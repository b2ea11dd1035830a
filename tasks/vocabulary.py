"""How many documents hold each word of the corpus, and how often it occurs."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from schemas.config import Settings
from schemas.tables import TABLES
from tasks.lettering import lettered
from tasks.rows import Stream

DOCUMENTS = b"documents"
"""Key of the table's metadata that holds the number of documents counted, as decimal digits."""

_COLUMNS = ("doc_id", "lemma", "is_stop")
_COUNTS = TABLES["vocabulary"]


def fit(stream: Stream, config: Settings) -> dict[str, pa.Table]:  # noqa: ARG001  a stage has a config
    """Table vocabulary of the lemmas made of letters that are no stop words, sorted.

    Memory is bounded by the vocabulary: counts are added up whenever they outgrow it.
    """
    total, pending, documents = _COUNTS.empty_table(), [], 0
    for tokens in stream("tokens", _COLUMNS):
        documents += pc.count_distinct(tokens.column("doc_id")).as_py()
        pending.append(counts(tokens))
        if sum(part.num_rows for part in pending) > total.num_rows:
            total, pending = added([total, *pending]), []
    total = added([total, *pending]).sort_by("term")
    return {"vocabulary": total.replace_schema_metadata({DOCUMENTS: str(documents)})}


def counts(tokens: pa.Table) -> pa.Table:
    """The vocabulary of some documents."""
    kept = tokens.filter(
        pc.and_not(lettered(tokens.column("lemma").combine_chunks()), tokens.column("is_stop"))
    )
    term = pc.utf8_lower(kept.column("lemma"))
    pairs = pa.table({"doc_id": kept.column("doc_id"), "term": term})
    in_document = pairs.group_by(["doc_id", "term"]).aggregate([([], "count_all")])
    found = in_document.group_by("term").aggregate([([], "count_all"), ("count_all", "sum")])
    return (
        found.select(["term", "count_all", "count_all_sum"])
        .rename_columns(_COUNTS.names)
        .cast(_COUNTS)
    )


def added(parts: Iterable[pa.Table]) -> pa.Table:
    """The vocabulary of all documents of some parts that share none."""
    sums = [("document_frequency", "sum"), ("frequency", "sum")]
    found = pa.concat_tables(parts).group_by("term").aggregate(sums)
    names = ["term", "document_frequency_sum", "frequency_sum"]
    return found.select(names).rename_columns(_COUNTS.names).cast(_COUNTS)
