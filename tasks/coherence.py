"""How well the terms of a topic belong together."""

from collections.abc import Sequence

TOP_TERMS = 10
"""Terms of a topic that are judged."""


def npmi(topics: Sequence[Sequence[str]], texts: Sequence[Sequence[str]]) -> list[float]:
    """Normalized pointwise mutual information of each topic's ten best terms, -1 to 1.

    Pairs are counted in sliding windows of ten terms (`c_npmi` of Röder et al. 2015). Terms that no
    text holds are not judged; a topic of fewer than two others has 0.
    """
    from gensim.corpora import Dictionary
    from gensim.models import CoherenceModel

    seen = {term for text in texts for term in text}
    best = [[term for term in terms[:TOP_TERMS] if term in seen] for terms in topics]
    judged = [i for i, terms in enumerate(best) if len(terms) > 1]
    found = [0.0] * len(topics)
    if judged:
        model = CoherenceModel(
            topics=[best[i] for i in judged],
            texts=texts,
            dictionary=Dictionary(best),
            coherence="c_npmi",
            topn=TOP_TERMS,
            processes=1,
        )
        for i, value in zip(judged, model.get_coherence_per_topic(), strict=True):
            found[i] = float(value)
    return found


def diversity(topics: Sequence[Sequence[str]], *, top: int = 25) -> float:
    """Share of different terms among the best of all topics, 0 to 1 (Dieng et al. 2020)."""
    best = [term for terms in topics for term in terms[:top]]
    return len(set(best)) / len(best)
