"""Shares of texts that come back, on a few of our own."""

import gzip
import json
from pathlib import Path

from tasks.evaluation import encodings
from tasks.evaluation.corpora import Corpora

TEXTS = {
    "en": "The café on the naïve side of town — so they say — costs £20 a month to rent.",
    "pl": "Rada miasta przyjęła w czwartek nowy budżet, a burmistrz był bardzo zadowolony z tego.",
    "ru": "Городской совет в четверг принял новый бюджет, и мэр остался очень доволен этим.",
}


def test_samples_are_what_the_encoding_has() -> None:
    """Other characters are left out of the text, and texts of ASCII alone are left out."""
    rows = [{"text": {"en": "Plain words in a row", "de": "Zwölf Boxkämpfer → ja"}}]

    found = encodings.samples(rows, "Western", 21, 9)

    assert [sample.text for sample in found] == ["Zwölf Boxkämpfer  ja"] * 4
    names = encodings.ENCODINGS["Western"]
    assert [sample.data for sample in found] == [found[0].text.encode(name) for name in names]


def test_results(tmp_path: Path) -> None:
    """A row a group and a size, ours beside the baseline."""
    path = tmp_path / encodings.FILE
    path.parent.mkdir()
    every = {name: TEXTS["en"] for names in encodings.LANGUAGES.values() for name in names}
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(
            json.dumps({"id": str(n), "text": every | TEXTS}) + "\n" for n in range(90)
        )

    found = list(encodings.results(Corpora(tmp_path, 90)))

    rows = {(result.data, result.system): result.scores["right"] for result in found}
    assert rows["PUD Cyrillic", "ours"] == 1.0
    groups, sizes = {"Western", "Central European", "Turkish", "Cyrillic"}, encodings.SIZES
    data = {f"PUD {name}" for name in (*groups, *(f"{size} characters" for size in sizes))}
    assert set(rows) >= {(one, name) for one in data for name in ("ours", "charset-normalizer")}
