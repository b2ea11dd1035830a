"""Markup to a tree, whatever it is like: bounded in depth and in attributes."""

import re
from copy import deepcopy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement, HTMLParser

LONG_TAG_CHARS, MAX_ATTRIBUTES = 4_000, 1_000
"""Length from which the attributes of a tag are counted, and the most that it keeps: libxml2
compares each with all before it, so that 200,000 took minutes."""
_LONG_TAG = re.compile(rf"<([a-zA-Z][^\s<>/]*+)([^<>]{{{LONG_TAG_CHARS},}}+)>")
_DECLARATIONS = re.compile(
    r"\A[\s\ufeff]*+(?:<\?xml[^>]*+>\s*+)?(?:<!doctype[^>]*+>)?", re.IGNORECASE
)
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_INLINE = "a|abbr|b|big|cite|code|em|font|i|s|small|span|strike|strong|sub|sup|tt|u"
_NESTS = re.compile(
    r"</?+(?!(?:head|title|script|style|template|noscript|svg|iframe|object|textarea|select)\b)"
    rf"(?:({_INLINE})\b|[a-zA-Z])[^<>]*+>",
    re.IGNORECASE,
)

_INVISIBLE = re.compile(r"(?<![-\w])visibility\s*:\s*hidden", re.IGNORECASE)
_UNTIL_FOUND = "until-found"  # WHATWG HTML 6.1: searches and links to it show it
_PAGE = ("main", "article", "body")


def parse(page: str) -> "tuple[HtmlElement | None, bool]":
    """The tree of a page or a piece of one, and whether it is as deep as the markup is.

    libxml2 drops what lies deeper than 2,048 elements: a page with such is made flat instead, so
    that its text is whole. There is no tree where there is neither text nor markup.
    """
    from lxml.html import document_fromstring

    markup = tamed(page)
    if not markup.strip():
        return None, True
    parser = _parser()
    tree: HtmlElement = document_fromstring(markup.encode(), parser=parser)
    if not any(error.message.startswith("Excessive depth") for error in parser.error_log):
        return tree, True
    return document_fromstring(flattened(markup).encode(), parser=_parser()), False


def tamed(page: str) -> str:
    """The page without what a parser stumbles over: declarations and tags of endless attributes.

    >>> tamed('<?xml version="1.0"?><!DOCTYPE html><p>One</p>')
    '<p>One</p>'
    """
    bare = _NO_XML.sub("", _DECLARATIONS.sub("", page, count=1))
    return _LONG_TAG.sub(_lightened, bare)


def flattened(page: str) -> str:
    """The page with line breaks for its blocks and without its inline elements: it has no depth.

    >>> flattened("<div>One <b>two</b><div>three")
    '<br>One two<br>three'
    """
    return _NESTS.sub(lambda tag: "" if tag[1] else "<br>", page)


def seen(tree: "HtmlElement") -> "HtmlElement":
    """The tree without the text that its markup hides for good; itself where it hides none.

    That is the attribute `hidden` and the style `visibility: hidden`. What is not displayed counts
    as seen: tabs, galleries and folded text are that until a script shows them. So does what holds
    the heading of the page, which is hidden only until the page is ready.
    """
    hidden = _hidden(tree)
    if not hidden:
        return tree
    shown = deepcopy(tree)
    for element in _hidden(shown):
        element.clear(keep_tail=True)
    return shown


def _hidden(tree: "HtmlElement") -> "list[HtmlElement]":
    headed = set()
    for heading in tree.iter("h1", *_PAGE):
        for element in (heading, *heading.iterancestors()):
            if element in headed:
                break
            headed.add(element)
    styled = tree.xpath("//*[@hidden or @style]")
    return [element for element in styled if element not in headed and _is_hidden(element)]


def _is_hidden(element: "HtmlElement") -> bool:
    hidden = element.get("hidden", _UNTIL_FOUND) != _UNTIL_FOUND
    return hidden or _INVISIBLE.search(element.get("style", "")) is not None


def _parser() -> "HTMLParser":
    from lxml.html import HTMLParser

    return HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )


def _lightened(tag: re.Match[str]) -> str:
    """A long tag; without its attributes where they are too many."""
    return f"<{tag[1]}>" if len(tag[2].split()) > MAX_ATTRIBUTES else tag[0]
