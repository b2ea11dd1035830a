"""The corpus as topics see it."""

import numpy as np
import pytest

from schemas.config import TopicsConfig
from tasks.topic_corpus import gathered, kept_terms, min_documents
from tests.token_tables import stream_of, token_table

DOCUMENTS = {"c": "red apple red", "a": "green apple", "d": "lone", "b": "red pear green"}
CONFIG = TopicsConfig(phrases=False, min_documents=2)


@pytest.mark.parametrize("parts", [["abcd"], ["cd", "ab"], ["d", "a", "", "bc"]])
def test_bags_come_in_order_of_doc_id(parts: list[str]) -> None:
    """However parted, terms are sorted, bags stand by doc_id, and those left empty are gone."""
    stream = stream_of(*(token_table({d: DOCUMENTS[d] for d in part}) for part in parts))

    with gathered(stream, CONFIG) as corpus:
        bags = list(corpus)

        assert corpus.terms == ("apple", "green", "red")
        assert corpus.document_frequency.tolist() == [2, 2, 2]
        assert bags == [[(0, 1), (1, 1)], [(1, 1), (2, 1)], [(0, 1), (2, 2)]]
        assert list(corpus) == bags
        assert len(corpus) == 3


@pytest.mark.parametrize(("kept", "documents"), [(False, 3), (True, 4)])
def test_near_duplicates_are_left_out(kept: bool, documents: int) -> None:  # noqa: FBT001  # a table
    """They would weigh their words twice; a setting takes them in."""
    stream = stream_of(token_table(DOCUMENTS), near_duplicates=["b"])
    config = CONFIG.model_copy(update={"near_duplicates": kept, "min_documents": 1})

    with gathered(stream, config) as corpus:
        assert len(list(corpus)) == documents


def test_a_sample_keeps_the_order_of_the_text() -> None:
    """The texts that coherence is measured on hold known terms only, as they follow each other."""
    with gathered(stream_of(token_table(DOCUMENTS)), CONFIG) as corpus:
        assert corpus.sample(10) == [["green", "apple"], ["red", "green"], ["red", "apple", "red"]]
        assert len(corpus.sample(2)) == 2


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"min_documents": 1, "max_document_share": 1.0}, ("all", "many", "most", "one")),
        ({"min_documents": 2, "max_document_share": 0.5}, ("many", "most")),
        ({"min_documents": 101}, ()),
    ],
)
def test_rare_and_common_terms_are_dropped(
    config: dict[str, object], expected: tuple[str, ...]
) -> None:
    """The bounds are included."""
    found, frequency = ["one", "many", "all", "most"], np.array([1, 50, 200, 100], np.int32)

    assert kept_terms(found, frequency, 200, TopicsConfig.model_validate(config)) == expected


def test_of_too_many_terms_the_most_widespread_are_kept() -> None:
    """Equals are kept in order of the alphabet."""
    found = [f"t{n:02}" for n in range(20)][::-1]
    frequency = np.array([7] * 5 + [6] * 15, np.int32)

    kept = kept_terms(found, frequency, 200, TopicsConfig(max_terms=10))

    assert kept == tuple(sorted([*found[:5], "t00", "t01", "t02", "t03", "t04"]))


@pytest.mark.parametrize(("documents", "expected"), [(99, 2), (100, 5)])
def test_a_small_corpus_keeps_rarer_terms(documents: int, expected: int) -> None:
    """Below 100 documents two documents are enough for a term."""
    assert min_documents(TopicsConfig(), documents) == expected
