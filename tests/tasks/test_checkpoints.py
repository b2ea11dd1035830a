"""Checkpoints of a training: the newest sound one of this very training, or none."""

import hashlib
from pathlib import Path

import pytest

from schemas.errors import CorpusError
from tasks import checkpoints

STATE = {"weights": b"\x00\n\x01", "about": b"{}", "best": b""}


def saved(out: Path, iteration: int = 3) -> Path:
    checkpoints.save(out, STATE, fingerprint="f", iteration=iteration, epoch=1)
    return out / checkpoints.FOLDER / checkpoints.NAME


def test_comes_back_as_it_was(tmp_path: Path) -> None:
    """Its place in the training, and every byte."""
    saved(tmp_path)

    found = checkpoints.newest(tmp_path, "f")

    assert found == checkpoints.Checkpoint(3, 1, STATE)


def test_there_is_none_at_first(tmp_path: Path) -> None:
    """A training begins."""
    assert checkpoints.newest(tmp_path, "f") is None


def test_the_newest_one_stands_alone(tmp_path: Path) -> None:
    """Nothing of the older one is left."""
    saved(tmp_path, 3)
    path = saved(tmp_path, 4)

    found = checkpoints.newest(tmp_path, "f")

    assert found is not None
    assert found.iteration == 4
    assert list(path.parent.iterdir()) == [path]


def test_one_of_another_training_counts_as_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Other settings, data or base: it is said, and the training begins anew."""
    saved(tmp_path)

    assert checkpoints.newest(tmp_path, "g") is None
    assert "is of another training" in caplog.text


def test_any_flipped_bit_counts_as_none(tmp_path: Path) -> None:
    """In the parts, in what is said of them, and in the digest of that."""
    path = saved(tmp_path)
    data = path.read_bytes()

    for i in range(len(data)):
        path.write_bytes(data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :])

        assert checkpoints.newest(tmp_path, "f") is None, i


def test_a_cut_one_counts_as_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever it is cut: it is said, and the training begins anew."""
    path = saved(tmp_path)
    data = path.read_bytes()

    for length in range(len(data)):
        path.write_bytes(data[:length])

        assert checkpoints.newest(tmp_path, "f") is None, length
    assert caplog.text.count("is damaged: the training begins anew") == len(data)


def test_a_kill_while_saving_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new one has been written, in part at least, and not yet been given its name."""
    saved(tmp_path, 3)

    def killed(_path: Path, _target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        saved(tmp_path, 4)

    found = checkpoints.newest(tmp_path, "f")
    assert found is not None
    assert found.iteration == 3


def test_nothing_stays_of_a_training_that_ended(tmp_path: Path) -> None:
    """The model's directory holds the model."""
    saved(tmp_path)

    checkpoints.clear(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_data_are_told_apart_by_their_bytes(tmp_path: Path) -> None:
    """Two files of one name count as two."""
    paths = [tmp_path / name for name in ("a/data.csv", "b/data.csv", "dev.csv")]
    for i, path in enumerate(paths):
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{i}", encoding="utf-8")

    found = checkpoints.data_digests(paths)

    assert found == {
        "data.csv": hashlib.sha256(b"0").hexdigest(),
        "data.csv (2)": hashlib.sha256(b"1").hexdigest(),
        "dev.csv": hashlib.sha256(b"2").hexdigest(),
    }


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Before anything is trained."""
    with pytest.raises(CorpusError, match=r"no\.jsonl cannot be read: No such file"):
        checkpoints.data_digests([tmp_path / "no.jsonl"])
