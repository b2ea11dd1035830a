"""What a pipeline is trained on: pieces of documents as raw text, beside their gold."""

from dataclasses import replace

import pytest
import spacy

from schemas.training import TaggerTraining
from tasks.tagger_data import Case, Piece, example, pieces, split
from tasks.treebank import Sentence

TAGGER = TaggerTraining(task="tagger", case_share=0, piece_sentences=3)
FIRST = Sentence(
    words=("Mara", "left", "."),
    spaces=(True, False, True),
    lemmas=("Mara", "leave", "."),
    pos=("PROPN", "VERB", "PUNCT"),
    morphs=("Number=Sing", "", ""),
    paragraph=True,
)
SECOND = Sentence(
    words=("Acme", "grew"),
    spaces=(True, True),
    lemmas=("Acme", "grow"),
    pos=("PROPN", "VERB"),
    morphs=("", ""),
    paragraph=True,
)


@pytest.mark.parametrize(
    ("blank_lines", "text"), [(True, "Mara left.\n\nAcme grew"), (False, "Mara left. Acme grew")]
)
def test_paragraphs_stand_apart_or_not(*, blank_lines: bool, text: str) -> None:
    """With a blank line between them, as in files, or run together."""
    made = example(spacy.blank("en"), Piece((FIRST, SECOND), blank_lines=blank_lines))

    assert made.predicted.text.strip() == text


def test_gold_of_a_tagger() -> None:
    """Parts of speech, lemmas and sentence ends of the words; a blank line has none."""
    gold = example(spacy.blank("en"), Piece((FIRST, SECOND))).reference

    assert [t.pos_ for t in gold] == ["PROPN", "VERB", "PUNCT", "", "PROPN", "VERB"]
    assert [t.lemma_ for t in gold][:3] == ["Mara", "leave", "."]
    assert [t.is_sent_start for t in gold] == [True, False, False, False, True, False]
    assert str(gold[0].morph) == "Number=Sing"


@pytest.mark.parametrize(("case", "text"), [(str.upper, "MARA LEFT."), (str.lower, "mara left.")])
def test_another_case(case: Case, text: str) -> None:
    """As headlines are written; the gold stays as it is."""
    made = example(spacy.blank("en"), Piece((FIRST,), case))

    assert made.predicted.text.strip() == text
    assert [t.pos_ for t in made.reference] == ["PROPN", "VERB", "PUNCT"]


def test_pieces_hold_every_sentence_once() -> None:
    """Of at most so many sentences, never of two documents."""
    documents = [[FIRST] * 7, [SECOND] * 5]

    cut = pieces(documents, TAGGER, epoch=0)

    assert sum(len(piece.sentences) for piece in cut) == 12
    assert max(len(piece.sentences) for piece in cut) <= 3
    assert all(len(set(piece.sentences)) == 1 for piece in cut)


def test_an_epoch_is_cut_the_same_each_time() -> None:
    """So that a training can be gone on with; another epoch is cut otherwise."""
    documents = [[FIRST] * 9, [SECOND] * 9]

    again = pieces(documents, TAGGER, epoch=1)

    assert pieces(documents, TAGGER, epoch=1) == again
    assert pieces(documents, TAGGER, epoch=2) != again


def test_a_share_of_the_cases_is_changed() -> None:
    """Half of all pieces at 0.25: as many in lower case as in capitals."""
    config = TAGGER.model_copy(update={"case_share": 0.25, "piece_sentences": 1})

    cut = pieces([[FIRST] * 400], config, epoch=0)

    lower, upper = (sum(p.case is case for p in cut) for case in (str.lower, str.upper))
    assert 70 < lower < 130
    assert 70 < upper < 130


def test_held_out_documents_are_not_learnt_from() -> None:
    """About the share asked for, and nothing in both parts."""
    documents = [[replace(FIRST, words=(str(i), "left", "."))] for i in range(200)]
    config = TAGGER.model_copy(update={"dev_share": 0.25})

    learnt, held = split(documents, config)

    assert len(learnt) + len(held) == 200
    assert not {s for (s,) in learnt} & {s for (s,) in held}
    assert 30 < len(held) < 70
