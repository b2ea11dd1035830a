"""E-mail addresses, URLs and phone numbers in text, with a form to count by."""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from tasks.mentions import Habits, Mention

if TYPE_CHECKING:
    from linkify_it import LinkifyIt

_PIECE = re.compile(r"[^\s\[\]{}，。、；：（）「」《》]+")
_LONGEST_PIECE = 2048
"""Characters without a blank above which no link is looked for: browsers take no longer URL, and
the search takes quadratic time inside a piece."""
_DOMAINS = "com org net edu gov mil int info biz io ai dev app eu uk de fr es nl ch se"
"""Endings that make a link of a bare host name; others are of files (py, sh) or words (it, at)."""


def find(text: str, habits: Habits) -> Iterator[Mention]:
    """Every EMAIL in lower case, URL in normal form, and PHONE in E.164."""
    yield from links(text)
    yield from phones(text, habits.region)


def links(text: str) -> Iterator[Mention]:
    """Every EMAIL and URL."""
    for piece in _PIECE.finditer(text):
        written = piece[0]
        if len(written) > _LONGEST_PIECE or not ("." in written[1:-1] or "://" in written):
            continue
        for link in _linkify().match(written) or []:
            start, end = piece.start() + link.index, piece.start() + link.last_index
            if link.schema == "mailto:":
                canonical = link.url.removeprefix("mailto:").lower()
                yield Mention(start, end, "EMAIL", canonical)
            else:
                yield Mention(start, end, "URL", normal_url(link.url))


def phones(text: str, region: str) -> Iterator[Mention]:
    """Every PHONE that is a valid number; without a country code it is one of the region."""
    from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, format_number

    most = len(text)  # the library's own limit of tries would end the search in a long text
    for match in PhoneNumberMatcher(text, region, max_tries=most):
        number = format_number(match.number, PhoneNumberFormat.E164)
        open_bracket = match.raw_string[0] in "([" and not re.search(r"[)\]]", match.raw_string)
        yield Mention(match.start + open_bracket, match.end, "PHONE", number)


def normal_url(url: str) -> str:
    """Scheme and host in lower case, no slash at the end.

    >>> normal_url("HTTPS://Example.com/Path/?q=A")
    'https://example.com/Path?q=A'
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket that is no IPv6 host
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.lower(), path=parts.path.rstrip("/")))


@cache
def _linkify() -> "LinkifyIt":
    from linkify_it import LinkifyIt

    return LinkifyIt().tlds(_DOMAINS.split())
