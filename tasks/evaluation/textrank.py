"""Summaries of the sentences that most others are like."""

from tasks.evaluation.summaries import Document, lead

_DAMPING = 0.85


def textrank(document: Document) -> str:
    """The best sentences by PageRank over the graph of their likeness (Mihalcea and Tarau 2004).

    Likeness is the cosine of their words by TF-IDF, sentences being the documents. A text without
    words has its first sentences.
    """
    import networkx as nx
    from sklearn.feature_extraction.text import TfidfVectorizer

    sentences = document.sentences
    counts = TfidfVectorizer(token_pattern=r"\w+")  # noqa: S106  # a token of text
    if not any(map(counts.build_analyzer(), sentences)):
        return lead(document)
    vectors = counts.fit_transform(sentences)
    likeness = (vectors @ vectors.T).toarray()
    likeness[range(len(sentences)), range(len(sentences))] = 0
    ranks = nx.pagerank(nx.from_numpy_array(likeness), alpha=_DAMPING)
    best = sorted(ranks, key=lambda number: (-ranks[number], number))[: document.count]
    return " ".join(sentences[number] for number in sorted(best))
