"""Persons, organizations and places in raw text: whole spans with the right type."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from schemas.config import EntitiesConfig
from schemas.errors import CorpusError
from tasks import entities, labelled_tokens
from tasks.evaluation import detokenized
from tasks.evaluation.corpora import Corpora, texts_of
from tasks.evaluation.results import FIRST, Result, f1, timed
from tasks.labelled import TokenExample
from tasks.labelled_rows import Row
from tasks.recognizer_data import Name, Passage, joined

TASK = "ner"
TYPES = ("PERSON", "ORG", "LOC")
"""What is measured; other types that a system finds do not count."""
_SHORT = MappingProxyType({"PER": "PERSON", "ORG": "ORG", "LOC": "LOC", "MISC": ""})
_WNUT = MappingProxyType(
    {
        "person": "PERSON",
        "corporation": "ORG",
        "group": "ORG",
        "location": "LOC",
        "product": "",
        "creative-work": "",
    }
)
_CROSSNER: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "PERSON": ("person", "politician", "writer", "musicalartist", "researcher", "scientist"),
        "ORG": ("organisation", "politicalparty", "band", "university"),
        "LOC": ("location", "country"),
        "": (
            *("academicjournal", "album", "algorithm", "astronomicalobject", "award", "book"),
            *("chemicalcompound", "chemicalelement", "conference", "discipline", "election"),
            *("enzyme", "event", "field", "literarygenre", "magazine", "metrics", "misc"),
            *("musicalinstrument", "musicgenre", "poem", "product", "programlang", "protein"),
            *("song", "task", "theory"),
        ),
    }
)
_HANDLE = re.compile(r"@\s?\w+")


@dataclass(frozen=True)
class Set:
    """Sentences with entities; each is a document."""

    name: str
    file: str
    labels: Mapping[str, str]
    """What its types count as; those that count as nothing are no entity."""
    aside: re.Pattern[str] | None = None
    """Where entities count neither as found nor as missed."""

    def passages(self, corpora: Corpora, *, part: str = "dev") -> list[Passage]:
        """The texts of a part with their entities; rows without a word are left out."""
        file = f"{self.file}.{part}.jsonl.gz"
        try:
            return [
                joined([_example(row, self.labels)])
                for row in corpora.rows(file, "tokens", "tags")
                if any(map(str.strip, texts_of(row, "tokens")))
            ]
        except ValueError as error:
            raise CorpusError(f"{corpora.path(file)}: {error}") from error


SETS = (
    Set("UNER-EWT", "ner/uner_ewt", _SHORT),
    Set("WNUT-17", "ner/wnut17", _WNUT),
    # Most of its persons are users' handles, each cut into @ and a name.
    Set("BTC, handles aside", "ner/btc", _SHORT, aside=_HANDLE),
    Set("CrossNER", "ner/crossner", {t: kind for kind, ts in _CROSSNER.items() for t in ts}),
    Set("CoNLL-2003", "ner/conll2003", _SHORT),
)
LEARNT = SETS[:4]
"""Those of which the shipped recognizer learns the training part, and so does the gazetteer."""
System = Callable[[Sequence[str]], list[list[Name]]]


def results(corpora: Corpora, config: EntitiesConfig) -> Iterator[Result]:
    """The recognizer, then the gazetteer, on each set.

    Raises `CorpusError` where a set is missing.
    """
    from tasks.evaluation import gazetteer

    ours = partial(entities.recognized, model=config.model)
    yield from _results(corpora, config.model, ours, baseline=False)
    whole = Corpora(corpora.root)
    learnt = [passage for each in LEARNT for passage in each.passages(whole, part="train")]
    yield from _results(corpora, "gazetteer", gazetteer.of(learnt), baseline=True)


def _results(corpora: Corpora, name: str, system: System, *, baseline: bool) -> Iterator[Result]:
    for data in SETS:
        passages = data.passages(corpora)
        system([FIRST])
        found, seconds = timed(partial(system, [passage.text for passage in passages]))
        scores = entity_scores(found, passages, aside=data.aside)
        yield Result(TASK, data.name, name, baseline, scores, len(passages), seconds)


def _example(row: Row, labels: Mapping[str, str]) -> TokenExample:
    """The words of a row, as its text has them or else as people write them, and their tags."""
    words, given, tags = labelled_tokens.read(row)
    spaces = given if "text" in row else detokenized.spaces(words)
    bio = labelled_tokens.bio(words, tags, labels, None)
    return TokenExample(tuple(words), tuple(spaces), tuple(bio))


def entity_scores(
    found: Sequence[Sequence[Name]],
    gold: Sequence[Passage],
    *,
    aside: re.Pattern[str] | None = None,
) -> dict[str, float]:
    """Precision, recall and F1 of spans with their types over all texts, 0 to 1.

    Spans that touch what the pattern `aside` finds in the text do not count on either side.
    """
    hits = said = true = 0
    for names, passage in zip(found, gold, strict=True):
        out = [match.span() for match in aside.finditer(passage.text)] if aside else []
        ours, theirs = _counted(names, out), _counted(passage.names, out)
        hits, said, true = hits + len(ours & theirs), said + len(ours), true + len(theirs)
    return {
        "precision": hits / max(said, 1),
        "recall": hits / max(true, 1),
        "f1": f1(hits, said, true),
    }


def _counted(names: Sequence[Name], out: Sequence[tuple[int, int]]) -> set[Name]:
    return {
        (start, end, kind)
        for start, end, kind in names
        if kind in TYPES and not any(start < last and first < end for first, last in out)
    }
