"""Word pieces: batches of like length, padding, the longest that a model takes."""

import numpy as np
import pytest
from tokenizers import Tokenizer

from tasks.pieces import Pieces
from tests.small_models import SmallModels


@pytest.fixture
def pieces(small_models: SmallModels) -> Pieces:
    """One piece a letter, of 20 at most."""
    tokenizer = Tokenizer.from_file(str(small_models.encoder / "tokenizer.json"))
    return Pieces(tokenizer, max_tokens=20, pad_id=0)


@pytest.mark.parametrize(
    ("letters", "batches"),
    [
        ([], []),
        ([3, 3, 3], [[0, 1, 2]]),
        ([9, 2, 9, 3], [[1, 3], [0, 2]]),
        ([1, 5, 12, 18], [[0], [1], [2], [3]]),
        ([16] * 200, [[*range(113)], [*range(113, 200)]]),
    ],
)
def test_batches_texts_of_like_length(
    pieces: Pieces, letters: list[int], batches: list[list[int]]
) -> None:
    """Shortest first, none much shorter than another, 2,048 pieces at most."""
    found = pieces.batches(["a" * n for n in letters])

    assert [batch.texts for batch in found] == batches


def test_pads_to_the_longest_of_a_batch(pieces: Pieces) -> None:
    """The mask says what is padding."""
    (batch,) = pieces.batches(["abc", "ab"])

    assert batch.ids.shape == (2, 5)
    assert batch.mask.tolist() == [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]
    assert batch.ids[0, -1] == 0


def test_cuts_off_what_the_model_cannot_take(pieces: Pieces) -> None:
    """The special pieces stay at both ends."""
    whole, cut = pieces.ids("a" * 18), pieces.ids("a" * 50)

    assert len(whole) == 20
    assert cut == whole


def test_forgets_the_padding_of_the_file(small_models: SmallModels) -> None:
    """Some tokenizer files bake padding and truncation in."""
    tokenizer = Tokenizer.from_file(str(small_models.encoder / "tokenizer.json"))
    tokenizer.enable_padding(length=64)
    tokenizer.enable_truncation(4)

    made = Pieces(tokenizer, max_tokens=20, pad_id=0)

    assert len(made.ids("a" * 10)) == 12
    assert np.diff([made.windows("a b c d e f g", max_tokens=20)[0]]).tolist() == [[13]]
