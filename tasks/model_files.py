"""What the files of a model's directory say of it, read without loading it."""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

Kind = Literal["pipeline", "encoder", "classifier", "token classifier", "writer"]
"""A spaCy pipeline; texts to vectors, to probabilities, to labelled spans, to texts."""

_FRONT_MATTER = re.compile(r"\A---\n(?P<fields>.*?)\n---\n", re.DOTALL)
_LICENCE = re.compile(r"^licen[sc]e:[ \t]*[\"']?(?P<name>[^\"'\n#]+)", re.MULTILINE)
_LINE = re.compile(r"^Licen[sc]e: (?P<name>[^,;\n]+)", re.MULTILINE)
_SECTION = re.compile(r"^## Licen[sc]e\n+(?P<text>.+?)(?:\n\n|\Z)", re.MULTILINE | re.DOTALL)
_ARCHITECTURES: tuple[tuple[str, Kind], ...] = (
    ("ForSequenceClassification", "classifier"),
    ("ForTokenClassification", "token classifier"),
    ("ForConditionalGeneration", "writer"),
    ("MTModel", "writer"),
)
"""How the names of classes in transformers end."""


def holds_pipeline(folder: Path) -> bool:
    """Whether it is a spaCy pipeline."""
    return (folder / "meta.json").is_file() and (folder / "config.cfg").is_file()


def spacy_package(name: str) -> Path | None:
    """The directory of the pipeline in an installed spaCy package; nothing of it is imported.

    Such a package, en_core_web_sm for one, has a meta.json, and beside it a directory
    `LANGUAGE_NAME-VERSION` that holds the pipeline.
    """
    spec = find_spec(name) if name.isidentifier() else None
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (about := _json(Path(place) / "meta.json")) and {"lang", "name", "version"} <= {*about}:
            folder = Path(place) / f"{about['lang']}_{about['name']}-{about['version']}"
            return folder if folder.is_dir() else None
    return None


def kind(folder: Path) -> Kind:
    """What a model does, by its files; one of ours is a classifier if its manifest has labels."""
    if holds_pipeline(folder):
        return "pipeline"
    classes = _json(folder / "config.json").get("architectures")
    if not isinstance(classes, list) or not classes:
        return "classifier" if _json(folder / "manifest.json").get("labels") else "encoder"
    return next((k for end, k in _ARCHITECTURES if str(classes[0]).endswith(end)), "encoder")


def conversion(folder: Path) -> str | None:
    """The command that makes safetensors of weights in another format, if it has such weights."""
    if not any(folder.glob("pytorch_model*.bin")):
        return None
    classes = _json(folder / "config.json").get("architectures")
    name = str(classes[0]) if isinstance(classes, list) and classes else "AutoModel"
    return (
        f'python -c "from transformers import {name} as M; '
        f"M.from_pretrained('{folder}').save_pretrained('{folder}')\""
    )


def size_bytes(folder: Path) -> int:
    """What its files hold together, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def licence(folder: Path) -> str:
    """The licence that its card or meta.json names, in one line; empty where they name none."""
    card = folder / "README.md"
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    header = _FRONT_MATTER.match(text)
    if header and (named := _LICENCE.search(header["fields"])):
        return named["name"].strip()
    if line := _LINE.search(text):
        return line["name"].strip()
    if section := _SECTION.search(text):
        return " ".join(section["text"].split())
    return str(_json(folder / "meta.json").get("license", ""))


def _json(path: Path) -> dict[str, object]:
    """A JSON object in a file; empty where there is none."""
    if not path.is_file():
        return {}
    return dict(json.loads(path.read_text(encoding="utf-8")))
