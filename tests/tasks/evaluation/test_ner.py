"""Scores of entities, on tables small enough to count by hand."""

import gzip
import json
import re
from pathlib import Path

import pytest

from schemas.errors import CorpusError
from tasks.evaluation import gazetteer
from tasks.evaluation.corpora import Corpora
from tasks.evaluation.detokenized import spaces
from tasks.evaluation.ner import SETS, Set, entity_scores
from tasks.recognizer_data import Passage

PASSAGE = Passage("Ann Lee of Acme in Oslo", ((0, 7, "PERSON"), (11, 15, "ORG"), (19, 23, "LOC")))


@pytest.mark.parametrize(
    ("found", "scores"),
    [
        (PASSAGE.names, (1, 1, 1)),
        ((), (0, 0, 0)),
        # A span cut short, one of another type, one right, and one of a type that is not measured.
        (
            ((0, 3, "PERSON"), (11, 15, "LOC"), (19, 23, "LOC"), (8, 10, "DATE")),
            (1 / 3, 1 / 3, 1 / 3),
        ),
        (((0, 7, "PERSON"),), (1, 1 / 3, 1 / 2)),
    ],
)
def test_scores(found: tuple[tuple[int, int, str], ...], scores: tuple[float, ...]) -> None:
    """Precision, recall and F1 of whole spans with the right type."""
    measured = entity_scores([found], [PASSAGE])

    assert measured == pytest.approx(dict(zip(("precision", "recall", "f1"), scores, strict=True)))


def test_some_places_count_on_neither_side() -> None:
    """A span that touches one is neither found nor missed."""
    gold = Passage("@Ann met Bo", ((0, 4, "PERSON"), (9, 11, "PERSON")))

    scores = entity_scores(
        [[(1, 4, "PERSON"), (9, 11, "PERSON")]], [gold], aside=re.compile(r"@\w+")
    )

    assert scores == {"precision": 1, "recall": 1, "f1": 1}


def saved(folder: Path, *rows: dict[str, object]) -> Corpora:
    """A folder with these rows as the set `names`."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "names.dev.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return Corpora(folder)


def test_texts_are_put_together(tmp_path: Path) -> None:
    """From words as people write them, or from the text; rows without a word are left out."""
    tags = ["B-PER", "I-PER", "O"]
    corpora = saved(
        tmp_path,
        {"tokens": ["Ann", "Lee", "."], "tags": tags},
        {"tokens": ["Ann", "Lee", "."], "tags": tags, "text": "Ann Lee ."},
        {"tokens": [" "], "tags": ["O"]},
    )

    passages = Set("names", "names", {"PER": "PERSON"}).passages(corpora)

    assert passages == [
        Passage("Ann Lee.", ((0, 7, "PERSON"),)),
        Passage("Ann Lee .", ((0, 7, "PERSON"),)),
    ]


def test_types_count_as_ours_or_as_nothing(tmp_path: Path) -> None:
    corpora = saved(tmp_path, {"tokens": ["Oslo", "Blues"], "tags": ["B-city", "B-song"]})

    (passage,) = Set("names", "names", {"city": "LOC", "song": ""}).passages(corpora)

    assert passage.names == ((0, 4, "LOC"),)


def test_an_unknown_type_is_named(tmp_path: Path) -> None:
    corpora = saved(tmp_path, {"tokens": ["Oslo"], "tags": ["B-city"]})

    with pytest.raises(CorpusError, match=r"names\.dev\.jsonl\.gz: the type 'city' is none of PER"):
        Set("names", "names", {"PER": "PERSON"}).passages(corpora)


def test_every_set_has_the_types_that_are_measured() -> None:
    """So that no system is blamed for a type that a set does not know."""
    assert [{*each.labels.values()} - {""} for each in SETS] == [{"PERSON", "ORG", "LOC"}] * 5


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("Ann , 45 , said : go !", "Ann, 45, said: go!"),
        ("It is n't Bo 's ( yet ) .", "It isn't Bo's (yet)."),
        ('" No , " she said , " not $ 5 . "', '"No," she said, "not $5."'),
        ("RT @ ann : # one 5 % “ so ”", "RT @ann: #one 5% “so”"),
        ("and / or - maybe", "and / or - maybe"),
    ],
)
def test_words_as_people_write_them(words: str, text: str) -> None:
    """No space before what closes, none after what opens."""
    some = words.split()

    joined = "".join(word + " " * space for word, space in zip(some, spaces(some), strict=True))

    assert joined == text + " "


def test_a_gazetteer_finds_the_longest_name() -> None:
    """With the type that it has most often, and as it is written."""
    learnt = [
        Passage("New York", ((0, 8, "LOC"),)),
        Passage("York", ((0, 4, "PERSON"),)),
        Passage("York", ((0, 4, "LOC"),)),
        Passage("York", ((0, 4, "LOC"),)),
    ]

    (found,) = gazetteer.of(learnt)(["York, new york: New York."])

    assert found == [(0, 4, "LOC"), (16, 24, "LOC")]


def test_a_gazetteer_leaves_common_words_out() -> None:
    """Those that are more often no name."""
    learnt = [Passage("May may come. May I? Bo", ((0, 3, "PERSON"), (21, 23, "PERSON")))]

    (found,) = gazetteer.of([*learnt, Passage("May I?", ())])(["May Bo"])

    assert found == [(4, 6, "PERSON")]
