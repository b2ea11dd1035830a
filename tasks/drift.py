"""How far a corpus has moved from the one that something was fitted on.

A corpus is known by a *sketch*: its size, a digest of all its documents, and the 1,024 smallest
hashes of them. The share of smallest hashes that two sketches have in common estimates their
Jaccard likeness (bottom-k sketch: Cohen and Kaplan 2007); it is exact up to 1,024 documents.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from schemas.fingerprints import digest

_SMALLEST = 1024


@dataclass(frozen=True)
class Sketch:
    """A corpus in little room; see the module."""

    documents: int
    digest: str
    smallest: tuple[str, ...]

    def dumps(self) -> str:
        """As a JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> "Sketch":
        """From a JSON text."""
        said = json.loads(text)
        return cls(said["documents"], said["digest"], tuple(said["smallest"]))


def sketch(documents: Iterable[tuple[str, str]]) -> Sketch:
    """The sketch of a corpus given as pairs of `doc_id` and content key, in any order."""
    hashes = sorted(digest(pair)[:16] for pair in documents)
    return Sketch(len(hashes), digest(hashes), tuple(hashes[:_SMALLEST]))


def changed_share(fitted: Sketch, now: Sketch) -> float:
    """Documents added and removed since the fit, as a share of those it was fitted on.

    An edited document counts twice, as one gone and one come.
    """
    if fitted.digest == now.digest:
        return 0.0
    if not fitted.documents:
        return float("inf")
    if max(fitted.documents, now.documents) <= _SMALLEST:
        return len({*fitted.smallest} ^ {*now.smallest}) / fitted.documents
    union = sorted({*fitted.smallest, *now.smallest})[:_SMALLEST]
    both = len(set(union) & set(fitted.smallest) & set(now.smallest))
    likeness = both / len(union)
    total = (fitted.documents + now.documents) / (1 + likeness)
    return (1 - likeness) * total / fitted.documents
