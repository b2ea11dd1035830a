"""Counts of words over the corpus."""

import pytest

from schemas.config import TopicsConfig
from schemas.tables import TABLES
from tasks.vocabulary import DOCUMENTS, fit
from tests.token_tables import stream_of, token_table

DOCUMENTS_OF = {"a": "Red red apple", "b": "the red 3 pear's", "c": "of", "d": "apple red"}
EXPECTED = [("apple", 2, 2), ("red", 3, 4)]


@pytest.mark.parametrize("parts", [["abcd"], ["ab", "cd"], ["d", "c", "b", "a"], ["", "abcd"]])
def test_counts_do_not_depend_on_parts(parts: list[str]) -> None:
    """Words are counted in lower case, stop words and non-words are not, however parted."""
    stream = stream_of(*(token_table({d: DOCUMENTS_OF[d] for d in part}) for part in parts))

    found = fit(stream, TopicsConfig())["vocabulary"]

    assert [tuple(row.values()) for row in found.to_pylist()] == EXPECTED
    assert found.schema.metadata[DOCUMENTS] == b"4"
    assert found.schema.equals(TABLES["vocabulary"])


def test_an_empty_corpus_has_an_empty_vocabulary() -> None:
    """No part at all gives no row and no document."""
    found = fit(stream_of(), TopicsConfig())["vocabulary"]

    assert (found.num_rows, found.schema.metadata[DOCUMENTS]) == (0, b"0")
