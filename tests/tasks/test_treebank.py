"""Documents of a treebank: as their text stands."""

import gzip
import re
from pathlib import Path

import pytest

from schemas.errors import CorpusError
from tasks import treebank

TREEBANK = """\
# newdoc id = letter_a
# newpar id = letter_a-p1
# text = Mara didn't stay in Oslo.
1\tMara\tMara\tPROPN\tNNP\tNumber=Sing\t0\troot\t_\t_
2-3\tdidn't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdid\tdo\tAUX\tVBD\tMood=Ind|Tense=Past\t1\tdep\t_\t_
3\tn't\tnot\tPART\tRB\t_\t1\tdep\t_\t_
4\tstay\tstay\tVERB\tVB\tVerbForm=Inf\t1\tdep\t_\t_
5\tin\tin\tADP\tIN\t_\t1\tdep\t_\t_
6\tOslo\tOslo\tPROPN\tNNP\tNumber=Sing\t1\tdep\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t.\t_\t1\tdep\t_\t_

# newpar id = letter_a-p2
# text = She left
1\tShe\tshe\tPRON\tPRP\t_\t0\troot\t_\t_
2\tleft\tleave\tVERB\tVBD\t_\t1\tdep\t_\t_
2.1\tit\tit\tPRON\tPRP\t_\t_\t_\t_\t_

# newdoc id = poem_b
# text = Acme grows
1\tAcme\tAcme\tPROPN\tNNP\t_\t0\troot\t_\t_
2\tgrows\tgrow\tVERB\tVBZ\t_\t1\tdep\t_\t_

"""


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Two documents, one of them of two paragraphs."""
    path = tmp_path / "bank.conllu.gz"
    path.write_bytes(gzip.compress(TREEBANK.encode()))
    return path


def test_words_stand_as_in_the_text(bank: Path) -> None:
    """A contraction stands together, a full stop at its word, an empty node nowhere."""
    first, second = treebank.documents(bank)

    texts = [
        "".join(w + " " * s for w, s in zip(sentence.words, sentence.spaces, strict=True)).strip()
        for sentence in (*first, *second)
    ]
    assert texts == ["Mara didn't stay in Oslo.", "She left", "Acme grows"]


def test_columns_of_the_words(bank: Path) -> None:
    """Lemma, part of speech and features stand beside each word; no feature is empty text."""
    (sentence, _), _ = treebank.documents(bank)

    assert sentence.lemmas[1:3] == ("do", "not")
    assert sentence.pos[:3] == ("PROPN", "AUX", "PART")
    assert sentence.morphs[:3] == ("Number=Sing", "Mood=Ind|Tense=Past", "")


def test_paragraphs_are_marked(bank: Path) -> None:
    """So that the blank lines of the text can be put back."""
    first, second = treebank.documents(bank)

    assert [s.paragraph for s in (*first, *second)] == [True, True, False]


def test_documents_can_be_left_out(bank: Path) -> None:
    """By a regular expression of their ids."""
    (kept,) = treebank.documents(bank, skip=re.compile("^poem_"))

    assert kept[0].words[0] == "Mara"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is missing: give the treebank"),
        ("1\tonly\ttwo\n\n", "is no CoNLL-U"),
        ("", "holds no sentence"),
    ],
)
def test_bad_files_are_named(content: str | None, message: str, tmp_path: Path) -> None:
    """A missing file, one of another kind, an empty one."""
    path = tmp_path / "bank.conllu"
    if content is not None:
        path.write_text(content)

    with pytest.raises(CorpusError, match=rf"bank\.conllu {message}"):
        treebank.documents(path)
