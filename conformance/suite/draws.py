"""How likely drawn numbers are, if they are right: the probabilities of their faults."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
from scipy import stats

from ..spec import Array

# Of each of some twenty statistical tests that a run makes: in all, less than 1e-6.
FALSE_ALARM = 4e-8


def of_uniform(numbers: Array) -> dict[str, float]:
    """Of numbers of the uniform distribution on [0, 1), float32 ones or finer."""
    size = numbers.size
    equal = size - len(np.unique(numbers))
    # Float32 draws are multiples of 2**-24 at the coarsest, so few are equal.
    expected = max(size**2 / 2**25, 1e-3)
    return {
        "not uniform": float(stats.kstest(numbers.ravel(), "uniform").pvalue),
        # Such a gap at an end has this chance.
        "without the low end": float((1 - numbers.min()) ** size),
        "without the high end": float(numbers.max() ** size),
        "there more than once": float(stats.poisson.sf(equal - 1, expected)),
    }


def of_lags(alpha: Array, beta: Array) -> dict[str, float]:
    """Of passes (rows) of images (columns): any two, at whatever distance, are uncorrelated.

    So are |2 alpha - 1| and |2 beta - 1|, with each other and with the numbers themselves.
    """
    signals = (alpha, abs(2 * alpha - 1), beta, abs(2 * beta - 1))
    spectra = [np.fft.fft2((s - s.mean()) / s.std()) for s in signals]
    highest = 0.0
    for (i, one), (j, other) in combinations_with_replacement(enumerate(spectra), 2):
        correlation = np.fft.ifft2(one * other.conj()).real
        if i // 2 == j // 2:
            correlation[0, 0] = 0  # of numbers with themselves
        highest = max(highest, float(abs(correlation).max()))
    # Each is nearly normal, with a variance of 1 / size; there are 10 times size of them.
    p = 20 * alpha.size * float(stats.norm.sf(highest / np.sqrt(alpha.size)))
    return {"correlated": min(1.0, p)}


def of_independent(a: Array, b: Array) -> dict[str, float]:
    """Of pairs of independent numbers."""
    return {
        "correlated": float(stats.spearmanr(a.ravel(), b.ravel()).pvalue),
        # It may also be a function that is not monotonous (Chatterjee's xi).
        "a function of each other": float(stats.chatterjeexi(a.ravel(), b.ravel()).pvalue),
    }
