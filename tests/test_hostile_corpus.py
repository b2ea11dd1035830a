"""Files that hang, die and fill the memory, among 200 good ones: each costs itself and no other."""

import gzip
import io
import json
import os
import random
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pandas as pd
import psutil
import pytest

from schemas.tables import REJECT_REASONS
from tests.command_line import ROOT, arguments, call
from tests.small_models import SmallModels

GOOD = 200
DEADLINE_S = 3.0
MAX_BYTES = 2**30
SPOILED = {
    "hang.txt": ("Hang, please.", "deadline"),
    "die.txt": ("Die, please.", "crashed"),
    "fill.txt": ("Fill, please.", "memory"),
    "burst.txt": ("Burst, please.", "memory"),
    "later-hang.txt": ("Later: Hang, please.", "deadline"),
    "later-die.txt": ("Later: Die, please.", "crashed"),
}
"""Files that `tests/hostile/sitecustomize.py` acts upon: their text, and why they are rejected."""
PARTS = {
    "box.zip": {"hang.txt": "deadline", "inner.zip#die.txt": "crashed"},
    "mail.eml": {"attachment/2/burst.txt": "memory"},
}
"""Containers, and the parts of them that such texts stand in."""
_WORDS = [
    "boat",
    "net",
    "pier",
    "storm",
    "lighthouse",
    "ferry",
    "herring",
    "gull",
    "rope",
    "tide",
    "market",
    "council",
    "price",
]


@dataclass(frozen=True)
class Hostile:
    """A run over such a folder."""

    corpus: Path
    results: Path
    settings: Mapping[str, Mapping[str, object]]
    environment: Mapping[str, str]
    code: int
    account: Mapping[str, object]


def good_text(number: int) -> str:
    """Ten sentences of its own."""
    chance = random.Random(number)
    said = (" ".join(chance.sample(_WORDS, 5)) for _ in range(10))
    return f"Number {number}. " + " ".join(f"The {words}." for words in said)


def bomb(entry: str, size: int) -> bytes:
    """A zip archive of one entry of zeros."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open(entry, "w", force_zip64=True) as file:
            for _ in range(size // 2**20):
                file.write(b" " * 2**20)
    return held.getvalue()


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of these."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


def write_hostile_corpus(folder: Path) -> None:
    """The good ones, and the others between them."""
    folder.mkdir()
    for number in range(GOOD):
        (folder / f"good-{number:03}.txt").write_text(good_text(number))
    for name, (text, _) in SPOILED.items():
        (folder / name).write_text(text)
    (folder / "box.zip").write_bytes(
        archive(
            {
                "first.txt": good_text(GOOD).encode(),
                "hang.txt": SPOILED["hang.txt"][0].encode(),
                "inner.zip": archive(
                    {"die.txt": SPOILED["die.txt"][0].encode(), "last.txt": b"The last boat."}
                ),
            }
        )
    )
    mail = EmailMessage()
    mail.set_content("Papers of the harbour.")
    for name in ("first.txt", "burst.txt", "last.txt"):
        text = SPOILED[name][0] if name in SPOILED else f"The {name} of the mail."
        mail.add_attachment(text, filename=name)
    (folder / "mail.eml").write_bytes(mail.as_bytes())
    (folder / "bomb.txt.gz").write_bytes(gzip.compress(b"bomb " * 2**25, 1))
    (folder / "bomb.docx").write_bytes(bomb("word/document.xml", 2**28))
    (folder / "brackets.txt").write_text("([{" * 20_000)
    (folder / "deep.json").write_text("[" * 200_000)
    (folder / "deep.html").write_text("<div>" * 100_000)
    (folder / "garbage.pdf").write_bytes(b"%PDF-1.7\n" + random.Random(1).randbytes(100_000))
    with (folder / "sparse.txt").open("wb") as file:
        file.truncate(2 * 2**30)
    os.mkfifo(folder / "pipe")
    (folder / "passwd").symlink_to("/etc/passwd")


HOOKS = str(ROOT / "tests" / "hostile")
"""What makes some texts hang, crash or swell; all processes of the run have it in their path."""


@pytest.fixture(scope="module")
def hostile(
    small_models: SmallModels,
    prefect_home: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Hostile:
    """One run of the command line, with two workers, to its end."""
    folder = tmp_path_factory.mktemp("hostile")
    write_hostile_corpus(folder / "corpus")
    settings = {
        "preprocess": {"model": str(small_models.english)},
        "entities": {"model": str(small_models.english), "rules": False},
        "ingest": {"max_expanded_bytes": 2**26},
        "run": {"deadline_s": DEADLINE_S, "max_memory_bytes": MAX_BYTES, "max_rejects": 5},
    }
    ended = call(
        *("run", str(folder / "corpus"), "--results", str(folder / "results"), "--json"),
        *("--stages", "preprocess,entities", "--workers", "2", *arguments(settings)),
        environment=prefect_home | {"PYTHONPATH": HOOKS},
    )
    assert ended.stdout, ended.stderr
    account = json.loads(ended.stdout)
    assert account["failures"] == []
    environment = prefect_home
    return Hostile(
        folder / "corpus", folder / "results", settings, environment, ended.returncode, account
    )


def sources(hostile: Hostile) -> pd.DataFrame:
    return pd.read_parquet(hostile.results / "sources").set_index("source")


def rejects(hostile: Hostile) -> pd.DataFrame:
    return pd.read_parquet(hostile.results / "rejects").set_index("source")


def test_the_good_come_out_right(hostile: Hostile) -> None:
    """All of them, with their text and their tokens."""
    documents = pd.read_parquet(hostile.results / "documents").set_index("source")
    tokens = pd.read_parquet(hostile.results / "tokens")

    texts = {name: documents.text[name] for name in documents.index if name.startswith("good-")}
    words = tokens[tokens.doc_id.isin(documents.doc_id[list(texts)])].groupby("doc_id").size()

    assert texts == {f"good-{n:03}.txt": good_text(n) for n in range(GOOD)}
    assert set(words) == {73}


@pytest.mark.parametrize(("name", "reason"), [(n, why) for n, (_, why) in SPOILED.items()])
def test_each_is_rejected_for_what_it_did(hostile: Hostile, name: str, reason: str) -> None:
    """After two attempts, with a message that names the limit."""
    row = rejects(hostile).loc[name]

    assert (row.reason, row.attempts) == (reason, 2)
    assert row.stage == ("preprocess" if name.startswith("later") else "ingest")
    assert {"deadline": "run.deadline_s", "memory": "run.max_memory_bytes", "crashed": "died"}[
        reason
    ] in row.message


@pytest.mark.parametrize(("container", "bad"), PARTS.items())
def test_a_part_costs_itself(hostile: Hostile, container: str, bad: Mapping[str, str]) -> None:
    """It is rejected as a file would be; the other parts of its container have their documents."""
    found = rejects(hostile).filter(like=f"{container}", axis="index")
    documents = pd.read_parquet(hostile.results / "documents").set_index("source")

    assert found.reason.to_dict() == {f"{container}#{name}": why for name, why in bad.items()}
    assert set(found.attempts) == {2}
    assert set(documents.filter(like=container, axis="index").index) == {
        "box.zip": {"box.zip#first.txt", "box.zip#inner.zip#last.txt"},
        "mail.eml": {
            "mail.eml", "mail.eml#attachment/1/first.txt", "mail.eml#attachment/3/last.txt",
        },
    }[container]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("bomb.txt.gz", "rejected"),
        ("bomb.docx", "rejected"),
        ("deep.json", "rejected"),
        ("garbage.pdf", "rejected"),
        ("sparse.txt", "rejected"),
        ("pipe", "skipped"),
        ("passwd", "skipped"),
        ("brackets.txt", "done"),
    ],
)
def test_hostile_files_have_one_outcome(hostile: Hostile, name: str, outcome: str) -> None:
    """Each source stands in the table, with a reason where it did not become a document."""
    row = sources(hostile).loc[name]

    assert row.outcome == outcome
    assert (row.reason != "") == (outcome != "done")


def test_every_reason_is_explained(hostile: Hostile) -> None:
    """As `python -m flows rejects` does."""
    assert set(rejects(hostile).reason) <= set(REJECT_REASONS)


def test_above_the_reject_limit_the_run_ends_with_3(hostile: Hostile) -> None:
    """All is done and written, and the exit code says that too much was rejected."""
    assert (hostile.code, hostile.account["outcome"]) == (3, "rejects")


def test_memory_stays_below_the_cap(hostile: Hostile) -> None:
    """Of every worker that ended a task."""
    stages = hostile.account["stages"]
    assert isinstance(stages, list)

    assert 0 < max(stage["peak_bytes"] for stage in stages) < MAX_BYTES


def test_no_process_is_left(hostile: Hostile) -> None:
    """Neither a worker that was killed nor one that took its place."""
    left = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("PYTHONPATH") == HOOKS:
                left.append(process)

    assert hostile.account["stages"]
    assert left == []


def test_what_was_rejected_can_be_tried_again(hostile: Hostile) -> None:
    """After a fix; the rest stays as it is, down to the files of the other stages."""
    before = rejects(hostile)
    grouped = call("rejects", "--results", str(hostile.results), "--json", "--reason", "deadline")
    good = pd.read_parquet(hostile.results / "tokens").groupby("doc_id").size()

    ended = call(
        *("rejects", "--results", str(hostile.results), "--retry", "--json"),
        *("--reason", "deadline", "--reason", "crashed", "--set", "run.max_rejects=100"),
        environment=hostile.environment,
    )

    after, again = rejects(hostile), pd.read_parquet(hostile.results / "tokens")
    counts = {group["stage"]: group["count"] for group in json.loads(grouped.stdout)}
    assert counts == {"ingest": 2, "preprocess": 1}
    assert ended.returncode == 0, ended.stderr
    files = {name for name, (_, why) in SPOILED.items() if why != "memory"}
    parts = {
        f"{container}#{name}"
        for container, bad in PARTS.items()
        for name, why in bad.items()
        if why != "memory"
    }
    assert set(before.index) - set(after.index) == files | parts
    assert (after.attempts == before.attempts[after.index]).all()
    assert again.groupby("doc_id").size()[good.index].equals(good)
    stages = {stage["stage"]: stage["books"] for stage in json.loads(ended.stdout)["stages"]}
    # A container is read again whole: two good parts, beside two files that its others repeat.
    assert (stages["ingest"]["done"], stages["preprocess"]["done"]) == (4, 4)
