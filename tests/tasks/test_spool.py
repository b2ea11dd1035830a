"""Sequences on disk."""

import numpy as np

from tasks.spool import Spool


def test_sequences_come_back_in_any_order() -> None:
    """What was appended is read back, empty sequences too, as often as one likes."""
    with Spool() as spool:
        spool.append(np.array([1, 2, 3], np.int32), [2, 0, 1])
        spool.append(np.array([4], np.int32), [1])
        spool.seal()

        read = [spool[i].tolist() for i in (3, 0, 1, 2, 0)]

        assert read == [[4], [1, 2], [], [3], [1, 2]]
        assert [codes.tolist() for codes in spool] == [[1, 2], [], [3], [4]]


def test_nothing_was_appended() -> None:
    """An empty spool has no sequences."""
    with Spool() as spool:
        spool.seal()

        assert list(spool) == []
