"""Token tables for tests, made of plain words."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import pyarrow as pa

from schemas.tables import TABLES
from tasks.rows import Stream


def token_table(
    documents: Mapping[str, str],
    *,
    pos: str = "NOUN",
    is_stop: Callable[[str], bool] = lambda word: word in {"the", "of", "a"},
) -> pa.Table:
    """Words at blanks, lemmas as written; `|` ends a sentence, `word/POS` overrides `pos`."""
    rows: list[dict[str, object]] = []
    for doc_id, text in sorted(documents.items()):
        i = start = 0
        for sentence, part in enumerate(text.split("|")):
            for piece in part.split():
                word, _, tag = piece.partition("/")
                rows.append(
                    {
                        "doc_id": doc_id,
                        "sentence": sentence,
                        "i": i,
                        "start": start,
                        "end": start + len(word),
                        "text": word,
                        "lemma": word,
                        "pos": tag or pos,
                        "is_stop": is_stop(word.lower()),
                    }
                )
                i, start = i + 1, start + len(word) + 1
    return pa.Table.from_pylist(rows, schema=TABLES["tokens"])


def stream_of(*parts: pa.Table, near_duplicates: Sequence[str] = ()) -> Stream:
    """A stream over these parts of the table tokens, and documents that nearly repeat others."""
    documents = pa.table(
        {
            "doc_id": pa.array(near_duplicates, pa.string()),
            "duplicate_kind": pa.array(["near"] * len(near_duplicates), pa.string()),
        }
    )

    def stream(table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        some = {"tokens": parts, "documents": (documents,)}[table]
        return (part.select(list(columns)) for part in some)

    return stream
