"""The HTML page."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser

import pyarrow as pa
import pytest

from schemas.config import ReportConfig
from schemas.tables import REJECT_REASONS, TABLES
from tasks.report import render
from tasks.rows import Stream, from_rows

EVIL = "<script>alert('1')</script>\"><img src=x onerror=alert(2)>"
Rows = Sequence[Mapping[str, object]]


def filled(table: str, row: Mapping[str, object]) -> dict[str, object]:
    """The row with a plain value in each column that it does not give."""
    return {field.name: row.get(field.name, plain(field)) for field in TABLES[table]}


def plain(field: pa.Field) -> object:
    if field.nullable:
        return None
    if pa.types.is_list(field.type):
        return []
    if pa.types.is_timestamp(field.type):
        return datetime(2025, 1, 1, tzinfo=UTC)
    if pa.types.is_binary(field.type):
        return b""
    return "" if field.type in (TEXT, LABEL) else 0


TEXT, LABEL = TABLES["sentiment"].field("doc_id").type, TABLES["sentiment"].field("label").type


def stream(parts: int = 1, **tables: Rows) -> Stream:
    """Tables of these rows, read in so many parts."""

    def read(name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        rows = [filled(name, row) for row in tables.get(name, ())]
        size = -(-len(rows) // parts) or 1
        for start in range(0, len(rows), size):
            yield from_rows(name, rows[start : start + size]).select(list(columns))

    return read


def page(parts: int = 1, **tables: Rows) -> str:
    return render(stream(parts, **tables), ReportConfig(title="A corpus"), runs=None)


class Parsed(HTMLParser):
    """The words, tags and names of attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        """Note the words of a text; those of the style sheet are none."""
        if self.lasttag != "style":
            self.words += data.split()


def shown(html: str) -> str:
    """The words of the page as a reader sees them."""
    return " ".join(Parsed(html).words)


def month(year: int, month: int) -> datetime:
    return datetime(year, month, 15, 12, tzinfo=UTC)


DOCUMENTS: Rows = [
    {"doc_id": "a", "source": "a.txt", "title": "First", "text": "one two", "language": "en"},
    {"doc_id": "b", "source": "b.txt", "text": "three", "published_at": month(2025, 3)},
    {"doc_id": "c", "source": "c.csv", "record": "7", "text": "x", "published_at": month(2025, 4)},
    {"doc_id": "d", "source": "d.txt", "text": "one two"}
    | {"duplicate_of": "a", "duplicate_kind": "exact"},
]
SENTIMENT: Rows = [
    {"doc_id": "a", "label": "positive", "score": 0.9},
    {"doc_id": "b", "label": "negative", "score": -0.8},
    {"doc_id": "c", "label": "positive", "score": 0.4},
]


def test_counts_each_text_once() -> None:
    """Duplicates are counted as documents, and their words are not."""
    words = shown(page(documents=DOCUMENTS))

    assert "Documents 4 Duplicates 1 Near-duplicates 0 Rejects 0 Words 4" in words
    assert "4 documents, published from 15 March 2025 to 15 April 2025 ." in words


def test_near_duplicates_are_texts_of_their_own() -> None:
    """Their words count, but they are not among the newest."""
    near = {"doc_id": "d", "source": "d.txt", "title": "Copy", "text": "one two more"}
    rows = [*DOCUMENTS[:3], near | {"duplicate_of": "a", "duplicate_kind": "near"}]

    words = shown(page(documents=rows, summaries=[{"doc_id": "d", "summary": "Gist."}]))

    assert "Documents 4 Duplicates 0 Near-duplicates 1 Rejects 0 Words 7" in words
    assert "Gist." not in words


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_sentiment_by_month(parts: int) -> None:
    """Scores are shown by the month of publication, in whatever parts the tables come."""
    html = page(parts, documents=DOCUMENTS, sentiment=SENTIMENT)

    words = shown(html)
    assert "negative 33 % 1 neutral 0 % 0 positive 67 % 2" in words
    assert "2025-03 −0.80 1 2025-04 +0.40 1" in words
    assert html.count("<polyline") == 1


def test_sentiment_of_documents_that_are_gone() -> None:
    """Rows of documents that are no longer there have no date, and hide no others."""
    rows = [{"doc_id": "0", "label": "neutral", "score": 0.0}, *SENTIMENT]

    words = shown(page(4, documents=DOCUMENTS, sentiment=rows))

    assert "2025-03 −0.80 1 2025-04 +0.40 1" in words


def test_no_line_without_dates() -> None:
    """Sentiment without a date is a sentence, not an empty chart."""
    html = page(documents=DOCUMENTS[:1], sentiment=SENTIMENT[:1])

    assert "there is no line over time" in shown(html)
    assert "<polyline" not in html


def test_topics_by_size_with_terms_and_documents() -> None:
    """A topic shows its terms with bars, and the documents that are most about it."""
    topics = [
        {"topic_uid": "u1", "topic": 1, "label": "sea, boat", "share": 0.3, "coherence": -0.1},
        {"topic_uid": "u0", "topic": 0, "label": "tax_cut, vote", "share": 0.7, "coherence": 0.25},
    ]
    terms = [
        {"topic_uid": "u0", "rank": 2, "term": "vote", "weight": 0.1},
        {"topic_uid": "u0", "rank": 1, "term": "tax_cut", "weight": 0.4},
    ]
    weights = [
        {"doc_id": "a", "topic_uid": "u0", "weight": 0.5},
        {"doc_id": "b", "topic_uid": "u0", "weight": 0.9},
        {"doc_id": "b", "topic_uid": "u1", "weight": 0.1},
    ]

    html = page(2, documents=DOCUMENTS, topics=topics, topic_terms=terms, document_topics=weights)

    words = shown(html)
    assert "tax cut, vote 70 % of the corpus coherence +0.25" in words
    assert "tax cut vote Most about it b.txt 90 % First 50 %" in words
    assert words.index("tax cut, vote") < words.index("sea, boat")
    assert '<rect width="25.0" height="1"/>' in html


def test_entities_by_canonical_form() -> None:
    """Mentions are counted by label and canonical form."""
    rows = [
        {"doc_id": doc_id, "label": label, "canonical": name}
        for doc_id, label, name in [
            ("a", "ORG", "Northline"),
            ("a", "ORG", "Northline"),
            ("b", "ORG", "Northline"),
            ("b", "LOC", "Severn"),
        ]
    ]

    words = shown(page(2, documents=DOCUMENTS, entities=rows))

    assert "ORG 3 mentions" in words
    assert "Northline 2 3" in words
    assert words.index("Northline") < words.index("Severn")


def test_lists_have_as_many_rows_as_configured() -> None:
    """`top` bounds the lists."""
    rows = [{"doc_id": "a", "keyword": f"phrase {i}"} for i in range(9)]

    html = render(stream(keywords=rows), ReportConfig(top=3), runs=None)

    assert len(re.findall(r"phrase \d", html)) == 3


def test_newest_documents_first_with_their_summaries() -> None:
    """Summaries stand in order of publication, undated ones last, duplicates nowhere."""
    rows = [{"doc_id": doc_id, "summary": f"About {doc_id}."} for doc_id in "abcd"]

    words = shown(page(2, documents=DOCUMENTS, summaries=rows))

    assert re.findall(r"About (.)\.", words) == ["c", "b", "a"]
    assert "c.csv · 7 15 April 2025" in words


def test_rejects_with_their_explanation() -> None:
    """Rejects are grouped by reason, which is explained, with examples."""
    rows = [{"source": f"{i}.pdf", "stage": "ingest", "reason": "empty"} for i in range(5)]
    rows += [{"source": "x", "stage": "ingest", "reason": "broken", "message": "cut at byte 7"}]

    words = shown(page(documents=DOCUMENTS, rejects=rows))

    assert f"empty {REJECT_REASONS['empty']} 5 ingest 0.pdf 1.pdf 2.pdf broken" in words
    assert "cut at byte 7" in words
    assert "Rejects 6" in words


def run(number: int, done: int) -> dict[str, object]:
    stages = [
        {"stage": name, "fingerprint": "", "found": 9, "done": done, "reused": 9 - done}
        | {"duplicate": 0, "rejected": 0, "skipped": 0, "seconds": 1.5, "peak_bytes": 0}
        for name in ("ingest", "report")
    ]
    about = {"config": "{}", "versions": json.dumps({"python": "3.11"}), "models": "{}"}
    return filled("runs", {"run_id": f"{number:05d}", "stages": stages} | about)


def test_books_of_the_last_run() -> None:
    """The last run is shown, without the stage that makes the page."""
    runs = from_rows("runs", [run(1, 9), run(0, 4)])

    words = shown(render(stream(documents=DOCUMENTS), ReportConfig(), runs=runs))

    assert "Run 00001, begun 1 January 2025 at 00:00 UTC" in words
    assert "ingest 9 9 0 0 0 0 1.5 Models" in words


def test_nothing_at_all() -> None:
    """Tables that are empty or missing give sentences, no charts."""
    html = page()

    assert "There are no documents yet." in shown(html)
    assert html.count('class="empty"') == 7
    assert "<svg" not in html


def everything() -> dict[str, Rows]:
    evil = {"doc_id": "a", "source": EVIL, "record": EVIL, "published_at": month(2025, 1)}
    return {
        "documents": [
            evil | {"title": EVIL, "language": EVIL, "media_type": EVIL, "text": EVIL},
            evil | {"doc_id": "b"},
        ],
        "topics": [{"topic_uid": "u", "label": EVIL, "share": 1.0}],
        "topic_terms": [{"topic_uid": "u", "rank": 1, "term": EVIL, "weight": 0.1}],
        "document_topics": [{"doc_id": i, "topic_uid": "u", "weight": 0.9} for i in "ab"],
        "entities": [{"doc_id": "a", "label": EVIL, "canonical": EVIL}],
        "keywords": [{"doc_id": "a", "keyword": EVIL}],
        "sentiment": [{"doc_id": "a", "label": "neutral"}],
        "summaries": [{"doc_id": i, "summary": EVIL} for i in "ab"],
        "rejects": [{"source": EVIL, "stage": EVIL, "reason": EVIL, "message": EVIL}],
    }


def test_escapes_what_documents_say() -> None:
    """No text of a document, a name or a message becomes markup."""
    told = {
        "versions": json.dumps({EVIL: EVIL}),
        "models": json.dumps({EVIL: EVIL}),
        "corpus": EVIL,
    }
    runs = from_rows("runs", [run(0, 1) | told])

    html = render(stream(**everything()), ReportConfig(title=EVIL), runs=runs)

    found = Parsed(html)
    assert html.count("&lt;script&gt;") > 15
    assert not found.tags & {"script", "img", "iframe", "link", "object", "base", "form"}
    assert not [name for name in found.attributes if name.startswith("on")]


def test_asks_nothing_of_the_network() -> None:
    """The page forbids all fetching, and refers only to itself."""
    html = page(**everything())

    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in html
    assert all(target.startswith("#") for target in re.findall(r'(?:href|src)="([^"]*)"', html))
    assert not re.search(r"url\(|@import", html)


def test_is_well_formed_and_labelled() -> None:
    """Identities are unique, every reference leads to one, and every table has a caption."""
    html = page(2, documents=DOCUMENTS, sentiment=SENTIMENT, keywords=[{"doc_id": "a"}])

    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:aria-labelledby|href)="#?([^"]+)"', html)) <= set(ids)
    assert html.count("<table") == html.count("<caption")
    assert all("aria-" in tag for tag in re.findall(r"<svg[^>]*>", html))


def test_same_tables_same_bytes() -> None:
    """There is nothing in the page but what the tables say."""
    assert page(2, **everything()) == page(2, **everything())
