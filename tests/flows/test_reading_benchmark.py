"""The benchmark of readers: what is compared, and over which files."""

import json
import zipfile
from pathlib import Path

import pytest
from rich.console import Console

from flows import benchmark_screen, reading_benchmark, screen
from flows.reading_benchmark import ReadingSpeed
from schemas.config import IngestConfig
from schemas.errors import CorpusError
from tests.command_line import call
from tests.pdf_files import column, pdf

CONFIG = IngestConfig()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two PDFs that can be read, one that cannot, and a Markdown file in a folder."""
    (tmp_path / "in").mkdir()
    for name in ("a.pdf", "b.PDF"):
        (tmp_path / name).write_bytes(pdf(column(["some words of a page"])))
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.4 broken")
    (tmp_path / "in" / "d.md").write_text("# A heading\n\nAnd words.")
    return tmp_path


def test_files_that_every_way_reads_are_compared(folder: Path) -> None:
    """Ours first, then each library that is installed and wanted, format by format."""
    found = reading_benchmark.speeds(folder, CONFIG, without=["pdfminer.six", "pypdf"])

    assert [(s.format, s.way, s.found, s.read, s.files) for s in found] == [
        ("md", "corpusmill", 1, 1, 1),
        ("md", "charset-normalizer", 1, 1, 1),
        ("pdf", "corpusmill", 3, 2, 2),
        ("pdf", "pypdfium2 alone", 3, 2, 2),
    ]
    sizes = sum((folder / name).stat().st_size for name in ("a.pdf", "b.PDF"))
    assert found[2].megabytes == pytest.approx(sizes / 1e6)
    assert found[2].cpu_s > 0
    assert found[2].peak_mb > 10


def test_a_format_that_no_way_reads_is_told(folder: Path) -> None:
    """It must not look as if there were none; a container is read for what lies in it."""
    (folder / "e.csv").write_text("id,text\n1,\n")
    with zipfile.ZipFile(folder / "f.zip", "w") as archive:
        archive.writestr("g.txt", "some words")

    found = reading_benchmark.speeds(folder, CONFIG, without=["pdfminer.six", "pypdf", "pandas"])

    counts = {s.format: (s.read, s.files) for s in found if s.way == reading_benchmark.OURS}
    assert counts == {"csv": (0, 0), "md": (1, 1), "pdf": (2, 2), "zip": (1, 1)}


def test_limit_holds_for_each_format(folder: Path) -> None:
    others = ["pdfminer.six", "pypdf", "pypdfium2 alone", "charset-normalizer"]

    found = reading_benchmark.speeds(folder, CONFIG, without=others, limit=1)

    assert [(s.format, s.found) for s in found] == [("md", 1), ("pdf", 1)]


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no file to measure with"):
        reading_benchmark.speeds(tmp_path, CONFIG)


def test_speeds_are_shown_beside_ours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rates a second on the processor, and the ratio to the first of a format."""
    monkeypatch.setattr(screen, "out", Console(width=140, highlight=False))
    speeds = [
        ReadingSpeed("csv", "corpusmill", 1, 0, 0, 0.0, 0.0, 100.0),
        ReadingSpeed("pdf", "corpusmill", 3, 2, 2, 10.0, 0.5, 100.0),
        ReadingSpeed("pdf", "pypdf", 3, 3, 2, 10.0, 5.0, 150.0),
    ]

    benchmark_screen.show_reading_speeds(speeds, "a machine", as_json=False)

    rows = [line.replace("│", "").split() for line in capsys.readouterr().out.splitlines()]
    ours = ["pdf", "corpusmill", "2", "of", "3", "2", "10.00", "0.50", "20.00", "4.0", "1.00"]
    theirs = ["pdf", "pypdf", "3", "of", "3", "2", "10.00", "5.00", "2.00", "0.4", "0.10"]
    assert [row for row in rows if row[:1] == ["pdf"]] == [[*ours, "100"], [*theirs, "150"]]


def test_the_command_prints_json(folder: Path) -> None:
    words = ("--without", "pdfminer.six", "--without", "pypdf", "--limit", "1", "--json")

    said = call("benchmark", "readers", str(folder), *words)

    assert said.returncode == 0, said.stderr
    speeds = json.loads(said.stdout)["speeds"]
    assert [speed["format"] for speed in speeds] == ["md", "md", "pdf", "pdf"]
