"""Text that was read in a wrong encoding is mended, and no other."""

import contextlib
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.config import IngestConfig
from tasks.readers import Record, read
from tasks.readers.mojibake import mended

PARALLEL = Path(__file__).parents[4] / "shared/corpora/lang/pud_parallel18.dev.jsonl.gz"
SOUND = [
    "Die Straße über den Fluß ist gesperrt, sagte Müller – „leider“.",
    "L'été à Paris fut très chaud ; les élèves étaient déjà partis.",
    "O João não está em São Paulo; ele foi à praia.",
    "Az őszi vásár Győrött lesz, közölte a város.",
    "Городской совет принял бюджет: «за» — 12.",
    "Το συμβούλιο ψήφισε τον προϋπολογισμό.",
    "Hội đồng thành phố họp vào thứ năm.",
    "市議会は予算を可決した。",
    "A 5 µm filter costs €20 ± 3, i.e. £17½ at 20 °C.",
    "ÂNGELO e ÃO são maiúsculas; MÃE e PÃES também.",
]


@pytest.mark.parametrize("text", SOUND)
def test_what_is_right_stays(text: str) -> None:
    """Whatever accents, quotes and signs it has."""
    assert mended(text) == (text, "")


def garbled() -> Iterator[tuple[str, str]]:
    """Each text as it looks when it is read in an encoding that has all of its bytes."""
    for text in SOUND:
        for wrong in ("latin-1", "cp1252"):
            with contextlib.suppress(UnicodeDecodeError):
                yield text, text.encode().decode(wrong)


@pytest.mark.parametrize(("text", "wrong"), [each for each in garbled() if "µ" not in each[0]])
def test_what_was_read_wrongly_is_mended(text: str, wrong: str) -> None:
    """From the encodings that most programs take without asking."""
    assert mended(wrong)[0] == text


def test_what_was_read_wrongly_twice_is_mended() -> None:
    """Each round makes it longer."""
    once = "les élèves étaient là".encode().decode("latin-1")

    assert mended(once.encode().decode("latin-1"))[0] == "les élèves étaient là"


@pytest.mark.parametrize(
    "text",
    [
        "An é is shown as Ã© where programs disagree, an ü as Ã¼.",
        "PrÃ©sident ? oui, Fran?ais et naïf",
    ],
)
def test_what_is_only_partly_wrong_stays(text: str) -> None:
    """That it was meant otherwise is not certain."""
    assert mended(text) == (text, "")


def test_what_was_mended_is_told() -> None:
    """In the metadata of the record; the title is mended as well."""
    row = {"text": "le cafÃ© est fermÃ©", "title": "CafÃ©s", "tag": "x"}

    (found,) = read(json.dumps(row).encode(), "a.jsonl", IngestConfig())

    assert isinstance(found, Record)
    assert (found.text, found.title) == ("le café est fermé", "Cafés")
    assert found.metadata == {"tag": "x", "mended_from": "latin-1"}


@pytest.mark.skipif(not PARALLEL.is_file(), reason="the parallel corpus is not there")
def test_no_real_sentence_changes() -> None:
    """9,054 sentences in 18 languages."""
    with gzip.open(PARALLEL, "rt", encoding="utf-8") as lines:
        sentences = [text for line in lines for text in json.loads(line)["text"].values()]

    assert [text for text in sentences if mended(text) != (text, "")] == []
