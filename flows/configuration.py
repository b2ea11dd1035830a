"""Settings from four places, each over the one before: default, file, environment, flag.

A file is TOML with a table a stage; an environment variable is `CORPUSMILL_TOPICS__COUNT=20`; a
flag is `--set topics.count=20`. Values of the last two are written as in TOML, quotes optional.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import get_args

from pydantic import ValidationError

from schemas.backfill import Backfill
from schemas.config import PipelineConfig, Settings
from schemas.errors import ConfigError
from schemas.training import (
    ClassifierTraining,
    RecognizerTraining,
    TaggerTraining,
    Task,
    TrainingConfig,
)

PREFIX = "CORPUSMILL_"
Value = object
TRAININGS = (ClassifierTraining, RecognizerTraining, TaggerTraining)
"""The settings of the trainings; each knows its tasks."""


@dataclass(frozen=True)
class Setting:
    """One setting as it holds: its dotted name, value, where that came from, what it means."""

    name: str
    value: Value
    origin: str
    description: str


def load(
    file: Path | None,
    environment: Mapping[str, str],
    flags: Sequence[str],
    *,
    base: PipelineConfig | None = None,
) -> tuple[PipelineConfig, dict[str, str]]:
    """The configuration, and the origin of each setting that is not of `base` or a default.

    Raises `ConfigError` that names the setting, its origin and the fix.
    """
    values: dict[str, Value] = {}
    origins: dict[str, str] = {}
    for name, value, origin in (*_file(file), *_environment(environment), *_flags(flags)):
        if name not in NAMES:
            raise ConfigError(f"{origin}: there is no setting {name}{_nearest(name)}")
        values[name], origins[name] = value, origin
    nested: dict[str, dict[str, Value]] = base.model_dump() if base else {}
    for name, value in values.items():
        stage, _, field = name.partition(".")
        nested.setdefault(stage, {})[field] = value
    try:
        return PipelineConfig.model_validate(nested), origins
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(error, origins))) from error


def training(task: str, file: Path | None, flags: Sequence[str]) -> TrainingConfig:
    """The settings of a training: the file's, and the flags over them.

    Raises `ConfigError` that names the setting, its origin and the fix.
    """
    if task not in get_args(Task):
        raise ConfigError(f"there is no training {task}; choose of {', '.join(get_args(Task))}")
    model = next(m for m in TRAININGS if task in get_args(m.model_fields["task"].annotation))
    values: dict[str, Value] = {"task": task}
    origins = {"task": "TASK"}
    written = [(name, value, str(file)) for name, value in _toml(file).items()]
    for name, value, origin in (*written, *_flags(flags)):
        if name not in model.model_fields or name == "task":
            near = difflib.get_close_matches(name, list(model.model_fields), n=1)
            known = f"did you mean {near[0]}?" if near else ", ".join(model.model_fields)
            raise ConfigError(f"{origin}: {task} has no setting {name}; {known}")
        values[name], origins[name] = value, origin
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(error, origins))) from error


def backfill(**asked: object) -> Backfill:
    """What a backfill is asked for on the command line.

    Raises `ConfigError` that names the option and the fix.
    """
    try:
        return Backfill.model_validate(asked)
    except ValidationError as error:
        lines = [
            f"--{problem['loc'][0]} {problem['input']}: {problem['msg']}"
            if problem["loc"]
            else problem["msg"].removeprefix("Value error, ")
            for problem in error.errors()
        ]
        raise ConfigError("\n".join(lines)) from error


def settings(config: PipelineConfig, origins: Mapping[str, str]) -> list[Setting]:
    """Every setting, in order of stage and field."""
    return [
        Setting(name, getattr(getattr(config, stage), field), origins.get(name, "default"), about)
        for name, (stage, field, about) in NAMES.items()
    ]


def _names() -> dict[str, tuple[str, str, str]]:
    found = {}
    for stage, part in PipelineConfig.model_fields.items():
        model = part.annotation
        if isinstance(model, type) and issubclass(model, Settings):
            for field, about in model.model_fields.items():
                found[f"{stage}.{field}"] = stage, field, about.description or ""
    return found


NAMES: Mapping[str, tuple[str, str, str]] = _names()
"""Stage, field and description of each setting, by its dotted name."""


def _file(file: Path | None) -> Iterator[tuple[str, Value, str]]:
    for stage, fields in _toml(file).items():
        if not isinstance(fields, dict):
            raise ConfigError(f"{file}: {stage} must be a table: [{stage}]{_nearest(stage)}")
        for field, value in fields.items():
            yield f"{stage}.{field}", value, str(file)


def _toml(file: Path | None) -> dict[str, Value]:
    """What a file says; nothing where there is none."""
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}") from error


def _environment(environment: Mapping[str, str]) -> Iterator[tuple[str, Value, str]]:
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and "__" in variable:
            name = variable.removeprefix(PREFIX).lower().replace("__", ".", 1)
            yield name, _parse(name, environment[variable]), variable


def _flags(flags: Sequence[str]) -> Iterator[tuple[str, Value, str]]:
    for flag in flags:
        name, sign, text = flag.partition("=")
        if not sign:
            raise ConfigError(f"--set {flag}: write it as name=value, such as topics.count=20")
        yield name.strip(), _parse(name.strip(), text), f"--set {name.strip()}"


def _parse(name: str, text: str) -> Value:
    """A value as TOML has it; what is no TOML value is a text; `none` where none is allowed."""
    if text.strip().lower() == "none" and name in NAMES and _takes_none(name):
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _takes_none(name: str) -> bool:
    stage, field, _ = NAMES[name]
    model = PipelineConfig.model_fields[stage].annotation
    if not (isinstance(model, type) and issubclass(model, Settings)):
        return False
    return NoneType in get_args(model.model_fields[field].annotation)


def _nearest(name: str) -> str:
    stages = list(PipelineConfig.model_fields)
    near = difflib.get_close_matches(name, [*NAMES, *stages], n=1)
    return f"; did you mean {near[0]}?" if near else "; `python -m flows config` lists all"


def _explain(error: ValidationError, origins: Mapping[str, str]) -> Iterator[str]:
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"][:2])
        if name in origins:
            yield f"{origins[name]}: {name} = {problem['input']!r}: {problem['msg']}"
        else:
            said = {origin for key, origin in origins.items() if key.startswith(f"{name}.")}
            message = problem["msg"].removeprefix("Value error, ")
            yield f"{', '.join(sorted(said)) or 'default'}: {message}"
