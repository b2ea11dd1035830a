"""Words that line ends break."""

import pytest

from schemas.config import IngestConfig
from tasks.readers import Record, read
from tasks.readers.hyphens import joined


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the coun-\ncil met. The council", "the council\nmet. The council"),
        ("the coun-  \n   cil, the council", "the council,\nthe council"),
        ("the COUN-\ncil; a council\n", "the COUNcil;\na council\n"),
        ("end of coun-\ncil.\n\nThe council", "end of council.\n\nThe council"),
        ("a soft hy\xad\nphen", "a soft hyphen\n"),
        ("the coun\u2010\ncil, a council", "the council,\na council"),
        # Not in the document: nobody knows.
        ("the coun-\ncil met", "the coun-\ncil met"),
        ("a well-\nknown man", "a well-\nknown man"),
        # A compound that is written as one, too.
        ("a re-\nform, a reform, a re-form", "a re-\nform, a reform, a re-form"),
        # A double name, a list, a number, a dash.
        ("Anna-\nMaria and Annamaria", "Anna-\nMaria and Annamaria"),
        ("- one\n- two", "- one\n- two"),
        ("pages 3-\n4, 34", "pages 3-\n4, 34"),
        ("a word -\nanother", "a word -\nanother"),
    ],
)
def test_joined(text: str, expected: str) -> None:
    """Only where the whole word is known."""
    assert joined(text) == expected


def test_plain_text_is_joined() -> None:
    """Whatever its line ends are."""
    (found,) = read(b"the coun-\r\ncil met\r\nThe council", "a.txt", IngestConfig())

    assert isinstance(found, Record)
    assert found.text == "the council\nmet\nThe council"
