"""How well the terms of a topic belong together."""

import math
from collections.abc import Sequence

TOP_TERMS = 10
"""Terms of a topic that are judged."""


def npmi(topics: Sequence[Sequence[str]], texts: Sequence[Sequence[str]]) -> list[float]:
    """Normalized pointwise mutual information of each topic's ten best terms, -1 to 1.

    Pairs are counted in sliding windows of ten terms, the measure `c_npmi` of Röder et al. 2015;
    a topic of one term has 0.
    """
    from gensim.corpora import Dictionary
    from gensim.models import CoherenceModel

    best = [list(terms[:TOP_TERMS]) for terms in topics]
    model = CoherenceModel(
        topics=best,
        texts=texts,
        dictionary=Dictionary(best),
        coherence="c_npmi",
        topn=TOP_TERMS,
        processes=1,
    )
    found = [float(value) for value in model.get_coherence_per_topic()]
    return [0.0 if math.isnan(value) else value for value in found]


def diversity(topics: Sequence[Sequence[str]], *, top: int = 25) -> float:
    """Share of different terms among the best of all topics, 0 to 1 (Dieng et al. 2020)."""
    best = [term for terms in topics for term in terms[:top]]
    return len(set(best)) / len(best)
