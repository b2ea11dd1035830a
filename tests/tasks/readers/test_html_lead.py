"""Leads of articles: what stands between the heading and the text."""

import pytest

from tasks.readers.html_lead import with_lead
from tasks.readers.html_tree import parse

FIRST = "The council met and talked about the bridge for a long time, said the mayor of the town."
LEAD = "A town wants a new bridge, and its council has had to say what that may cost."
LINKED = f"<a href='/x'>{LEAD}</a>"
TEXT = f"The bridge\n{FIRST}\nThe end."


def mended(between: str, *, heading: str = "<h1>The bridge</h1>", text: str = TEXT) -> str:
    """`text` with the lead of a page that has this between its heading and its first sentence."""
    tree, _ = parse(f"<body>{heading}{between}<div><p>{FIRST}</p></div><p>{LEAD * 2}</p>")
    assert tree is not None
    return with_lead(text, tree)


@pytest.mark.parametrize(
    "between",
    [
        f"<p>{LEAD}</p>",
        f"<div><div>\n{LEAD}<script>x</script></div></div>",
        f"<p>3 May</p><h2>{LEAD}</h2>",
        f"<ul><li>{LEAD}</ul>",
    ],
)
def test_prose_under_the_heading_is_put_before_the_text(between: str) -> None:
    """In whatever block it stands; what is short is not."""
    assert mended(between) == f"The bridge\n{LEAD}\n{FIRST}\nThe end."


@pytest.mark.parametrize(
    "between",
    [
        "",
        "<p>By Ann Lee.</p>",
        f"<p>{LINKED}</p>",
        f"<a href='/x'><p>{LEAD}</p></a>",
        f"<p>{LEAD[:-1]}</p>",
        f"<nav><p>{LEAD}</p></nav>",
        f"<div role='dialog'><div><p>{LEAD}</p></div></div>",
        f"<figure><figcaption>{LEAD}</figcaption></figure>",
        f"<p>{FIRST}</p><p>{LEAD}</p>",
        f"<p>{LEAD}</p><h1>Another heading</h1>",
    ],
)
def test_other_things_are_not(between: str) -> None:
    """Short ones, links, no sentences, what stands aside, behind the beginning, above a heading."""
    assert mended(between) == TEXT


def test_without_a_heading_nothing_is_added() -> None:
    assert mended(f"<p>{LEAD}</p>", heading="") == TEXT


def test_a_lead_that_is_there_is_not_repeated() -> None:
    """Nor where soft hyphens set it apart."""
    text = f"{LEAD}\n{FIRST}"
    soft = LEAD.replace("bridge", "brid\xadge")

    assert mended(f"<p>{soft}</p>", text=text) == text


def test_text_that_is_not_of_the_page_stays() -> None:
    assert mended(f"<p>{LEAD}</p>", text="Something else") == "Something else"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("nested", "inner"), [(f"<div><p>{LEAD}</p>", ""), ("<div><span>a", f"<p>{LEAD}</p>" * 10_000)]
)
def test_many_blocks_each_in_the_other(nested: str, inner: str) -> None:
    """All that stands between is gone through once, however deep it lies."""
    tree, _ = parse(f"<h1>x</h1>{nested * 900}{inner}<p>{FIRST}</p>")
    assert tree is not None

    assert with_lead(FIRST, tree).count(LEAD) == (nested * 900 + inner).count(LEAD)
