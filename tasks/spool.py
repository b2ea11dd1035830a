"""Many short sequences of numbers on disk, to go over them often and in any order.

Memory is a few bytes a sequence, whatever their length. The file is temporary and has no name.
"""

import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int32]


class Spool:
    """Sequences of int32, appended one after another; use it in a `with` statement."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="corpusmill-")  # noqa: SIM115  closed by __exit__
        self._ends: list[npt.NDArray[np.int64]] = []
        self._bounds: npt.NDArray[np.int64] = np.zeros(1, np.int64)
        self._values: Codes = np.zeros(0, np.int32)

    def append(self, codes: Codes, lengths: Sequence[int] | npt.NDArray[np.int64]) -> None:
        """Add sequences of these lengths that stand one after another in `codes`."""
        self._file.write(np.ascontiguousarray(codes, np.int32).data)
        self._ends.append(np.asarray(lengths, np.int64))

    def seal(self) -> None:
        """No more will be added; the sequences can be read now."""
        self._file.flush()
        self._bounds = np.concatenate([[0], *self._ends]).cumsum(dtype=np.int64)
        self._ends = []
        if self._bounds[-1]:
            self._values = np.memmap(self._file, np.int32, "r")

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def __getitem__(self, i: int) -> Codes:
        return self._values[self._bounds[i] : self._bounds[i + 1]]

    def __iter__(self) -> Iterator[Codes]:
        return (self[i] for i in range(len(self)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._values = np.zeros(0, np.int32)
        self._file.close()
