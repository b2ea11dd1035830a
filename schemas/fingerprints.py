"""Keys of reuse: when is a result that stands on disk the one that would be computed now?

A document's result at a stage is current when the part that holds it was written under the stage's
present *fingerprint* for the document's present *content key*.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.config import LIMIT, TUNING, PipelineConfig, Settings
from schemas.stages import Kind, Stage, upstream

_OF_WORK = frozenset({"run.deadline_s", "run.max_memory_bytes"})
Recipe = dict[str, Any]
"""All that a stage's rows depend on besides the documents; JSON values only."""

ASKED_AGAIN = "asked_again"


def recipe(
    stage: Stage,
    config: PipelineConfig,
    *,
    models: Mapping[str, str],
    fitted: Mapping[str, str],
) -> Recipe:
    """What the rows of a stage depend on besides the documents' content.

    - `stage`, `version`: the code;
    - `config`: the fields of the stage's own settings that can change a row;
    - `models`: the identity of each model it loads (`models` maps references to identities);
    - `fitted`: the content digest of each corpus-wide table it reads, such as a topic model
      (`fitted` maps tables to digests; a table that is missing there counts as not yet fitted);
    - `reads`: the recipes of the stages that it reads. Ingest is left out: what it hands on is the
      content key of each document, so a change of reader recomputes only the documents whose text
      it changed;
    - `limits`, of ingest: the settings above which it rejects. They are no part of the fingerprint:
      `lowered` and `raised` compare them.
    """
    settings = stage.settings(config)
    above = [s for s in upstream(stage, config) if s.kind is not Kind.SOURCE]
    return {
        "stage": stage.name,
        "version": stage.version,
        "config": row_fields(settings) if settings is not None else {},
        "models": {ref: models[ref] for ref in stage.model_references(config)},
        "fitted": {
            table: fitted.get(table, "none")
            for s in above
            if s.kind is Kind.CORPUS
            for table in s.writes
            if table in stage.reads
        },
        "reads": {
            s.name: recipe(s, config, models=models, fitted=fitted)
            for s in above
            if s.kind is not Kind.CORPUS
        },
    } | ({"limits": _limits(config)} if stage.kind is Kind.SOURCE else {})


def asked_again(of: Recipe) -> Recipe:
    """The recipe of rows that are to be computed again though nothing that they come of changed."""
    return {**of, ASKED_AGAIN: True}


def fingerprint(of: Recipe) -> str:
    """16 hexadecimal digits that name a recipe, its limits left out."""
    named = {name: value for name, value in of.items() if name != "limits"}
    return digest([json.dumps(named, sort_keys=True, ensure_ascii=False)])[:16]


def raised(old: Recipe, new: Recipe) -> list[str]:
    """The limits that are higher than they were: what they rejected may be well now."""
    return [name for name, limit in _mapping(new.get("limits")).items() if limit > _was(old, name)]


def lowered(old: Recipe, new: Recipe) -> list[str]:
    """The limits of content that are lower than they were: what stands may be above them.

    Those of time and memory are none of them: what was read stays good.
    """
    limits = _mapping(new.get("limits"))
    return [
        name for name, limit in limits.items() if limit < _was(old, name) and name not in _OF_WORK
    ]


def content_key(text_sha256: str, language: str) -> str:
    """32 hexadecimal digits that name what the stages see of a document: text and language."""
    return digest([text_sha256, language])[:32]


def document_id(*path: str) -> str:
    """16 hexadecimal digits that name a document, across edits of its text.

    `path` is a file's path, then the paths of parts in one another, and last the record.
    """
    return digest(path)[:16]


def digest(parts: Iterable[str]) -> str:
    """SHA-256 of some texts, hexadecimal; no two different lists of texts join to the same."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()


def row_fields(settings: Settings) -> dict[str, object]:
    """The settings that can change a row, as JSON values."""
    values = settings.model_dump(mode="json")
    return {
        name: values[name]
        for name, field in type(settings).model_fields.items()
        if TUNING not in field.metadata and LIMIT not in field.metadata
    }


def differences(old: Recipe, new: Recipe) -> list[str]:
    """What changed from one recipe to another, a short sentence each."""
    name = str(new["stage"])
    found = ["asked for again"] if old.get(ASKED_AGAIN) else []
    if old.get("version") != new["version"]:
        found.append(f"{name}: version {old.get('version')} → {new['version']}")
    for part in ("config", "models", "fitted"):
        before, after = _mapping(old.get(part)), _mapping(new[part])
        found += [
            _change(name, part, key, before.get(key), after.get(key))
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        ]
    before, after = _mapping(old.get("limits")), _mapping(new.get("limits"))
    found += [
        f"{key}: {before.get(key)} → {after[key]}"
        for key in sorted(after)
        if before.get(key) != after[key]
    ]
    before, after = _mapping(old.get("reads")), _mapping(new["reads"])
    for key in sorted(before.keys() | after.keys()):
        if key in before and key in after:
            found.extend(differences(_mapping(before[key]), _mapping(after[key])))
        elif before.get(key) != after.get(key):
            found.append(f"{name}: {'now' if key in after else 'no longer'} reads {key}")
    return list(dict.fromkeys(found))


def _limits(config: PipelineConfig) -> dict[str, float]:
    """Every limit of reading, by the name that messages call it by."""
    return {
        f"{part}.{name}": getattr(settings, name)
        for part, settings in (("ingest", config.ingest), ("run", config.run))
        for name, field in type(settings).model_fields.items()
        if LIMIT in field.metadata
    }


def _was(old: Recipe, name: str) -> Any:
    return _mapping(old.get("limits")).get(name, 0)


def _change(stage: str, part: str, key: str, before: object, after: object) -> str:
    if part == "config":
        return f"{stage}.{key}: {before} → {after}"
    if part == "models":
        return f"{stage}: model {key} changed" if before and after else f"{stage}: model {key}"
    return f"{stage}: {key} was fitted anew"


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
