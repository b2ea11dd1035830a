"""Documents of a treebank in CoNLL-U (Universal Dependencies; Nivre et al. 2020)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import fsspec

from schemas.errors import CorpusError

if TYPE_CHECKING:
    from conllu import Token, TokenList


@dataclass(frozen=True)
class Sentence:
    """Words as they stand in the text; the parts of a contraction stand together."""

    words: tuple[str, ...]
    spaces: tuple[bool, ...]
    """Whether a space follows each word."""
    lemmas: tuple[str, ...]
    pos: tuple[str, ...]
    morphs: tuple[str, ...]
    """Features as in the column FEATS, empty where there are none."""
    paragraph: bool = False
    """Whether it begins a paragraph."""


Document = list[Sentence]


def documents(path: Path, *, skip: re.Pattern[str] | None = None) -> list[Document]:
    """The documents of a file, compressed or not; those whose id matches `skip` are left out.

    Raises `CorpusError` that names the file where it is missing, empty or no CoNLL-U.
    """
    from conllu import parse_incr
    from conllu.exceptions import ParseException

    found: list[tuple[str, Document]] = []
    try:
        with fsspec.open(str(path), "rt", encoding="utf-8", compression="infer") as lines:
            for sentence in parse_incr(lines):
                if not found or _starts(sentence.metadata):
                    found.append((sentence.metadata.get("newdoc id") or "", []))
                found[-1][1].append(_sentence(sentence))
    except FileNotFoundError as error:
        raise CorpusError(f"{path} is missing: give the treebank with --data or --dev") from error
    except (ParseException, KeyError) as error:
        raise CorpusError(f"{path} is no CoNLL-U, of ten columns a word: {error}") from error
    if not found:
        raise CorpusError(f"{path} holds no sentence")
    return [d for name, d in found if d and not (skip and skip.search(name))]


def _starts(metadata: Mapping[str, str | None]) -> bool:
    return "newdoc id" in metadata or "newdoc" in metadata


def _sentence(rows: "TokenList") -> Sentence:
    words = [row for row in rows if isinstance(row["id"], int)]
    spaces = _spaces(rows, words)
    return Sentence(
        words=tuple(row["form"] for row in words),
        spaces=tuple(spaces),
        lemmas=tuple(row["lemma"] for row in words),
        pos=tuple(row["upos"] for row in words),
        morphs=tuple(_features(row["feats"]) for row in words),
        paragraph=bool({"newpar", "newpar id"} & set(rows.metadata)),
    )


def _spaces(rows: "TokenList", words: Sequence["Token"]) -> Iterator[bool]:
    """A part of a contraction is followed by the next part, its last by what follows all of it."""
    last: dict[int, Token] = {}
    inner: set[int] = set()
    for row in rows:
        if isinstance(row["id"], tuple) and row["id"][1] == "-":
            first, _, end = row["id"]
            inner.update(range(first, end))
            last[end] = row
    for word in words:
        number = word["id"]
        if number in inner:
            yield False
        else:
            yield (last.get(number, word)["misc"] or {}).get("SpaceAfter") != "No"


def _features(features: Mapping[str, str] | None) -> str:
    return "|".join(f"{name}={value}" for name, value in (features or {}).items())
