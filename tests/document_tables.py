"""Document tables for tests, made of plain texts."""

from collections.abc import Mapping

import pyarrow as pa

from schemas.tables import TABLES

_EMPTY = {
    field.name: 0 if pa.types.is_primitive(field.type) else "" for field in TABLES["documents"]
} | {"published_at": None, "duplicate_of": None, "page_starts": [], "metadata": "{}"}


def document_table(
    texts: Mapping[str, str], *, languages: Mapping[str, str] | None = None
) -> pa.Table:
    """A row for each text, sorted by `doc_id`; English where no language is given."""
    rows = [
        _EMPTY
        | {
            "doc_id": doc_id,
            "text": text,
            "n_chars": len(text),
            "language": (languages or {}).get(doc_id, "en"),
        }
        for doc_id, text in sorted(texts.items())
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["documents"])
