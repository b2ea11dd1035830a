"""What a part says of itself, in the metadata of its Parquet footer.

That is the checkpoint: which stage wrote the part, by which recipe, and for which documents it
answers. A digest seals it, with the part's name and its number of rows.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from schemas.fingerprints import Recipe, digest, fingerprint
from schemas.receipts import Outcome

FORMAT = 3
HEAD, _ANSWERS = b"corpusmill", b"corpusmill.answers"
KEYS = (HEAD, _ANSWERS)
"""Of the metadata: what is not told of the rows, but of the part."""
_LETTERS = {outcome: outcome.value[:2] for outcome in Outcome}
_OUTCOMES = {letters: outcome for outcome, letters in _LETTERS.items()}


class Answer(NamedTuple):
    """What a part says of one document: the content it was computed for, and what became of it."""

    key: str
    outcome: Outcome = Outcome.DONE
    made_by: str = ""
    """Fingerprint of the recipe that it was computed by; the footer's own where none is given."""


@dataclass(frozen=True)
class Footer:
    """What a part says of itself."""

    recipe: Recipe
    """What the part was last written by."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    """Whatever else a stage must find again, such as the digest of a fitted model."""
    others: Mapping[str, Recipe] = field(default_factory=dict)
    """Other recipes that documents were computed by, by fingerprint."""

    def __post_init__(self) -> None:
        """Name the recipe of every answer; drop those that no answer names."""
        own, answers = self.fingerprint, self.answers
        if not all(answer.made_by for answer in answers.values()):
            answers = {
                doc: answer if answer.made_by else answer._replace(made_by=own)
                for doc, answer in answers.items()
            }
        used = {answer.made_by for answer in answers.values()} - {own}
        others = {name: self.others[name] for name in sorted(used)}
        object.__setattr__(self, "answers", MappingProxyType({**answers}))
        object.__setattr__(self, "others", MappingProxyType(others))

    @cached_property
    def fingerprint(self) -> str:
        """The name of the recipe."""
        return fingerprint(self.recipe)

    @property
    def recipes(self) -> Mapping[str, Recipe]:
        """Every recipe that a document was computed by, and the part's own, by fingerprint."""
        return {self.fingerprint: self.recipe, **self.others}


def metadata(footer: Footer, rows: int, name: str) -> dict[bytes, bytes]:
    """The footer of a part of this name and so many rows, as Parquet keeps it."""
    about = json.dumps(
        {"recipes": [footer.recipe, *footer.others.values()], "extra": dict(footer.extra)},
        sort_keys=True,
    )
    numbers = {name: number for number, name in enumerate((footer.fingerprint, *footer.others))}
    answers = "\n".join(
        f"{doc_id} {answer.key} {_LETTERS[answer.outcome]} {numbers[answer.made_by]}"
        for doc_id, answer in sorted(footer.answers.items())
    )
    check = digest([name, about, answers, str(rows)])
    head = {"format": FORMAT, "name": name, "about": about, "rows": rows, "check": check}
    return {HEAD: json.dumps(head).encode(), _ANSWERS: answers.encode()}


def parsed(kept: Mapping[bytes, bytes], name: str) -> Footer:
    """The footer of a part of this name.

    Raises `ValueError`, `KeyError` or `TypeError` where it is not whole, or of another part.
    """
    head = json.loads(kept[HEAD])
    check_name(head, name)
    about, answers = head["about"], kept[_ANSWERS].decode()
    if head["check"] != digest([name, about, answers, str(head["rows"])]):
        raise ValueError("check does not match")
    said = json.loads(about)
    recipes = {fingerprint(recipe): recipe for recipe in said["recipes"]}
    return Footer(said["recipes"][0], _answers(answers.split(), [*recipes]), said["extra"], recipes)


def check_name(head: Mapping[str, object], name: str) -> None:
    """Raise `ValueError` where a part stands under the name of another."""
    if head["name"] != name:
        raise ValueError(f"it is {head['name']}")


def _answers(words: Sequence[str], recipes: Sequence[str]) -> dict[str, Answer]:
    """One for every four words; a document's id and key are kept once, for all its tables."""
    numbers = {str(number): name for number, name in enumerate(recipes)}
    ids, keys = map(sys.intern, words[0::4]), map(sys.intern, words[1::4])
    outcomes = map(_OUTCOMES.__getitem__, words[2::4])
    made_by = map(numbers.__getitem__, words[3::4])
    answers = map(Answer, keys, outcomes, made_by)
    return dict(zip(ids, answers, strict=True))
