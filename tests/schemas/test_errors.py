"""Errors travel between processes whole."""

import pickle

import pytest

from schemas.errors import CorpusmillError, DamagedPart, DocumentRejected


@pytest.mark.parametrize(
    "error",
    [
        DocumentRejected("too_long", "the text has 9 characters"),
        DamagedPart("tokens/part-00003.parquet", "tokens", 3, "no magic bytes"),
    ],
)
def test_errors_keep_what_they_say(error: CorpusmillError) -> None:
    """Taken apart for another process and put together again, an error is the same."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes

    assert (str(again), vars(again)) == (str(error), vars(error))
