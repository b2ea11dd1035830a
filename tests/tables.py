"""Comparing tables, row by row."""

import math
from collections.abc import Mapping, Sequence

Rows = Sequence[Mapping[str, object]]
_TOLERANCE = 1e-5


def assert_same_rows(found: Mapping[str, Rows], wanted: Mapping[str, Rows]) -> None:
    """The same rows in every table; numbers with a fraction may differ by 0.00001."""
    assert {table: len(rows) for table, rows in found.items()} == {
        table: len(rows) for table, rows in wanted.items()
    }
    for table, rows in found.items():
        for row, other in zip(rows, wanted[table], strict=True):
            unlike = {
                name: (value, other[name])
                for name, value in row.items()
                if not _alike(value, other[name])
            }
            assert not unlike, f"{table} {row.get('doc_id', '')}: {unlike}"


def _alike(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, abs_tol=_TOLERANCE)
    if isinstance(one, list) and isinstance(other, list) and one and isinstance(one[0], float):
        return len(one) == len(other) and all(map(_alike, one, other))
    return one == other
