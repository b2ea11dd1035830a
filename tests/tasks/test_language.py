"""Language detection."""

import pytest

from tasks.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The council met on Thursday to vote on the new budget.", "en"),
        ("Der Stadtrat hat am Donnerstag über den neuen Haushalt abgestimmt.", "de"),
        ("Le conseil municipal a voté jeudi le nouveau budget de la ville.", "fr"),
        ("Городской совет в четверг принял новый бюджет.", "ru"),
        ("市議会は木曜日に新しい予算について採決を行いました。", "ja"),
    ],
)
def test_detects(text: str, language: str) -> None:
    """A sentence is enough."""
    found, confidence = detect(text, min_confidence=0.5)

    assert found == language
    assert 0.5 <= confidence <= 1


@pytest.mark.parametrize("text", ["", "   ", "Hello", "12345 67890 12345 67890 12345", "OK!!! :-)"])
def test_leaves_short_texts_undetermined(text: str) -> None:
    """Fewer than twenty letters have no language."""
    assert detect(text, min_confidence=0.0) == ("und", 0.0)


def test_leaves_unsure_texts_undetermined() -> None:
    """Below the confidence asked for the language is `und`, and the confidence is told."""
    text = "Hotel Restaurant Bar Taxi Radio Museum Telefon"

    language, confidence = detect(text, min_confidence=1.0)

    assert language == "und"
    assert 0 < confidence < 1


def test_forgets_what_it_has_read() -> None:
    """A text has the same language and confidence whatever was read before it."""
    text = "The council met on Thursday to vote on the new budget."
    alone = detect(text, min_confidence=0.5)

    detect("Der Stadtrat hat am Donnerstag abgestimmt.", min_confidence=0.5)

    assert detect(text, min_confidence=0.5) == alone
