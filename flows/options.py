"""What the commands share: their options, their settings, and what errors look like."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.remedies import remedy
from schemas.errors import ConfigError, CorpusmillError
from schemas.stages import StageName

if TYPE_CHECKING:
    from schemas.config import PipelineConfig

FAILED, USAGE, REJECTS = 1, 2, 3

Corpus = Annotated[
    str,
    typer.Argument(
        metavar="CORPUS",
        help="A folder, a file, a glob pattern in quotes, a file list (@list.txt), or a URL such "
        "as s3://bucket/texts.",
    ),
]
Results = Annotated[
    str,
    typer.Option("--results", help="Folder of the tables, or a URL such as s3://bucket/results."),
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="TOML file of settings.")]
Flags = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting, such as topics.count=20."),
]
Stages = Annotated[
    str | None,
    typer.Option("--stages", help="Stages wanted, by comma; those that they read come along."),
]
PartitionSize = Annotated[
    int | None, typer.Option("--partition-size", help="Documents a part file.")
]
Workers = Annotated[
    int | None, typer.Option("--workers", help="Worker processes; one a core by default.")
]
Runner = Annotated[
    str | None, typer.Option("--runner", help="local, or dask: on the workers of a cluster.")
]
DaskAddress = Annotated[
    str | None,
    typer.Option("--dask-address", help="Scheduler of the cluster, such as tcp://host:8786."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
RESULTS = "results"


def configured(
    file: Path | None, flags: list[str] | None, **own: int | str | None
) -> "tuple[PipelineConfig, dict[str, str]]":
    """The configuration; flags of their own, such as --workers, are settings of `run`."""
    from flows import configuration

    extra = [f"run.{name}={value}" for name, value in own.items() if value is not None]
    return configuration.load(file, os.environ, [*(flags or []), *extra])


@contextmanager
def errors() -> Iterator[None]:
    """Errors raised on purpose become one message and an exit code."""
    try:
        yield
    except ConfigError as error:
        _fail(error, USAGE)
    except CorpusmillError as error:
        _fail(error, FAILED)
    except OSError as error:
        what = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        _fail(CorpusmillError(f"{what}; {remedy(error)}"), FAILED)


def _fail(error: Exception, code: int) -> None:
    typer.secho(f"Error: {error}", err=True, fg=typer.colors.RED)
    raise typer.Exit(code)


def stages_named(text: str | None) -> tuple[StageName, ...]:
    """The stages of `--stages`; all where none is given. Raises `ConfigError` on an unknown one."""
    names = [name.strip() for name in text.split(",")] if text else list(StageName)
    unknown = [name for name in names if name not in set(StageName)]
    if unknown:
        raise ConfigError(f"--stages: there is no {unknown[0]}; choose of {', '.join(StageName)}")
    return tuple(StageName(name) for name in names)
