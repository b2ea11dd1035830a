"""How good a classifier is, and how far its probabilities can be believed."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.integer]


def scores(found: Ints, gold: Ints, labels: int) -> dict[str, float]:
    """Accuracy and the mean F1 of the labels, 0 to 1.

    >>> scores(np.array([0, 1, 1]), np.array([0, 0, 1]), 2)["macro_f1"]
    0.6666666666666666
    """
    each = []
    for label in range(labels):
        hit = int(((gold == label) & (found == label)).sum())
        said = int((gold == label).sum() + (found == label).sum())
        each.append(2 * hit / max(said, 1))
    return {"accuracy": float((found == gold).mean()), "macro_f1": sum(each) / labels}


def temperature(logits: Floats, gold: Ints) -> float:
    """The number that logits are divided by so that probabilities are as often right as they say.

    The one of least negative log-likelihood (Guo et al. 2017, section 4.2), between 0.25 and 4, to
    1 %.
    """
    tried = np.exp(np.arange(np.log(0.25), np.log(4.0), 0.01))
    return float(min(tried, key=lambda each: surprise(logits / each, gold)))


def softmax(logits: Floats) -> Floats:
    """Probabilities of the labels, float32 (n, labels)."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares


def surprise(logits: Floats, gold: Ints) -> float:
    """Mean negative log-likelihood of the labels, in nats."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    sums = np.log(np.exp(shifted).sum(axis=1))
    return float((sums - shifted[np.arange(len(gold)), gold]).mean())


def expected_error(probabilities: Floats, gold: Ints, bins: int = 15) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy (Guo et al. 2017).

    0 is perfect; `bins` of equal width over the confidence.
    """
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == gold
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        (place == b).mean() * abs(right[place == b].mean() - sure[place == b].mean())
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps))
