"""Names that are not worth reading."""

import pytest

from tasks.skips import skip_reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("report.docx", ""),
        ("2024/~report.txt", ""),
        ("a.tmp.txt", ""),
        ("partner.txt", ""),
        ("x/./../y", ""),
        (".git/config", "hidden"),
        ("a/.DS_Store", "hidden"),
        ("__MACOSX/a.txt", "hidden"),
        ("~$report.docx", "temporary"),
        (".~lock.report.odt#", "temporary"),
        ("a/B.TMP", "temporary"),
        (".a.txt.swp", "temporary"),
        ("a.part", "temporary"),
        ("a.crdownload", "temporary"),
        ("a.txt~", "temporary"),
        ("Thumbs.db", "temporary"),
        ("desktop.ini", "temporary"),
        ("a\nb.tmp", "temporary"),
    ],
)
def test_a_name(path: str, reason: str) -> None:
    """Has the reason of the first of its parts that has one."""
    assert skip_reason(path) == reason
