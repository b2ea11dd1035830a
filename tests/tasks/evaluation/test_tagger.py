"""Scores of words, tags and sentences, on tables small enough to count by hand."""

import pytest

from tasks.blank_pipelines import blank_pipeline
from tasks.evaluation.tagger import Analysis, analyses, pipeline_scores, raw, tagger_scores
from tasks.evaluation.tagger_baseline import most_frequent
from tasks.treebank import Sentence


def sentence(text: str, *, paragraph: bool = False) -> Sentence:
    """Words with part of speech and lemma, such as go/VERB/go; `~` is no space after a word."""
    words, pos, lemmas = zip(*(word.strip("~").split("/") for word in text.split()), strict=True)
    spaces = tuple(not word.endswith("~") for word in text.split())
    return Sentence(words, spaces, lemmas, pos, ("",) * len(words), paragraph)


DOCUMENT = [
    sentence("Dogs/NOUN/dog bark/VERB/bark~ ./PUNCT/.", paragraph=True),
    sentence("Do/AUX/do~ n't/PART/not run/VERB/run"),
    sentence("Cats/NOUN/cat", paragraph=True),
]


def test_text_as_a_file_would_have_it() -> None:
    """A space between sentences, a blank line before a paragraph, none before the first."""
    text, gold = raw(DOCUMENT)

    assert text == "Dogs bark. Don't run\n\nCats"
    assert {text[start:end] for start, end in gold.words} == {
        *("Dogs", "bark", ".", "Do", "n't", "run", "Cats"),
    }
    assert gold.words[13, 16] == ("PART", "not")
    assert {text[start:end] for start, end in gold.sentences} == {
        *("Dogs bark.", "Don't run", "Cats"),
    }


def test_a_sentence_may_go_on_without_a_space() -> None:
    """Where the treebank says that there is none."""
    text, gold = raw([sentence("No/INTJ/no~"), sentence("Yes/INTJ/yes")])

    assert text == "NoYes"
    assert gold.sentences == {(0, 2), (2, 5)}


GOLD = Analysis(
    {(0, 2): ("PRON", "I"), (3, 7): ("VERB", "be"), (7, 10): ("PART", "not")},
    frozenset({(0, 2), (3, 10)}),
)


@pytest.mark.parametrize(
    ("found", "scores"),
    [
        (GOLD, (1, 1, 1, 1)),
        # One tag and one lemma are wrong, and one sentence end is missed.
        (
            Analysis(
                {(0, 2): ("PRON", "i"), (3, 7): ("AUX", "be"), (7, 10): ("PART", "not")},
                frozenset({(0, 10)}),
            ),
            (1, 2 / 3, 2 / 3, 0),
        ),
        # Two words are taken for one: of 2 and 3 words one is right.
        (
            Analysis(
                {(0, 2): ("PRON", "I"), (3, 10): ("VERB", "be")}, frozenset({(0, 2), (3, 10)})
            ),
            (2 / 5, 2 / 5, 2 / 5, 1),
        ),
        (Analysis({}, frozenset()), (0, 0, 0, 0)),
    ],
)
def test_scores(found: Analysis, scores: tuple[float, ...]) -> None:
    """F1 of words, tags, lemmas and sentences; a word cut wrongly has no right tag."""
    measured = tagger_scores([found], [GOLD])

    assert measured == pytest.approx(
        dict(zip(("token_f1", "pos_f1", "lemma_f1", "sentence_f1"), scores, strict=True))
    )


def test_a_gold_lemma_may_say_nothing() -> None:
    """Then every lemma is right; one that we leave open is wrong."""
    open_one = Analysis({(0, 1): ("X", "_")}, frozenset())
    told = Analysis({(0, 1): ("X", "a")}, frozenset())

    assert tagger_scores([told], [open_one])["lemma_f1"] == 1
    assert tagger_scores([open_one], [told])["lemma_f1"] == 0


def test_documents_are_counted_together() -> None:
    """Not averaged: a long one weighs more."""
    nothing = Analysis({}, frozenset())

    scores = tagger_scores([GOLD, nothing], [GOLD, Analysis({(0, 1): ("X", "x")}, frozenset())])

    assert scores["token_f1"] == pytest.approx(2 * 3 / 7)


def test_words_and_sentences_of_a_pipeline() -> None:
    """White space is no word, and begins no sentence."""
    text = "Dogs bark.\n\n Cats sleep."

    found, empty = analyses(blank_pipeline("en"), [text, " "])

    assert {text[start:end] for start, end in found.sentences} == {"Dogs bark.", "Cats sleep."}
    assert found.words[13, 17] == ("X", "cats")
    assert empty == Analysis({}, frozenset())


def test_scores_of_a_pipeline() -> None:
    """From raw text: the blank pipeline knows no part of speech, and its lemmas are the words."""
    scores = pipeline_scores(blank_pipeline("en"), [DOCUMENT])

    assert scores["token_f1"] == 1
    assert scores["pos_f1"] == 0
    assert scores["lemma_f1"] == pytest.approx(4 / 7)


def test_the_most_frequent_tag() -> None:
    """Of a known word its most frequent pair; an unknown one is a noun."""
    learnt = [[sentence("run/NOUN/run run/VERB/run run/VERB/run Ran/VERB/run")]]

    (found,) = most_frequent(learnt)(["Ran run Fast"])

    assert found.words == {
        (0, 3): ("VERB", "run"),
        (4, 7): ("VERB", "run"),
        (8, 12): ("NOUN", "fast"),
    }
