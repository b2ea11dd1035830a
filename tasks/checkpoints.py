"""The newest state of a training, in a folder beside the model that it makes.

One file: the SHA-256 of its second line, then that line (JSON: what it is of, and length and
SHA-256 of each part), then the parts. Arrays come as safetensors, everything else as JSON: nothing
in it is code.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import CorpusError
from tasks.folders.disk import replacing

FOLDER = ".checkpoint"
NAME = "newest"
_LOG = logging.getLogger("corpusmill.training")


@dataclass(frozen=True)
class Checkpoint:
    """What a training goes on from."""

    iteration: int
    """Steps done."""
    epoch: int
    """The epoch that the last of them was in."""
    state: Mapping[str, bytes]


def save(
    out: Path, state: Mapping[str, bytes], *, fingerprint: str, iteration: int, epoch: int
) -> None:
    """Put a checkpoint in the place of the one before; a kill at any time leaves one of the two.

    `fingerprint` names the training: its settings, data and base.
    """
    parts = {name: [len(data), _digest(data)] for name, data in state.items()}
    about = {"fingerprint": fingerprint, "iteration": iteration, "epoch": epoch, "parts": parts}
    line = json.dumps(about).encode()
    with replacing(out / FOLDER / NAME) as path, path.open("wb") as file:
        file.write(_digest(line).encode() + b"\n" + line + b"\n")
        for data in state.values():
            file.write(data)


def newest(out: Path, fingerprint: str) -> Checkpoint | None:
    """The checkpoint of this very training, if there is a sound one."""
    path = out / FOLDER / NAME
    if not path.exists():
        return None
    with path.open("rb") as file:
        digest, line = file.readline().strip(), file.readline().strip()
        about = json.loads(line) if _digest(line).encode() == digest else {"parts": {}}
        state = {name: file.read(length) for name, (length, _) in about["parts"].items()}
    if not state or any(_digest(state[name]) != sha for name, (_, sha) in about["parts"].items()):
        _LOG.warning("%s is damaged: the training begins anew", path)
        return None
    if about["fingerprint"] != fingerprint:
        _LOG.warning("%s is of another training: this one begins anew", path)
        return None
    return Checkpoint(about["iteration"], about["epoch"], state)


def clear(out: Path) -> None:
    """Remove what is left of checkpoints: the model is there."""
    shutil.rmtree(out / FOLDER, ignore_errors=True)


def data_digests(paths: Sequence[Path]) -> dict[str, str]:
    """SHA-256 of each file, by its name; a name that comes again is numbered.

    Raises `CorpusError` where a file is missing.
    """
    found = dict[str, str]()
    for path in paths:
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise CorpusError(f"{path} cannot be read: {error.strerror}") from error
        again = sum(path.name == other.name for other in paths[: len(found)])
        found[f"{path.name} ({again + 1})" if again else path.name] = digest
    return found


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
