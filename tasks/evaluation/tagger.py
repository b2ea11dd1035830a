"""Words, parts of speech, lemmas and sentence ends, from raw text.

Measured as in the CoNLL 2018 shared task (Zeman et al. 2018): by where words and sentences stand in
the text, white space aside, so that a word cut wrongly has no right tag.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from schemas.config import PreprocessConfig
from tasks import preprocess, treebank
from tasks.embeddings import spans as sentence_spans
from tasks.evaluation.corpora import Corpora, documents_of, spread
from tasks.evaluation.results import FIRST, Result, timed
from tasks.rows import by_document
from tasks.treebank import Document

if TYPE_CHECKING:
    from spacy.language import Language

TASK = "tagger"
Span = tuple[int, int]
_FREE = ("academic", "bio", "court", "interview", "news", "speech", "vlog", "voyage")
"""Genres of GUM whose texts allow a model to be shipped."""
_UNFREE = re.compile(rf"^GUM_(?!{'|'.join(_FREE)})")
_ANY = "_"
"""A gold lemma that says nothing: as in the shared task, every lemma is right."""


@dataclass(frozen=True)
class Analysis:
    """The words and sentences of one text."""

    words: Mapping[Span, tuple[str, str]]
    """Part of speech and lemma, by where the word stands."""
    sentences: frozenset[Span]


_NOTHING = Analysis({}, frozenset())


@dataclass(frozen=True)
class Set:
    """Documents of a treebank."""

    name: str
    file: str
    skip: re.Pattern[str] | None = None

    def documents(self, corpora: Corpora) -> list[Document]:
        """Those that are taken."""
        return spread(treebank.documents(corpora.path(self.file), skip=self.skip), corpora.limit)


SETS = (
    Set("EWT", "treebank/en_ewt-ud-dev.conllu.gz"),
    Set("GUM", "treebank/en_gum-ud-dev.conllu.gz"),
    Set("GUM, free genres", "treebank/en_gum-ud-dev.conllu.gz", _UNFREE),
)
System = Callable[[Sequence[str]], list[Analysis]]


def results(corpora: Corpora, config: PreprocessConfig) -> Iterator[Result]:
    """The pipeline, then the most frequent tag of each word, on each set.

    Raises `CorpusError` where a set is missing.
    """
    from tasks.evaluation import tagger_baseline

    ours = partial(analyses, preprocess.pipeline("en", config.model))
    yield from _results(corpora, config.model, ours, baseline=False)
    learnt = treebank.documents(corpora.path("treebank/en_ewt-ud-train.conllu.gz"))
    frequent = tagger_baseline.most_frequent(learnt)
    yield from _results(corpora, tagger_baseline.NAME, frequent, baseline=True)


def _results(corpora: Corpora, name: str, system: System, *, baseline: bool) -> Iterator[Result]:
    for data in SETS:
        documents = data.documents(corpora)
        texts, gold = zip(*map(raw, documents), strict=True)
        system([FIRST])
        found, seconds = timed(partial(system, texts))
        scores = tagger_scores(found, gold)
        yield Result(TASK, data.name, name, baseline, scores, len(texts), seconds)


def pipeline_scores(nlp: "Language", documents: Sequence[Document]) -> dict[str, float]:
    """Scores of a pipeline on the documents of a treebank, from raw text, 0 to 1."""
    texts, gold = zip(*map(raw, documents), strict=True)
    return tagger_scores(analyses(nlp, texts), gold)


def raw(document: Document) -> tuple[str, Analysis]:
    """The text of a document as a file would have it, a blank line before a paragraph; its gold."""
    text = ""
    words, sentences = dict[Span, tuple[str, str]](), set[Span]()
    for sentence in document:
        if text and sentence.paragraph:
            text = text.rstrip() + "\n\n"
        start = len(text)
        for word, space, pos, lemma in zip(
            sentence.words, sentence.spaces, sentence.pos, sentence.lemmas, strict=True
        ):
            words[len(text), len(text) + len(word)] = pos, lemma
            text += word + " " * space
        sentences.add((start, len(text.rstrip())))
    return text.rstrip(), Analysis(words, frozenset(sentences))


def analyses(nlp: "Language", texts: Sequence[str]) -> list[Analysis]:
    """What the stage preprocess makes of texts by one pipeline."""
    ids: list[str] = documents_of(texts).column("doc_id").to_pylist()
    found = dict(by_document(preprocess.tokens(ids, texts, nlp)))
    return [_analysis(found[each]) if each in found else _NOTHING for each in ids]


def tagger_scores(found: Iterable[Analysis], gold: Iterable[Analysis]) -> dict[str, float]:
    """F1 of words, of words with the right part of speech or lemma, and of sentences, 0 to 1."""
    hits, said = Counter[str](), Counter[str]()
    for ours, theirs in zip(found, gold, strict=True):
        words = [(ours.words[s], theirs.words[s]) for s in ours.words.keys() & theirs.words.keys()]
        hits["token_f1"] += len(words)
        hits["pos_f1"] += sum(our == their for (our, _), (their, _) in words)
        hits["lemma_f1"] += sum(their in {our, _ANY} for (_, our), (_, their) in words)
        hits["sentence_f1"] += len(ours.sentences & theirs.sentences)
        for name in ("token_f1", "pos_f1", "lemma_f1"):
            said[name] += len(ours.words) + len(theirs.words)
        said["sentence_f1"] += len(ours.sentences) + len(theirs.sentences)
    return {name: 2 * hits[name] / max(total, 1) for name, total in said.items()}


def _analysis(tokens: pa.Table) -> Analysis:
    """What the table tokens says of one document."""
    starts, ends, pos, lemmas = (
        tokens.column(name).to_pylist() for name in ("start", "end", "pos", "lemma")
    )
    _, first, last = sentence_spans(tokens)
    return Analysis(
        dict(zip(zip(starts, ends, strict=True), zip(pos, lemmas, strict=True), strict=True)),
        frozenset(zip(first.tolist(), last.tolist(), strict=True)),
    )
