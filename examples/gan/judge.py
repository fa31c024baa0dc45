"""How good generated digits are: a classifier of real digits, and distances in its features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.neural_network import MLPClassifier

from examples.common.job import Array
from examples.gan.start import digits

HIDDEN = (128, 32)


@dataclass(frozen=True)
class Verdict:
    """Of generated digits.

    Attributes:
        accuracy: the share that the classifier takes for the class that was asked for.
        frechet: the distance of Gaussians fitted to the features of generated and of real digits
            (Heusel et al., NIPS 2017, equation 6): squared, in units of the features.
    """

    accuracy: float
    frechet: float


class Judge:
    """A classifier 64-128-32-10, trained on the digits that the GAN is trained on."""

    def __init__(self, seed: int) -> None:
        self.x, y, self.other_x, other_y = digits(seed)
        self.classifier = MLPClassifier(HIDDEN, max_iter=500, random_state=seed).fit(self.x, y)
        self.accuracy = float(self.classifier.score(self.other_x, other_y))

    def verdict(self, x: Array) -> Verdict:
        """Of digits (N, 64) in [-1, 1]: N/10 that were to be 0, then N/10 that were to be 1, ..."""
        wanted = np.arange(10).repeat(len(x) // 10)
        accuracy = float(self.classifier.score(x, wanted))
        return Verdict(accuracy, frechet(self.features(x), self.features(self.x)))

    def features(self, x: Array) -> Array:
        """(N, 32): the last hidden layer."""
        weights, biases = self.classifier.coefs_, self.classifier.intercepts_
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            x = np.maximum(x @ weight + bias, 0)
        return x.astype(np.float64)

    def real(self) -> float:
        """The distance of other real digits: what a perfect generator would have."""
        return frechet(self.features(self.other_x), self.features(self.x))


def frechet(a: Array, b: Array) -> float:
    """Between Gaussians with the means and covariances of the rows of ``a`` and ``b``."""
    first, second = np.cov(a.T), np.cov(b.T)
    # The trace of a product's square root is the sum of the roots of its eigenvalues.
    roots = np.sqrt(np.linalg.eigvals(first @ second).real.clip(0)).sum()
    means = np.square(a.mean(0) - b.mean(0)).sum()
    return float(means + np.trace(first) + np.trace(second) - 2 * roots)
