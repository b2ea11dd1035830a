"""Which names patterns take."""

import pytest

from schemas.config import IngestConfig
from tasks.places.patterns import Asked, Choice, taking


@pytest.mark.parametrize(
    ("pattern", "taken", "left"),
    [
        ("*.md", ["a.md", "x/a.md", "x.md/a.txt"], ["a.mdx", "md"]),
        ("drafts", ["drafts", "drafts/a", "x/drafts/y/a"], ["drafts2/a", "x/mydrafts"]),
        ("drafts/", ["drafts/a", "x/drafts/y/a"], ["drafts", "x/drafts"]),
        ("/a.md", ["a.md"], ["x/a.md"]),
        ("x/*.md", ["x/a.md", "x/.md"], ["x/y/a.md", "z/x/a.md", "a.md"]),
        ("x/**/a.md", ["x/a.md", "x/y/z/a.md"], ["a.md", "z/x/a.md"]),
        ("**/x/*.md", ["x/a.md", "y/x/a.md"], ["x/y/a.md"]),
        ("x/**", ["x/a", "x/y/a"], ["y/x/a"]),
        ("x/y/", ["x/y/a"], ["x/y", "z/x/y/a"]),
        ("a?.[!0-9]*", ["ab.txt"], ["a.txt", "ab.1"]),
        ("A.md", ["A.md"], ["a.md"]),
        ("{a,b}", ["{a,b}"], ["a"]),
        ("!a", ["!a"], ["b"]),
        ("a\n*", ["a\nb"], ["ab"]),
        ("<img>", ["<img>"], ["img"]),
    ],
)
def test_a_pattern_takes(pattern: str, taken: list[str], left: list[str]) -> None:
    """Those of the table, and not the others."""
    takes = taking([pattern])

    assert [path for path in taken + left if takes(path, False)] == taken


def test_a_folder_that_is_taken() -> None:
    """A slash at the end asks for a folder."""
    takes = taking(["drafts/"])

    assert (takes("x/drafts", True), takes("x/drafts", False)) == (True, False)


def test_exclusion_is_stronger() -> None:
    """Of what both take, nothing is read; hidden is hidden, whatever is asked."""
    choice = Choice(IngestConfig(include=("*.md", ".x"), exclude=("old",)))

    assert [choice.of_file(p) for p in ("a.md", "old/a.md", "a.txt", ".x", "b/~$a.md")] == [
        "",
        "excluded",
        "not_included",
        "hidden",
        "temporary",
    ]
    assert [choice.of_folder(p) for p in ("old", "new", ".git")] == ["excluded", "", "hidden"]


@pytest.mark.parametrize(
    ("pattern", "entered", "left"),
    [
        ("", ["a", "a/b"], []),
        ("*.md", [], ["a"]),
        ("20*/*.md", ["2024"], ["x", "2024/a"]),
        ("20*/**/*.md", ["2024", "2024/a/b"], ["x", "x/2024"]),
        ("**", ["a", "a/b"], []),
    ],
)
def test_folders_that_a_pattern_cannot_mean_are_not_entered(
    pattern: str, entered: list[str], left: list[str]
) -> None:
    """A pattern with so many names does not look deeper."""
    asked = Asked(pattern)

    assert [path for path in entered + left if asked.enters(path)] == entered
