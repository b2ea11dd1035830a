"""A resumed run gives the rows of a fresh one, whatever happened to the corpus and the settings.

Each example is some rounds of changes; after each round, the results that have grown over all
rounds are compared with results made anew, and no document may have been computed twice for the
same content by the same recipe.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.config import PipelineConfig
from schemas.receipts import Outcome
from schemas.stages import STAGES, Kind
from tasks.store import Store
from tests import in_process
from tests.small_models import SmallModels
from tests.tables import assert_same_rows

STAGE_NAMES = tuple(name for name in STAGES if name != "report")
TEXTS = (
    "The harbour council met on a windy Monday. Herring prices rose by 4% to 30 euros a crate.",
    "A lighthouse keeper found a bottle on the beach. The letter inside was dated 3 May 1911.",
    "Engineers repaired the tidal turbine before the storm. The council paid 2 million euros.",
    "Die Fähre lag zwei Tage im Hafen fest, weil der Kapitän auf besseres Wetter wartete.",
    "El mercado del puerto abre el lunes con más barcos y menos turistas que el año pasado.",
    "The orchestra played on the pier. Nobody minded the rain. The conductor lost her shoes!",
    "Snow closed the mountain road again, so the bus to the harbour took the long way round.",
    "Storm warnings, herring prices and the tidal turbine were the talk of the harbour market.",
    "12345",
    "The keeper of the lighthouse wrote to the council. She asked for paint, oil and a new dog.",
    "",
    "Pier and lighthouse stay open. " * 12,
    "The harbour council met on a windy Monday. Herring prices rose by 4% to 30 euros a crate! So.",
)
CHANGES: tuple[Mapping[str, Mapping[str, object]], ...] = (
    {"run": {"partition_size": 2}},
    {"sentiment": {"window_tokens": 32}},
    {"keywords": {"method": "tfidf"}},
    {"keywords": {"diversity": 0.8}},
    {"summaries": {"sentences": 1}},
    {"topics": {"count": 3}},
    {"similar": {"count": 2}},
    {"preprocess": {"max_chars": 100}},
    {"ingest": {"min_language_confidence": 1.0}},
    {"ingest": {"exclude": ["b.*"]}},
    {"ingest": {"title_column": "name"}},
    {"ingest": {"near_duplicate_threshold": 1.0}},
    {"topics": {"near_duplicates": True}},
)
NAMES = ("a.txt", "b.txt", "c.md", "d/e.txt", "d/f.txt", "g.txt", "h.txt", "rows.jsonl")

EXAMPLES = int(os.environ.get("CORPUSMILL_EXAMPLES", "4"))
"""Drawn examples, besides those written down; raise it for a long search."""

names = st.sampled_from(NAMES)
texts = st.integers(0, len(TEXTS) - 1)
operations = st.one_of(
    st.tuples(st.just("write"), names, st.lists(texts, min_size=1, max_size=4)),
    st.tuples(st.just("delete"), names),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("copy"), names, names),
    st.tuples(st.just("set"), st.integers(0, len(CHANGES) - 1)),
)
Operation = tuple[object, ...]
Round = list[Operation]
START: Round = [
    ("write", "a.txt", [0]),
    ("write", "b.txt", [1]),
    ("write", "d/e.txt", [2]),
    ("write", "rows.jsonl", [3, 5, 1, 6]),
    ("write", "g.txt", [7]),
    ("write", "h.txt", [9]),
]


@mock.patch("tasks.folders.disk.sync", mock.Mock())  # no power is lost here, and it takes its time
@settings(max_examples=EXAMPLES)
@given(st.lists(st.lists(operations, min_size=1, max_size=3), min_size=1, max_size=4))
@example([[("delete", "b.txt")], [("copy", "a.txt", "b.txt")], [("set", 7)], [("set", 7)]])
@example([[("set", 4), *(("delete", name) for name in NAMES if name != "a.txt")]])
@example([[("write", "c.md", [8])], [("set", 2)], [("write", "c.md", [10])]])
@example([[("write", "c.md", [12])], [("set", 12)], [("delete", "a.txt")], [("set", 11)]])
def test_a_resumed_run_gives_the_rows_of_a_fresh_one(
    small_models: SmallModels, rounds: list[Round]
) -> None:
    """All tables are equal, the books balance, and nothing is computed twice."""
    with tempfile.TemporaryDirectory() as place:
        corpus, grown = Path(place, "corpus"), Path(place, "grown")
        corpus.mkdir()
        chosen: dict[str, dict[str, object]] = {k: {**v} for k, v in small_models.settings.items()}
        for number, changes in enumerate([START, *rounds]):
            for operation in changes:
                _apply(operation, corpus, chosen)
            if not any(path.is_file() for path in corpus.rglob("*")):
                _write(corpus / "a.txt", [0])
            config = PipelineConfig.model_validate(chosen)

            before = _standing(grown)
            ran = in_process.run(corpus, grown, config, STAGE_NAMES)
            after = _standing(grown)
            fresh = Path(place, f"fresh-{number}")
            in_process.run(corpus, fresh, config, STAGE_NAMES)

            assert_same_rows(in_process.rows(grown), in_process.rows(fresh))
            computed = {(stage, doc) for stage, docs in ran.computed.items() for doc in docs}
            assert {
                one for one in computed & before.keys() if before[one] == after.get(one)
            } == set()


def test_no_change_computes_and_writes_nothing(small_models: SmallModels, tmp_path: Path) -> None:
    """The second run of the same corpus and settings touches no file."""
    corpus, results = tmp_path / "corpus", tmp_path / "results"
    for operation in START:
        _apply(operation, corpus, {})
    config = PipelineConfig.model_validate(small_models.settings)
    in_process.run(corpus, results, config)
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*") if path.is_file()}

    ran = in_process.run(corpus, results, config)

    after = {path: path.stat().st_mtime_ns for path in results.rglob("*") if path.is_file()}
    marker = results / ".corpusmill.json"
    assert ran.written == []
    assert {doc for docs in ran.computed.values() for doc in docs} == set()
    assert before | {marker: 0} == after | {marker: 0}


def test_one_document_more_costs_one_document(small_models: SmallModels, tmp_path: Path) -> None:
    """Where topics are kept, a new document is computed, and no other."""
    corpus, results = tmp_path / "corpus", tmp_path / "results"
    for operation in START:
        _apply(operation, corpus, {})
    chosen = {k: {**v} for k, v in small_models.settings.items()}
    chosen["topics"]["refit"] = "never"
    config = PipelineConfig.model_validate(chosen)
    in_process.run(corpus, results, config, STAGE_NAMES)
    _write(corpus / "new.txt", [11])

    ran = in_process.run(corpus, results, config, STAGE_NAMES)

    assert {name: len(docs) for name, docs in ran.computed.items()} == dict.fromkeys(
        ran.computed, 1
    )
    assert (ran.books["similar_documents"].found, ran.books["ingest"].done) == (10, 1)


@pytest.mark.parametrize("table", ["documents", "tokens", "topic_model", "sentiment", "rejects"])
def test_a_lost_part_comes_back(small_models: SmallModels, tmp_path: Path, table: str) -> None:
    """A part that someone has removed is made again, the same."""
    corpus, results = tmp_path / "corpus", tmp_path / "results"
    for operation in (*START, ("write", "c.md", [10])):
        _apply(operation, corpus, {})
    config = PipelineConfig.model_validate(small_models.settings)
    in_process.run(corpus, results, config, STAGE_NAMES)
    before = in_process.rows(results)
    next((results / table).glob("part-*.parquet")).unlink()

    in_process.run(corpus, results, config, STAGE_NAMES)

    assert_same_rows(in_process.rows(results), before)


def _apply(operation: Operation, corpus: Path, chosen: dict[str, dict[str, object]]) -> None:
    """One change; one that does not apply, such as deleting what is not there, changes nothing."""
    match operation:
        case "write", str(name), list(numbers):
            _write(corpus / name, numbers)
        case "delete", str(name):
            (corpus / name).unlink(missing_ok=True)
        case ("rename" | "copy") as verb, str(old), str(new) if (corpus / old).exists():
            data = (corpus / old).read_bytes()
            if verb == "rename":
                (corpus / old).unlink()
            (corpus / new).parent.mkdir(exist_ok=True)
            (corpus / new).write_bytes(data)
        case "set", int(number):
            for stage, values in CHANGES[number].items():
                chosen[stage] = chosen.get(stage, {}) | {**values}


def _write(path: Path, numbers: list[int]) -> None:
    """A file of these texts: a row each in a table, a paragraph each elsewhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jsonl":
        rows = ({"text": TEXTS[n], "title": f"Title {n}", "name": f"Name {n}"} for n in numbers)
        path.write_text("\n".join(map(json.dumps, rows)))
    else:
        path.write_text("\n\n".join(TEXTS[n] for n in numbers))


def _standing(results: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Content key and fingerprint of each document that is done, at each document stage."""
    store, found = Store(results), {}
    for stage in STAGES.values():
        for partition in store.partitions(stage.writes[0]) if stage.kind is Kind.DOCUMENT else ():
            footer = store.footer(stage.writes[0], partition)
            for doc_id, answer in footer.answers.items() if footer else ():
                if answer.outcome is Outcome.DONE:
                    found[stage.name, doc_id] = answer.key, footer.fingerprint
    return found
