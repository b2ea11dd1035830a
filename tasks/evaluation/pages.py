"""Web pages: how much of the main content is found, and how little of what stands around it."""

import base64
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from typing import NamedTuple

from tasks.evaluation.corpora import Corpora, texts_of
from tasks.evaluation.reading import token_f1, words
from tasks.evaluation.results import Result, means, timed
from tasks.labelled_rows import Row
from tasks.readers import html

TASK = "pages"
OURS = "corpusmill"
STRINGS, STRINGS_FILE = "trafilatura's set", "html/trafilatura_eval.dev.jsonl.gz"
CONTENT, CONTENT_FILE = "Readability's set", "html/readability_pages.dev.jsonl.gz"
SETTINGS: Mapping[str, Mapping[str, bool]] = {
    "trafilatura": {},
    "trafilatura, precision": {"favor_precision": True},
    "trafilatura, recall": {"favor_recall": True},
    "trafilatura, fast": {"fast": True},
}
Extractor = Callable[[str], str]


class Strings(NamedTuple):
    """What must and what must not stand in the text of a page."""

    wanted: Sequence[str]
    unwanted: Sequence[str]


def results(corpora: Corpora) -> Iterator[Result]:
    """Strings that must and must not be in the text, and the main content by its words.

    Raises `CorpusError` where a set is missing.
    """
    strings = corpora.rows(STRINGS_FILE, "with", "without")
    content = corpora.rows(CONTENT_FILE, "html", "expected_html")
    pages = [markup(row) for row in strings]
    asked = [Strings(texts_of(row, "with"), texts_of(row, "without")) for row in strings]
    others = [str(row["html"]) for row in content]
    truths = [words(all_text(str(row["expected_html"]))) for row in content]
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    for name, extract in extractors().items():
        extract(pages[0])
        found, seconds = timed(partial(_all, extract, pages))
        scores = string_scores(found, asked)
        yield Result(TASK, STRINGS, name, name != OURS, scores, len(pages), seconds)
        found, seconds = timed(partial(_all, extract, others))
        each = [
            {"token_f1": token_f1(words(one), truth)}
            for one, truth in zip(found, truths, strict=True)
        ]
        yield Result(TASK, CONTENT, name, name != OURS, means(each), len(others), seconds)


def markup(row: Row) -> str:
    """A page as text; where it is not UTF-8, as our reader decodes it."""
    if row.get("html"):
        return str(row["html"])
    return html.decoded(base64.b64decode(str(row["html_base64"])))[0]


def string_scores(found: Sequence[str], asked: Sequence[Strings]) -> dict[str, float]:
    """Precision, recall, F1 and accuracy over all strings, as trafilatura counts them.

    That is `count_item` of its `tests/eval_common.py`: any white space counts as one space.
    """
    pairs = [(_spaced(text), strings) for text, strings in zip(found, asked, strict=True)]
    right = sum(_spaced(one) in text for text, strings in pairs for one in strings.wanted)
    wrong = sum(_spaced(one) in text for text, strings in pairs for one in strings.unwanted)
    wanted = sum(len(strings.wanted) for strings in asked)
    unwanted = sum(len(strings.unwanted) for strings in asked)
    return {
        "precision": right / max(right + wrong, 1),
        "recall": right / max(wanted, 1),
        "f1": 2 * right / max(right + wrong + wanted, 1),
        "accuracy": (right + unwanted - wrong) / max(wanted + unwanted, 1),
    }


def extractors() -> dict[str, Extractor]:
    """Ours, the settings of the library under it, other libraries that are there, all text."""
    found: dict[str, Extractor] = {OURS: _ours}
    found |= {name: partial(_trafilatura, **settings) for name, settings in SETTINGS.items()}
    for name, module, extract in (
        ("resiliparse", "resiliparse", _resiliparse),
        ("readability-lxml", "readability", _readability),
        ("all text (inscriptis)", "inscriptis", all_text),
    ):
        if find_spec(module) is not None:
            found[name] = extract
    return found


def all_text(page: str) -> str:
    """Everything that a page says."""
    from inscriptis import get_text

    return str(get_text(page))


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _all(extract: Extractor, pages: Sequence[str]) -> list[str]:
    return [extract(page) for page in pages]


def _ours(page: str) -> str:
    return html.extract(page).text


def _trafilatura(
    page: str, /, *, favor_precision: bool = False, favor_recall: bool = False, fast: bool = False
) -> str:
    from trafilatura import extract

    found = extract(
        page,
        include_comments=False,
        favor_precision=favor_precision,
        favor_recall=favor_recall,
        fast=fast,
    )
    return found or ""


def _resiliparse(page: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text

    return str(extract_plain_text(page, main_content=True))


def _readability(page: str) -> str:
    from readability import Document
    from readability.readability import Unparseable

    try:
        return all_text(Document(page).summary())
    except Unparseable:
        return ""
