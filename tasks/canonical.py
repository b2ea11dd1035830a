"""The form of a name to count by, and names that are the same inside one document."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from tasks.mentions import Mention

_ARTICLE = re.compile(r"the\s+(?=\S)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$", re.IGNORECASE)
_TITLE = re.compile(
    r"(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|dame|lord|lady|president|senator|sen|rep|rev|gov|"
    r"judge|capt|captain|col|gen|lt|sgt)\b\.?\s+(?=\S)",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]{1,100}(?:['’]S\b)?")
_SMALL = frozenset({"and", "of", "the", "for", "in", "on", "at", "de", "la", "von", "van"})
_LONGEST_ACRONYM = 3
"""Letters of a lone word in capitals that is left alone among persons and places: USA, UAE."""


def name(written: str, label: str) -> str:
    """A name with single blanks, without article, possessive and title, capitals made regular.

    >>> name("the WORLD  BANK's", "ORG"), name("Mr. SMITH", "PERSON"), name("NASA", "ORG")
    ('World Bank', 'Smith', 'NASA')
    """
    short = _POSSESSIVE.sub("", " ".join(written.split()))
    short = _ARTICLE.sub("", short, count=1) if _ARTICLE.match(short) else short
    if label == "PERSON" and (title := _TITLE.match(short)):
        short = short[title.end() :]
    return _regular(short, label) or written


def resolved(mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions of one document, each short name replaced by the one long name it stands for.

    The words at the start or end of a person's name, or the initials of an organization, stand for
    the longer name where exactly one such is in the document.
    """
    full = {
        "PERSON": _full_names(mentions, "PERSON", _parts),
        "ORG": _full_names(mentions, "ORG", _initials),
    }
    return [
        replace(
            mention, canonical=full.get(mention.label, {}).get(mention.canonical, mention.canonical)
        )
        for mention in mentions
    ]


def _full_names(
    mentions: Iterable[Mention], label: str, short_forms: Callable[[str], set[str]]
) -> Mapping[str, str]:
    """The short names of a label, each with the one long name of which it is a short form."""
    names = {mention.canonical for mention in mentions if mention.label == label}
    longer: dict[str, set[str]] = {}
    for full in names:
        for short in short_forms(full):
            longer.setdefault(short, set()).add(full)
    longest = {
        short: {n for n in longer[short] if n not in longer} for short in names & set(longer)
    }
    return {short: next(iter(full)) for short, full in longest.items() if len(full) == 1}


def _parts(person: str) -> set[str]:
    """The words at the start and at the end of a name, all of them excepted."""
    words = person.split()
    return {" ".join(part) for i in range(1, len(words)) for part in (words[:i], words[i:])}


def _initials(organization: str) -> set[str]:
    """Its acronym, of the words in capitals."""
    capitals = [word[0] for word in organization.split() if word[0].isupper()]
    return {"".join(capitals)} if len(capitals) > 1 else set()


def _regular(written: str, label: str) -> str:
    """Capitals made regular, save those of an acronym."""
    words = written.split()
    acronym = len(words) == 1 and (label == "ORG" or len(written) <= _LONGEST_ACRONYM)
    if acronym or "." in written or not (written.isupper() or label == "PERSON"):
        return written
    return " ".join(
        _word(word, first=not i, always=written.isupper()) for i, word in enumerate(words)
    )


def _word(written: str, *, first: bool, always: bool) -> str:
    if not written.isupper() or not (always or len(written) > _LONGEST_ACRONYM):
        return written
    if written.lower() in _SMALL and not first:
        return written.lower()
    return _LETTERS.sub(lambda part: part[0].capitalize(), written)
