"""Models of the Hugging Face hub: where they are kept here, and how they get there.

A reference is `org/id@revision`. Models are kept in the cache of huggingface_hub (`HF_HOME`). A run
reads that cache and never the network, so that a missing model fails before any work begins and no
worker waits for a download; only `prefetch` downloads, and no file that can hold code.
"""

import re
from pathlib import Path

from schemas.errors import ModelError

_REFERENCE = re.compile(r"(?P<id>[\w.-]+/[\w.-]+)@(?P<revision>[\w.-]+)")
_FILES = (
    "*.safetensors", "*.json", "*.txt", "*.spm", "*spiece.model", "sentencepiece*.model",
    "tokenizer.model", "README.md", "LICENSE*",
)  # fmt: skip
"""Weights, settings, vocabularies and the card; no pickle, no Python."""
_NOT = "*/*"
"""Folders hold checkpoints and other formats of the same weights."""


def is_reference(text: str) -> bool:
    """Whether it has the form `org/id@revision`, and is no path that exists.

    >>> is_reference("some-org/a-model@0123abc"), is_reference("some-org/a-model")
    (True, False)
    """
    return _REFERENCE.fullmatch(text) is not None and not Path(text).exists()


def cached(reference: str) -> Path:
    """The directory of a model in the cache, named by its commit. Asks nothing of the network.

    Raises `ModelError` with the command that mends it, where the model is not there or not whole.
    """
    from huggingface_hub import constants
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return _snapshot(reference, local_files_only=True)
    except LocalEntryNotFoundError as error:
        raise ModelError(
            f"{reference}: it is not, or not as a whole, in {constants.HF_HUB_CACHE}: run `python "
            "-m flows models --prefetch` with the same settings to download it"
        ) from error


def prefetch(reference: str) -> Path:
    """Bring a model into the cache, its weights as safetensors only; the directory.

    Raises `ModelError` that names the fix, where the hub cannot be reached or refuses it.
    """
    from huggingface_hub import errors

    name, _, revision = reference.partition("@")
    try:
        return _snapshot(reference, local_files_only=False)
    except errors.GatedRepoError as error:
        raise ModelError(
            f"{reference}: its owner wants terms accepted: do so at https://huggingface.co/{name}, "
            "and set HF_TOKEN to a token of that account"
        ) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        raise ModelError(
            f"{reference}: the hub has no such model and revision: take both from "
            f"https://huggingface.co/{name}/commits/main, and set HF_TOKEN if it is private"
        ) from error
    except (errors.LocalEntryNotFoundError, ConnectionError, _http_error()) as error:
        raise ModelError(
            f"{reference}: the hub cannot be reached: connect, unset HF_HUB_OFFLINE, or set "
            f"HF_ENDPOINT to a mirror; else copy the files of {name} at {revision} to a directory "
            "and name that in the settings"
        ) from error


def _snapshot(reference: str, *, local_files_only: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    name, _, revision = reference.partition("@")
    try:
        return Path(
            snapshot_download(
                name,
                revision=revision,
                allow_patterns=list(_FILES),
                ignore_patterns=_NOT,
                local_files_only=local_files_only,
            )
        )
    except HFValidationError as error:
        raise ModelError(f"{reference}: that is no name of a hub model: {error}") from error


def _http_error() -> type[Exception]:
    """The error of every failed request, of whichever HTTP library the hub's client is built on."""
    from huggingface_hub.errors import HfHubHTTPError

    return next(base for base in HfHubHTTPError.__mro__ if base.__name__ == "HTTPError")
