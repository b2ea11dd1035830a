"""What the command `diff` prints."""

import json
from pathlib import Path

import pytest

from schemas.stages import StageName
from tests.command_line import call
from tests.flow_in_process import Runs
from tests.small_models import SmallModels

pytestmark = pytest.mark.usefixtures("in_place")


def test_diff(tmp_path: Path, small_models: SmallModels) -> None:
    """Counts by table, settings, and on request each change; JSON for scripts."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("The boat cost 30 euros in May 1990. It is old.")
    settings = {k: {**v} for k, v in small_models.settings.items()}
    runs = Runs(tmp_path / "corpus", tmp_path / "results", settings)
    runs.once((StageName.ENTITIES,))
    (tmp_path / "corpus" / "a.txt").write_text("The boat cost 40 euros in May 1990. It is old.")
    runs.settings["entities"] = runs.settings["entities"] | {"phone_region": "DE"}
    runs.once((StageName.ENTITIES,))
    where = ("--results", str(runs.results))

    shown = call("diff", "0", *where, "--table", "entities").stdout
    said = json.loads(call("diff", "0", "1", *where, "--json").stdout)
    wrong = call("diff", "7", *where)

    assert "run 00000 → now" in shown
    assert 'config: entities.phone_region: "US" → "DE"' in shown
    assert "MONEY EUR 40" in shown
    assert (said["before"], said["after"]) == ("00000", "00001")
    assert {change["kind"] for change in said["changes"]} == {"added", "removed", "changed"}
    assert (wrong.returncode, "there is no run 7" in wrong.stderr) == (1, True)
