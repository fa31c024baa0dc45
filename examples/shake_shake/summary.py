"""The numbers of Shake-Shake: intervals over seeds, the gradient's noise, and their lines."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import stats

from examples.common.job import Array

Errors = Mapping[str, Mapping[str, list[float]]]  # by variant and mode of the network
Noise = Mapping[str, Mapping[str, float]]  # by variant


def interval(values: list[float]) -> tuple[float, float]:
    """The mean, and what lies between it and the ends of its 95 % interval (Student's t)."""
    if len(values) < 2:
        return float(np.mean(values)), float("nan")
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values)), float(stats.t.ppf(0.975, len(values) - 1) * error)


def noise_of(gradients: Mapping[str, Array], even: str) -> dict[str, dict[str, float]]:
    """The spread of gradients about their mean, and the distance of that mean from ``even``'s.

    Args:
        gradients: by variant, (draws, parameters).
        even: the variant that draws nothing; both lengths are divided by that of its gradient.
    """
    target = gradients[even].astype(np.float64).mean(0)
    found = {}
    for variant, drawn in gradients.items():
        mean = drawn.astype(np.float64).mean(0)
        spread = np.sqrt(((drawn - mean) ** 2).sum(1).mean())
        found[variant] = {
            "spread": float(spread / np.linalg.norm(target)),
            "mean_apart": float(np.linalg.norm(mean - target) / np.linalg.norm(target)),
        }
    return found


def lines(backend: str, errors: Errors, noise: Noise, even: str) -> list[str]:
    """One for each variant of a framework."""
    found = [
        f"{backend}: test error in % with its 95 % interval over the seeds; the same less that of "
        f"{even}, seed by seed; in training mode; the gradient's spread"
    ]
    for variant, row in errors.items():
        less = np.subtract(row["error"], errors[even]["error"])
        percents = [
            "{:.1f} ± {:.1f}".format(*interval([100 * value for value in values]))
            for values in (row["error"], list(less), row["shaken"])
        ]
        found.append(f"  {variant}: {'; '.join(percents)}; {noise[variant]['spread']:.3f}")
    return found
