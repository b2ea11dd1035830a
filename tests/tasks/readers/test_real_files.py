"""Real files that other projects have stumbled over: none of them may cost the run."""

from pathlib import Path

import pytest

from schemas.config import IngestConfig
from schemas.tables import REJECT_REASONS
from tasks.readers import Record, read

FILES = Path(__file__).parents[4] / "shared" / "corpora" / "files"
NAMES = sorted(path.name for path in FILES.glob("*") if path.is_file()) if FILES.is_dir() else []
BROKEN = {"enc-EUC-TW-_ude_euc-tw1.txt"}  # Python has no codec for EUC-TW

pytestmark = pytest.mark.skipif(not NAMES, reason="the collection of real files is not there")


@pytest.mark.parametrize("name", NAMES)
def test_every_file_has_outcomes(name: str) -> None:
    """Each item is a sound record or has a documented reason; only one file is beyond reading."""
    items = list(read((FILES / name).read_bytes(), name, IngestConfig()))

    for item in items:
        if isinstance(item, Record):
            assert item.text.encode().strip()
            assert list(item.page_starts) == sorted(item.page_starts)
            assert len(item.page_starts) == item.pages
        else:
            assert item.reason in REJECT_REASONS
            assert item.message
    reasons = {item.reason for item in items if not isinstance(item, Record)}
    assert ("broken" in reasons) == (name in BROKEN)
