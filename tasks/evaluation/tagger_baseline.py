"""Tags and lemmas that words have most often, and spaCy's rules for words and sentence ends."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from tasks.blank_pipelines import blank_pipeline
from tasks.evaluation.tagger import Analysis, System, analyses
from tasks.treebank import Document

NAME = "most frequent tag"
_UNKNOWN = "NOUN"
"""Part of speech of words that were not learnt: most of them are nouns."""


def most_frequent(documents: Sequence[Document]) -> System:
    """What each word has most often in these documents; one not in them is a noun, its own lemma.

    Words and sentence ends are those of spaCy's tokenizer and of its sentencizer.
    """
    known = _known(documents)
    nlp = blank_pipeline("en")

    def tagged(texts: Sequence[str]) -> list[Analysis]:
        found = zip(texts, analyses(nlp, texts), strict=True)
        return [_tagged(text, analysis, known) for text, analysis in found]

    return tagged


def _known(documents: Sequence[Document]) -> dict[str, tuple[str, str]]:
    """Part of speech and lemma of each word; of pairs as frequent the one that came first."""
    counts = defaultdict[str, Counter[tuple[str, str]]](Counter)
    for document in documents:
        for sentence in document:
            for word, *both in zip(sentence.words, sentence.pos, sentence.lemmas, strict=True):
                counts[word][both[0], both[1]] += 1
    return {word: pairs.most_common(1)[0][0] for word, pairs in counts.items()}


def _tagged(text: str, found: Analysis, known: Mapping[str, tuple[str, str]]) -> Analysis:
    words = {
        (start, end): known.get(text[start:end], (_UNKNOWN, text[start:end].lower()))
        for start, end in found.words
    }
    return Analysis(words, found.sentences)
