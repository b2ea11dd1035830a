"""Topics of a new fit told by those of the last: the same, split, merged, born, died.

Two topics are alike by the cosine of their distributions over terms, in the vocabulary of both. The
pairs of greatest likeness in sum, one to one, are found by optimal assignment (Kuhn 1955, as Greene
et al. 2014 match topics); those alike enough are the same topic and keep its `topic_uid`. What is
left over is told by its nearest neighbour in the other fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.topic_model import Floats, TopicModel

KEPT, SPLIT, MERGED, BORN, DIED = "kept", "split", "merged", "born", "died"


@dataclass(frozen=True)
class Event:
    """What became of a topic in a fit."""

    event: str
    """kept, split (new, out of another), merged (gone, into another), born or died."""
    topic_uid: str
    other_topic_uid: str
    """The topic that it was split from or merged into; its own where kept, else empty."""
    similarity: float
    """Cosine with that topic; of the nearest one where it was born or died."""


@dataclass(frozen=True)
class Matching:
    """The topics of two fits."""

    topic_uids: tuple[str, ...]
    """Of the new fit, in its order: those of the topics that they are the same as, or new ones."""
    events: tuple[Event, ...]


def matched(old: TopicModel, new: TopicModel, *, least: float) -> Matching:
    """Tell the topics of a fit by those of the last.

    `least` is the likeness, 0 to 1, from which two topics are the same, or one is a part of the
    other.
    """
    from scipy.optimize import linear_sum_assignment

    alike = similarities(old, new)
    same = {
        int(j): int(i)
        for i, j in zip(*linear_sum_assignment(-alike), strict=True)
        if alike[i, j] >= least
    }
    uids = tuple(
        old.topic_uids[same[j]] if j in same else uid for j, uid in enumerate(new.topic_uids)
    )
    return Matching(uids, tuple(_events(old.topic_uids, uids, alike, same, least)))


def first(new: TopicModel) -> Matching:
    """The topics of a first fit: all are born."""
    return Matching(new.topic_uids, tuple(Event(BORN, uid, "", 0.0) for uid in new.topic_uids))


def similarities(old: TopicModel, new: TopicModel) -> Floats:
    """Cosine of each old topic (row) with each new one (column)."""
    terms = {term: number for number, term in enumerate(sorted({*old.terms, *new.terms}))}
    found: Floats = _directions(old, terms).T @ _directions(new, terms)
    return found


def _directions(model: TopicModel, terms: Mapping[str, int]) -> Floats:
    """Distributions over terms as columns of unit length, in a common vocabulary."""
    places = np.array([terms[term] for term in model.terms])
    columns = np.zeros((len(terms), model.weights.shape[1]), np.float32)
    columns[places] = model.weights
    found: Floats = columns / np.linalg.norm(columns, axis=0)
    return found


def _events(
    before: Sequence[str],
    after: Sequence[str],
    alike: npt.NDArray[np.float32],
    same: Mapping[int, int],
    least: float,
) -> Iterator[Event]:
    for j, uid in enumerate(after):
        if j in same:
            yield Event(KEPT, uid, uid, float(alike[same[j], j]))
            continue
        i = int(alike[:, j].argmax())
        near = float(alike[i, j])
        yield Event(SPLIT, uid, before[i], near) if near >= least else Event(BORN, uid, "", near)
    for i, uid in enumerate(before):
        if i in same.values():
            continue
        j = int(alike[i].argmax())
        near = float(alike[i, j])
        yield Event(MERGED, uid, after[j], near) if near >= least else Event(DIED, uid, "", near)
