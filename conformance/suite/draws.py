"""How likely drawn numbers are, if they are right: the probabilities of their faults."""

from __future__ import annotations

import numpy as np
from scipy import stats

from conformance.spec import Array

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


def of_independent(a: Array, b: Array) -> dict[str, float]:
    """Of pairs of independent numbers."""
    return {
        "correlated": float(stats.spearmanr(a.ravel(), b.ravel()).pvalue),
        # It may also be a function that is not monotonous (Chatterjee's xi).
        "a function of each other": float(stats.chatterjeexi(a.ravel(), b.ravel()).pvalue),
    }
