"""Markup to a tree."""

import pytest

from tasks.readers import html_tree


@pytest.mark.parametrize("page", ["", " \n ", '<?xml version="1.0"?>', "<!doctype html>"])
def test_nothing_has_no_tree(page: str) -> None:
    """There is no text to find."""
    assert html_tree.parse(page) == (None, True)


@pytest.mark.parametrize(("depth", "sound"), [(1_000, True), (3_000, False)])
def test_what_is_too_deep_is_made_flat(depth: int, sound: bool) -> None:  # noqa: FBT001  # a table
    """All its text is still there."""
    tree, found = html_tree.parse("<div>word " * depth)

    assert tree is not None
    assert found == sound
    assert tree.text_content().split() == ["word"] * depth


def test_a_tag_of_many_attributes_loses_them() -> None:
    """A long one of few keeps them."""
    many = "<p " + "a " * 3_000 + ">x</p>"
    long = f'<p class="main" title="{"a" * 10_000}">x</p>'

    assert html_tree.tamed(many) == "<p>x</p>"
    assert html_tree.tamed(long) == long


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p hidden>a</p><p>b</p>", "b"),
        ("<p style='color: red; Visibility : hidden'>a</p>b", "b"),
        ("<p hidden='until-found'>a</p>", "a"),
        ("<p style='display: none'>a</p>", "a"),
        ("<p style='backface-visibility: hidden'>a</p>", "a"),
        ("<div hidden><h1>a</h1></div>", "a"),
        ("<main hidden>a<p hidden>b</p></main>", "a"),
        ("<p hidden>a <b hidden>b</b></p>c", "c"),
    ],
)
def test_what_is_hidden_for_good_is_not_seen(markup: str, expected: str) -> None:
    """What a script shows is; the tree stays as it was."""
    tree, _ = html_tree.parse(f"<body>{markup}</body>")
    assert tree is not None
    before = tree.text_content()

    found = html_tree.seen(tree)

    assert found.text_content().strip() == expected
    assert tree.text_content() == before


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["<", "<a", "</", "<a ", "<!doctype ", "<a b", "> <", "&#x0;"])
def test_a_megabyte_of_one_piece_stays_whole(piece: str) -> None:
    """And is gone through in time: work that is not linear takes hours."""
    page = "text " + piece * (1_000_000 // len(piece))

    assert html_tree.flattened(html_tree.tamed(page)).startswith("text ")
