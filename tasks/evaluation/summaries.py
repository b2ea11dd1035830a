"""Summaries beside those that people wrote."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from schemas.config import PipelineConfig, SummariesConfig
from tasks import embeddings, preprocess, summaries
from tasks.embeddings import spans
from tasks.evaluation.corpora import Corpora, documents_of, texts_of
from tasks.evaluation.results import Result, means, timed
from tasks.rows import by_document

TASK = "summaries"
_ROUGE = {"rouge1": "rouge_1", "rouge2": "rouge_2", "rougeL": "rouge_l"}
_EXTRACT = 0.43
"""Length of the extracts of the BBC's articles, as a share of the article."""


@dataclass(frozen=True)
class Set:
    """Documents with one summary, or some of which the nearest counts."""

    name: str
    file: str
    references: str
    """Column of the summaries."""
    sentences: int | None = None
    """Sentences of our summary; without it, the share of the document's that the set has."""

    def count(self, sentences: int) -> int:
        """Sentences of the summary of a document that has so many."""
        return self.sentences or max(round(_EXTRACT * sentences), 1)


SETS = (
    Set("GUM", "summarization/gumsum.dev.jsonl.gz", "summaries", 2),
    Set("CNN/DailyMail", "summarization/cnn_dailymail_val.dev.jsonl.gz", "summary", 3),
    Set("SciTLDR", "summarization/scitldr.dev.jsonl.gz", "summaries", 1),
    Set("BBC extracts", "summarization/bbc_news_summary.dev.jsonl.gz", "summary"),
)


@dataclass(frozen=True)
class Document:
    """A document whose sentences are known."""

    row: pa.Table
    """Of the table documents."""
    tokens: pa.Table
    """Of the table tokens."""
    count: int
    """Sentences of its summary."""

    @property
    def sentences(self) -> list[str]:
        """Its sentences, each on one line."""
        text: str = self.row.column("text")[0].as_py()
        return [" ".join(text[start:end].split()) for start, end in places(self.tokens)]


System = Callable[[Document], str]


def results(corpora: Corpora, config: PipelineConfig) -> Iterator[Result]:
    """The stage summaries, the first sentences, and TextRank, on each set.

    All are given where sentences end. Raises `CorpusError` where a set is missing.
    """
    from tasks.evaluation.textrank import textrank

    ours = writer(config.summaries) or config.summaries.method
    systems: tuple[tuple[str, bool, System], ...] = (
        (ours, False, partial(summary, config=config)),
        ("first sentences", True, lead),
        ("TextRank", True, textrank),
    )
    for data in SETS:
        rows = corpora.rows(data.file, "text", data.references)
        gold = [texts_of(row, data.references) for row in rows]
        documents = read([str(row["text"]) for row in rows], data, config)
        for name, baseline, system in systems:
            system(documents[0])
            found, seconds = timed(partial(_all, system, documents))
            scores = summary_scores(found, gold)
            yield Result(TASK, data.name, name, baseline, scores, len(rows), seconds)


def _all(system: System, documents: Sequence[Document]) -> list[str]:
    return [system(document) for document in documents]


def writer(config: SummariesConfig) -> str | None:
    """The model that writes the summaries, if they are not extracts."""
    return config.model if config.method == "abstractive" else None


def read(texts: Sequence[str], data: Set, config: PipelineConfig) -> list[Document]:
    """The texts, and their sentences as the stage preprocess finds them."""
    table = documents_of(texts)
    tokens = preprocess.compute({"documents": table}, config.preprocess)["tokens"]
    found, none = dict(by_document(tokens)), tokens.slice(0, 0)
    made = []
    for number, doc_id in enumerate(table.column("doc_id").to_pylist()):
        its = found.get(doc_id, none)
        made.append(Document(table.slice(number, 1), its, data.count(len(places(its)))))
    return made


def places(tokens: pa.Table) -> list[tuple[int, int]]:
    """Where the sentences of a document stand."""
    if not tokens.num_rows:
        return []
    _, starts, ends = spans(tokens)
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def summary(document: Document, config: PipelineConfig) -> str:
    """What the stage summaries gives; an extractive one needs the stage embeddings."""
    own = config.summaries.model_copy(update={"sentences": document.count})
    tables = {"documents": document.row, "tokens": document.tokens}
    if own.method == "extractive":
        tables |= embeddings.compute(tables, config.embeddings)
    found: str = summaries.compute(tables, own)["summaries"].column("summary")[0].as_py()
    return found


def lead(document: Document) -> str:
    """The first sentences."""
    return " ".join(document.sentences[: document.count])


def summary_scores(found: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """F1 of ROUGE-1, -2 and -L (Lin 2004), each the mean over documents, 0 to 1.

    Of some references the one that a measure likes best counts. Words are lower-case and unstemmed.
    """
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(list(_ROUGE), use_stemmer=False)
    each = []
    for text, some in zip(found, references, strict=True):
        scores = [scorer.score(reference, text) for reference in some]
        each.append({ours: max(s[name].fmeasure for s in scores) for name, ours in _ROUGE.items()})
    return means(each)
