"""Pipelines of languages that no model reads: rules of spaCy, its stop words, sentence ends.

Where spaCy reads a language with packages that are not installed, its stop words still serve.
Chinese, Japanese and Thai, which put no blanks between words, are cut by BudouX: a linear model
over neighbouring characters a language, learned by AdaBoost.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from tasks import heartbeat

if TYPE_CHECKING:
    from budoux import Parser
    from spacy.language import Language
    from spacy.tokens import Doc

MULTILINGUAL = "xx"
OTHER_CODES: Mapping[str, str] = MappingProxyType(
    {
        "und": MULTILINGUAL,
        "no": "nb",
        "nn": "nb",
        "yue": "zh",
        "wuu": "zh",
        "ary": "ar",
        "arz": "ar",
    }
)
"""Languages that spaCy knows under another code, or that are written like one that it knows."""
UNSPACED: Mapping[str, str] = MappingProxyType(
    {"zh": "simplified_chinese", "ja": "japanese", "th": "thai"}
)
"""Languages without blanks between words, and BudouX's name of their model."""
_LETTERS = (
    "\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e\u3005-\u3007\u3041-\u3096\u3099-\u309f"
    "\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
"""Code points that are written without blanks: Thai, kana, Chinese characters; no punctuation."""
_PIECE = re.compile(rf"(?P<letters>[{_LETTERS}]+)|[^\W{_LETTERS}]+|[^\w{_LETTERS}]")
_LONGEST_ENDING = 3
"""Kana of the longest particles, such as ながら."""


@cache
@heartbeat.loading()
def blank_pipeline(language: str) -> "Language":
    """Tokenizer, stop words and a rule for sentence ends; of any language, known or not.

    `language` is an ISO 639 code, or `und`.
    """
    import spacy
    from spacy.attrs import IS_STOP
    from spacy.lang.lex_attrs import is_stop

    code = OTHER_CODES.get(language, language)
    nlp = None if code in UNSPACED else _own(code)
    if nlp is None:
        nlp = spacy.blank(MULTILINGUAL)
        words = set(stop_words(code))
        nlp.vocab.lex_attr_getters[IS_STOP] = partial(is_stop, stops=words)  # type: ignore[attr-defined]  # spaCy's stubs
    if code in UNSPACED:
        nlp.tokenizer = Unspaced(nlp, code)
    nlp.add_pipe("sentencizer")
    return nlp


def stop_words(code: str) -> frozenset[str]:
    """The stop words that spaCy has for a language; none where it does not know it."""
    try:
        return frozenset(import_module(f"spacy.lang.{code}.stop_words").STOP_WORDS)
    except ImportError:
        return frozenset()


class Unspaced:
    """A tokenizer of spaCy for a language that puts no blanks between words."""

    def __init__(self, nlp: "Language", code: str) -> None:
        self._vocab, self._spaced = nlp.vocab, nlp.tokenizer
        self._stops = stop_words(code)
        self._endings = code == "ja"
        self._parser = _parser(UNSPACED[code])

    def __call__(self, text: str) -> "Doc":
        """The text in words; those of other scripts are cut at blanks and punctuation."""
        from spacy.tokens import Doc

        words, spaces = list[str](), list[bool]()
        for token in self._spaced(text):
            pieces = list(self._pieces(token.text)) if not token.is_space else [token.text]
            words += pieces
            spaces += [False] * (len(pieces) - 1) + [bool(token.whitespace_)]
        return Doc(self._vocab, words=words, spaces=spaces)

    def _pieces(self, token: str) -> Iterator[str]:
        """The words of what stands between blanks."""
        if not any(match["letters"] for match in _PIECE.finditer(token)):
            yield token
            return
        for match in _PIECE.finditer(token):
            if match["letters"]:
                for phrase in self._parser.parse(match[0]):
                    yield from self._without_ending(phrase)
            else:
                yield match[0]

    def _without_ending(self, phrase: str) -> Iterator[str]:
        """A phrase, and the particle at its end by itself: BudouX leaves Japanese ones there."""
        longest = min(_LONGEST_ENDING, len(phrase) - 1) if self._endings else 0
        for size in range(longest, 0, -1):
            if phrase[-size:] in self._stops:
                yield phrase[:-size]
                yield phrase[-size:]
                return
        yield phrase


def _own(code: str) -> "Language | None":
    """SpaCy's pipeline of a language, where all that it needs is there."""
    import spacy

    try:
        return spacy.blank(code)
    except ImportError:
        return None


@cache
def _parser(name: str) -> "Parser":
    import budoux

    load = getattr(budoux, f"load_default_{name}_parser")
    parser: Parser = load()
    return parser
