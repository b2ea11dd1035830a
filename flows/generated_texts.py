"""Documents made for measurements: words drawn at random, as often as languages use theirs."""

import random
from collections.abc import Sequence
from pathlib import Path

from schemas.errors import CorpusError

WORDS_A_DOCUMENT = 120
"""About as many as a news agency's story has."""
_SENTENCE_WORDS = 12
_FOLDER_FILES = 1000


def vocabulary(texts: Path) -> list[str]:
    """The different words of the text files of a folder, in the order of their coming.

    Raises `CorpusError` where there are none.
    """
    files = sorted(path for kind in ("*.txt", "*.md") for path in texts.rglob(kind))
    found = {word: None for file in files for word in file.read_text(errors="replace").split()}
    if not found:
        raise CorpusError(f"{texts}: no words to make documents of: name a folder of text files")
    return list(found)


def write(folder: Path, numbers: range, words: Sequence[str], count: int) -> None:
    """Write the documents of these numbers, of so many words each, drawn by Zipf's law.

    Each is the same wherever it is written, and like no other.
    """
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    for number in numbers:
        chance = random.Random(number)  # noqa: S311  # no secret
        drawn = chance.choices(words, weights, k=count)
        lines = (drawn[at : at + _SENTENCE_WORDS] for at in range(0, count, _SENTENCE_WORDS))
        text = " ".join(f"{' '.join(line)}." for line in lines)
        path = folder / f"{number // _FOLDER_FILES:04d}" / f"{number:07d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number} {text}\n", encoding="utf-8")
