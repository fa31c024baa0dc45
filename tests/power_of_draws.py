"""How small a fault of drawn coefficients the suite sees, and how often it sees one that is none.

    .envs/controller/bin/python -m tests.power_of_draws [--times 200]

A layer that draws for each image gives 8,192 numbers in the quick run and 65,536 in the full one.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from scipy import stats

from conformance.spec import Array
from conformance.suite.draws import FALSE_ALARM, of_independent, of_lags, of_uniform

SIZES = {"quick": 8192, "full": 65_536}
IMAGES = 256  # in a pass
Draw = Callable[[Array, Array, float], tuple[Array, Array]]


def _correlated(a: Array, b: Array, rho: float) -> tuple[Array, Array]:
    """b is a with this probability, which is then the correlation."""
    return a, np.where(np.random.default_rng(len(a)).random(len(a)) < rho, a, b)


def _distant(a: Array, b: Array, rho: float) -> tuple[Array, Array]:
    """An image has this correlation, of normal scores, with that of 100 images before."""
    scores = stats.norm.ppf(np.clip(a, 1e-9, 1 - 1e-9)).reshape(-1, IMAGES)
    mixed = rho * np.roll(scores, 100, axis=1) + np.sqrt(1 - rho**2) * scores
    return stats.norm.cdf(mixed).ravel(), b


# Each makes of two right samples two with a fault of some size.
FAULTS: dict[str, tuple[Draw, tuple[float, ...]]] = {
    "a mean that is off by": (
        lambda a, b, d: (a ** (1 / (0.5 + d) - 1), b),
        (0.04, 0.025, 0.0125, 0.005),
    ),
    "both ends left out, each": (
        lambda a, b, d: (d + (1 - 2 * d) * a, b),
        (0.01, 0.005, 0.001),
    ),
    "a correlation of": (_correlated, (0.15, 0.08, 0.04, 0.02)),
    "a correlation of images 100 apart of": (_distant, (0.15, 0.08, 0.04)),
    "beta = |2 alpha - 1| but for noise of": (
        lambda a, b, d: (a, np.abs(2 * a - 1) * (1 - d) + d * b),
        (0.0, 0.5),
    ),
    "a grid of": (lambda a, b, d: (np.floor(a / d) * d, b), (2.0**-11, 2.0**-16)),
    "nothing wrong": (lambda a, b, d: (a, b), (0.0,)),
}


def main() -> None:
    """Print the share that is seen, for each fault, size of it and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    times = parser.parse_args().times
    print("| fault | size | quick | full |\n|---|---|---|---|")
    for fault, (draw, amounts) in FAULTS.items():
        for amount in amounts:
            shares = []
            for size in SIZES.values():
                seen = 0
                for number in range(times):
                    a, b = np.random.default_rng([number, size]).random((2, size))
                    a, b = draw(a, b, amount)
                    rows = (a.reshape(-1, IMAGES), b.reshape(-1, IMAGES))
                    tests = (of_uniform(a), of_independent(a, b), of_lags(*rows))
                    seen += min(p for test in tests for p in test.values()) <= FALSE_ALARM
                shares.append(f"{seen / times:.0%}")
            print(f"| {fault} | {amount:.2g} | {' | '.join(shares)} |", flush=True)


if __name__ == "__main__":
    main()
