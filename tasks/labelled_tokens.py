"""The words and tags of a row of labelled data, from tokens or from spans of a text."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from tasks.labelled_rows import Row, whole
from tasks.token_classifier import OUTSIDE
from tasks.token_classifier import tags as placed

Parts = tuple[list[str], list[bool], list[str]]
_ESCAPED = {"'\"'": '"'}
"""How the Broad Twitter Corpus writes a quotation mark."""
_SIGNS = ("#", "@")
"""Tokens that stand against the next one: of a hash tag and of a handle."""
_PREFIX = re.compile(r"[BIESUL][-_]")


def read(row: Row) -> Parts:
    """The words of a row, whether a space follows each, and its tag as written.

    Raises `ValueError` that says what is wrong with the row.
    """
    by_spans = "spans" in row and row.get("tokens") is None
    return _by_spans(row) if by_spans else _by_tokens(row)


def bio(
    words: Sequence[str], tags: Sequence[str], labels: Mapping[str, str], no_entity: str | None
) -> Iterator[str]:
    """The tags as BIO, with the types that theirs count as.

    Raises `ValueError` where `labels` lacks a type, and where only some tags say by B-, I- and such
    where a word stands in its entity.
    """
    _check_prefixes(tags)
    before = OUTSIDE
    handles = ("".join(pair) if pair[0] in _SIGNS else pair[1] for pair in pairwise(["", *words]))
    for word, (place, kind) in zip(handles, placed(["O", *tags])[1:], strict=True):
        if labels and kind and kind not in labels:
            raise ValueError(f"the type {kind!r} is none of {', '.join(labels)}")
        if not kind or (no_entity and re.search(no_entity, word)):
            before = OUTSIDE
            yield "O"
            continue
        begins = place in "BSU" or kind != before[1] or before[0] in "ELSU"
        before = place, kind
        counts_as = labels.get(kind, kind)
        yield f"{'B' if begins else 'I'}-{counts_as}" if counts_as else "O"


def _check_prefixes(tags: Sequence[str]) -> None:
    """One mistyped tag must not turn the others, prefix and all, into types of their own."""
    types = [tag for tag in tags if tag != "O"]
    plain = [tag for tag in types if not _PREFIX.match(tag)]
    if bare := [tag for tag in types if _PREFIX.fullmatch(tag)]:
        raise ValueError(f"the tag {bare[0]!r} has no type")
    if plain and len(plain) < len(types):
        raise ValueError(f"the tag {plain[0]!r} has no B- or I-, unlike others of its row")


def _by_tokens(row: Row) -> Parts:
    """Words, spaces and tags of a row of tokens; blank tokens are left out."""
    tokens, tags = _strings(row, "tokens"), _strings(row, "tags")
    given = row.get("spaces")
    spaces = [word not in _SIGNS for word in tokens] if given is None else _spaces(row)
    if len(tokens) != len(tags):
        raise ValueError(f"there are {len(tokens)} tokens and {len(tags)} tags")
    if len(tokens) != len(spaces):
        raise ValueError(f"there are {len(tokens)} tokens and {len(spaces)} spaces")
    kept = [i for i, token in enumerate(tokens) if token.strip()]
    if not kept:
        raise ValueError("there are no words")
    words, text = [tokens[i] for i in kept], row.get("text")
    if given is None and isinstance(text, str):
        return words, _aligned(words, whole(text)), [tags[i] for i in kept]
    return words, [spaces[i] for i in kept], [tags[i] for i in kept]


def _aligned(words: Sequence[str], text: str) -> list[bool]:
    """Whether a space, or the end, follows each word in the text that they make up."""
    spaces, at = list[bool](), 0
    for word in words:
        start = text.find(word, at)
        if start < 0 or text[at:start].strip():
            raise ValueError(f"the text goes on with {text[at : at + 40]!r}, not {word!r:.40}")
        at = start + len(word)
        spaces.append(at >= len(text) or text[at].isspace())
    return spaces


def _by_spans(row: Row) -> Parts:
    """Words, spaces and tags of a text with spans; a span is whole words."""
    from tasks.blank_pipelines import blank_pipeline

    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("the text is empty")
    text = whole(text)
    doc = blank_pipeline("en").make_doc(text)
    tags = ["O"] * len(doc)
    for start, end, label in _spans(row):
        if not 0 <= start < end <= len(text):
            raise ValueError(
                f"the span {start} to {end} is not in the text: it ends at {len(text)}"
            )
        span = doc.char_span(start, end)
        if span is None:
            raise ValueError(f"the span {start} to {end}, {text[start:end]!r:.80}, cuts a word")
        if any(tag != "O" for tag in tags[span.start : span.end]):
            raise ValueError(f"the span {start} to {end} overlaps another one")
        tags[span.start : span.end] = [f"B-{label}", *[f"I-{label}"] * (len(span) - 1)]
    kept = [token for token in doc if not token.is_space]
    words = [token.text for token in kept]
    return words, _aligned(words, text), [tags[token.i] for token in kept]


def _spans(row: Row) -> Iterator[tuple[int, int, str]]:
    for span in _listed(row, "spans"):
        match span:
            case {"start": int(start), "end": int(end), "label": str(label)} if label.strip():
                yield start, end, label
            case _:
                raise ValueError(f"a span is start, end and label, not {span!r:.80}")


def _strings(row: Row, name: str) -> list[str]:
    """A list of texts; tags may not be blank."""
    found = list[str]()
    for each in _listed(row, name):
        if not isinstance(each, str) or (name == "tags" and not each.strip()):
            raise ValueError(f"{name} holds {each!r:.80}: write a text, such as O for no entity")
        text = _ESCAPED.get(each, whole(each))
        found.append(text.strip() if name == "tags" else text)
    return found


def _spaces(row: Row) -> list[bool]:
    return [bool(each) for each in _listed(row, "spaces")]


def _listed(row: Row, name: str) -> list[object]:
    """A column that holds a list, as such or as JSON."""
    value = row.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ValueError(f"{name} is no list: {error}") from error
    if not isinstance(value, list):
        raise ValueError(f"{name} is no list")  # noqa: TRY004  # a fault of the data
    return value
