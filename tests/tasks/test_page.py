"""The report is made anew where what it shows has changed, and only there."""

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from schemas.config import PipelineConfig
from schemas.tables import TABLES
from tasks import page
from tasks.partitions import Job
from tasks.store import Store
from tests.results import CONFIG, put_answers, put_documents, recipe_of

RECIPE = recipe_of("report")


@pytest.fixture(autouse=True)
def render() -> Iterator[mock.Mock]:
    """A page that shows nothing."""
    with mock.patch("tasks.report.render", return_value="<html>ä</html>\n\n") as found:
        yield found


@pytest.fixture
def written(store: Store) -> Store:
    """Results with a document and a page."""
    put_documents(store, 0, {"a": "one"})
    put_answers(store, "sentiment", 0, {"a": "one"}, by=recipe_of("sentiment"))
    page.write(Job(store.root, "report", 0, CONFIG, RECIPE), TABLES["runs"].empty_table())
    return store


def test_there_is_no_page_yet(store: Store) -> None:
    """A missing page is to be written."""
    assert page.stale(store, RECIPE)


def test_a_page_is_current(written: Store) -> None:
    """Until something changes; the mark stands in a comment at the end."""
    html = Path(written.root, page.NAME).read_text(encoding="utf-8")

    assert not page.stale(written, RECIPE)
    assert html.startswith("<html>ä</html>\n<!-- made of ")
    assert html.endswith(" -->\n")


def test_a_changed_table_makes_it_stale(written: Store) -> None:
    """A document, a lost part, a part of another table: the page shows them all."""
    put_documents(written, 0, {"a": "edited"})
    edited = page.stale(written, RECIPE)
    put_documents(written, 0, {"a": "one"})
    same = page.stale(written, RECIPE)
    written.drop("sentiment", 0)

    assert (edited, same, page.stale(written, RECIPE)) == (True, False, True)


def test_tables_it_does_not_show_do_not_matter(written: Store) -> None:
    """Tokens and vectors are not in it."""
    put_answers(written, "tokens", 0, {"a": "one"}, by=recipe_of("preprocess"))

    assert not page.stale(written, RECIPE)


def test_its_settings_matter(written: Store) -> None:
    """Another title is another page."""
    config = PipelineConfig.model_validate({"report": {"title": "Boats"}})

    assert page.stale(written, recipe_of("report", config))


def test_a_page_cut_off_is_stale(written: Store) -> None:
    """One that someone has edited or cut lacks the mark."""
    path = Path(written.root, page.NAME)
    path.write_bytes(path.read_bytes()[:-30])

    assert page.stale(written, RECIPE)


def test_a_page_is_kept_where_only_parts_are_others(written: Store) -> None:
    """Its rows are in another part; a page that was stale before stays so."""
    current, before = Path(written.root, page.NAME).read_bytes(), page.made_of(written)
    put_documents(written, 1, {"a": "one"})
    written.drop("documents", 0)
    moved = page.stale(written, RECIPE)

    page.keep(written, "of other tables")
    untouched = Path(written.root, page.NAME).read_bytes()
    page.keep(written, before)

    assert (moved, untouched == current) == (True, True)
    assert not page.stale(written, RECIPE)
