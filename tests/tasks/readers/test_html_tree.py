"""Markup to a tree."""

import time

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


@pytest.mark.parametrize("piece", ["<", "<a", "</", "<a ", "<!doctype ", "<a b", "> <", "&#x0;"])
def test_time_is_linear(piece: str) -> None:
    """A megabyte of nothing else takes no seconds."""
    page = piece * (1_000_000 // len(piece))
    started = time.process_time()

    html_tree.flattened(html_tree.tamed(page))

    assert time.process_time() - started < 3
