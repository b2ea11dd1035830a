"""What a tagger is trained and scored on: documents of a few sentences, as raw text."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import CorpusError
from schemas.training import TaggerTraining
from tasks import treebank
from tasks.treebank import Document, Sentence

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.training import Example
    from spacy.vocab import Vocab

Case = Callable[[str], str]
"""How a word is written."""
_BLANK = 0.7
"""Share of the pieces with blank lines between paragraphs, as files have them; the others learn
sentence ends from the words alone."""


@dataclass(frozen=True)
class Piece:
    """Some consecutive sentences of a document, and how they are written."""

    sentences: Sequence[Sentence]
    case: Case = str
    blank_lines: bool = True
    """Whether a blank line stands before a paragraph, or only a space."""


@dataclass(frozen=True)
class _Word:
    text: str
    space: bool
    lemma: str = ""
    pos: str = ""
    morph: str = ""
    starts: bool = False


def documents(paths: Sequence[Path], config: TaggerTraining) -> list[Document]:
    """The documents of the treebanks. Raises `CorpusError` that names the file at fault."""
    found = [d for path in paths for d in treebank.documents(path, skip=config.skip_documents)]
    if paths and not found:
        raise CorpusError("no document is left of the treebanks: see skip_documents")
    return found


def split(
    found: Sequence[Document], config: TaggerTraining
) -> tuple[list[Document], list[Document]]:
    """What is learnt from, and the whole documents that are held out."""
    order = random.Random(config.seed)  # noqa: S311  # not for secrets
    held = [order.random() < config.dev_share for _ in found]
    return (
        [d for d, out in zip(found, held, strict=True) if not out],
        [d for d, out in zip(found, held, strict=True) if out],
    )


def pieces(found: Sequence[Document], config: TaggerTraining, epoch: int) -> list[Piece]:
    """The documents cut into pieces of random length, in random order, some in another case."""
    order = random.Random(f"{config.seed} {epoch}")  # noqa: S311  # not for secrets
    cut = []
    for document in found:
        start = 0
        while start < len(document):
            size = order.randint(1, config.piece_sentences)
            case, blank = _case(order, config.case_share), order.random() < _BLANK
            cut.append(Piece(document[start : start + size], case, blank))
            start += size
    order.shuffle(cut)
    return cut


def example(nlp: "Language", piece: Piece) -> "Example":
    """A piece as raw text, beside its gold."""
    from spacy.training import Example

    gold = _gold(nlp.vocab, piece)
    return Example(nlp.make_doc(gold.text), gold)


def _case(order: random.Random, share: float) -> Case:
    draw = order.random()
    if draw < share:
        return str.lower
    return str.upper if draw < 2 * share else str


def _gold(vocab: "Vocab", piece: Piece) -> "Doc":
    """The sentences as one annotated document."""
    from spacy.tokens import Doc

    words = list(_words(piece))
    return Doc(
        vocab,
        words=[w.text for w in words],
        spaces=[w.space for w in words],
        lemmas=[w.lemma for w in words],
        pos=[w.pos for w in words],
        morphs=[w.morph for w in words],
        sent_starts=[w.starts for w in words],
    )


def _words(piece: Piece) -> Iterator[_Word]:
    """The words in their order; a blank line is one too, as it is for spaCy."""
    for number, s in enumerate(piece.sentences):
        following = piece.sentences[number + 1 : number + 2]
        ends = piece.blank_lines and any(f.paragraph for f in following)
        for i, word in enumerate(s.words):
            last = i == len(s.words) - 1
            yield _Word(
                piece.case(word),
                s.spaces[i] if not last else not ends,
                s.lemmas[i],
                s.pos[i],
                s.morphs[i],
                i == 0,
            )
        if ends:
            yield _Word("\n\n", space=False)
