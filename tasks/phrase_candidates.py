"""Phrases that could be keyphrases of a document, found in its tokens.

With parts of speech they are noun phrases; without, the runs of words between stop words and
punctuation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, groupby

import pyarrow as pa

from tasks.lettering import is_lettered

_NOUNS = frozenset({"NOUN", "PROPN"})
_PHRASE = _NOUNS | {"ADJ"}
_HYPHENS = frozenset("-‐‑")
_COLUMNS = ("sentence", "start", "end", "text", "lemma", "pos", "is_stop")
Row = tuple[int, int, int, str, str, str, bool]
"""Those columns of a token."""


@dataclass(frozen=True)
class Word:
    """A token, or several that hyphens join; it has the part of speech of the last."""

    sentence: int
    start: int
    end: int
    text: str
    lemma: str
    pos: str
    is_stop: bool
    terms: tuple[str, ...]
    """Lemmas in lower case of its tokens that are made of letters and no stop words."""


@dataclass(frozen=True)
class Candidate:
    """A phrase, where it stands first, and how often it occurs."""

    keyword: str
    """As first written, in lower case."""
    terms: tuple[str, ...]
    """Lemmas in lower case of its tokens that are made of letters and no stop words."""
    start: int
    end: int
    times: int


def candidates(text: str, tokens: pa.Table, *, max_words: int) -> list[Candidate]:
    """The phrases of one document, each once, in the order of their first places.

    Phrases of the same lemmas are one. Of a longer phrase the last `max_words` words are taken:
    the head of an English noun phrase stands at its end.
    """
    words = joined(tokens)
    tagged = any(word.pos != "X" for word in words)
    found: dict[tuple[str, ...], Candidate] = {}
    for run in noun_phrases(words) if tagged else plain_phrases(words):
        phrase = list(dropwhile(lambda word: word.is_stop, run[-max_words:]))
        if not any(_tells(word) for word in phrase):
            continue
        key = tuple(word.lemma for word in phrase)
        known = found.get(key)
        found[key] = replace(known, times=known.times + 1) if known else _first(text, phrase)
    return list(found.values())


def joined(tokens: pa.Table) -> list[Word]:
    """The words of a document: its tokens, those around a hyphen made one."""
    words: list[Word] = []
    hyphen: Word | None = None
    for row in zip(*(tokens.column(name).to_pylist() for name in _COLUMNS), strict=True):
        word = _word(row)
        touches = bool(words) and words[-1].end == (hyphen or word).start
        if hyphen and touches and hyphen.end == word.start and _is_written(word):
            words[-1] = _merged(words[-1], hyphen, word)
            hyphen = None
            continue
        if hyphen:
            words.append(hyphen)
            hyphen = None
        if word.text in _HYPHENS and touches and _is_written(words[-1]):
            hyphen = word
        else:
            words.append(word)
    return words


def noun_phrases(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Longest runs of adjectives and nouns that end in a noun, inside a sentence."""
    for (_, inside), run in groupby(words, key=lambda word: (word.sentence, word.pos in _PHRASE)):
        phrase = list(run)
        while inside and phrase and phrase[-1].pos not in _NOUNS:
            phrase.pop()
        if inside and phrase:
            yield phrase


def plain_phrases(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Longest runs of words that are no stop words, inside a sentence."""
    for (_, inside), run in groupby(words, key=lambda word: (word.sentence, _tells(word))):
        if inside:
            yield list(run)


def _word(row: Row) -> Word:
    sentence, start, end, text, written, pos, is_stop = row
    lemma = written.lower()
    terms = (lemma,) if is_lettered(lemma) and not is_stop else ()
    return Word(sentence, start, end, text, lemma, pos, is_stop, terms)


def _merged(left: Word, hyphen: Word, right: Word) -> Word:
    return Word(
        sentence=left.sentence,
        start=left.start,
        end=right.end,
        text=left.text + hyphen.text + right.text,
        lemma=left.lemma + hyphen.lemma + right.lemma,
        pos=right.pos,
        is_stop=left.is_stop and right.is_stop,
        terms=left.terms + right.terms,
    )


def _first(text: str, phrase: Sequence[Word]) -> Candidate:
    start, end = phrase[0].start, phrase[-1].end
    terms = tuple(term for word in phrase for term in word.terms)
    return Candidate(" ".join(text[start:end].lower().split()), terms, start, end, times=1)


def _is_written(word: Word) -> bool:
    return word.text[-1].isalnum()


def _tells(word: Word) -> bool:
    """Whether a word says something by itself: it has a letter and is no stop word."""
    return not word.is_stop and any(map(str.isalpha, word.text))
