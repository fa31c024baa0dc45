"""The scenes, drawn by NumPy, and the constants of the pursuit. Python 3.10."""

from __future__ import annotations

import numpy as np

from examples.common.job import Array

SCENES, BOIDS = 16, 12
MOMENTS = 30  # of a round
DT = 0.1  # from one to the next
GAIN = 3.0  # of the acceleration: how fast all turn
BOID_SPEED, PREDATOR_SPEED = 1.0, 1.2  # no one becomes faster
CLOSE, NEAR = 0.3, 1.0  # the ranges of separation, and of alignment and cohesion
SHARPNESS = 4.0  # of the soft minimum
RULES = ("separation", "alignment", "cohesion")  # of the flock
AIMS = ("nearest", "centre", "pace")  # of the predator
# Adam's eps stands elsewhere in each framework. So small it matters in none: no gradient is near 0.
EPS = 1e-30


def start(seed: int, dtype: str = "float32", bounded: bool = True) -> dict[str, Array]:
    """What a training starts from.

    Returns:
        x, v (SCENES, BOIDS, 2), where the boids are and how they move; p, q (SCENES, 2), the same
        of the predator; flock, predator (3,), the parameters. The weights are 2 sigmoid of them,
        or they themselves where they are not bounded: 1 for the flock, 0.095 for the predator,
        which hardly hunts at first.
    """
    rng = np.random.RandomState(seed)  # whose numbers no version of NumPy changes
    angle = rng.uniform(0, 2 * np.pi, SCENES)
    arrays = {
        "x": rng.uniform(-1, 1, (SCENES, BOIDS, 2)),
        "v": rng.normal(0, 0.5, (SCENES, BOIDS, 2)),
        "p": 2 * np.stack([np.cos(angle), np.sin(angle)], 1),
        "q": np.zeros((SCENES, 2)),
        "flock": np.full(len(RULES), 0.0),
        "predator": np.full(len(AIMS), -3.0),
    }
    if not bounded:
        for name in ("flock", "predator"):
            arrays[name] = 2 / (1 + np.exp(-arrays[name]))
    return {name: array.astype(dtype) for name, array in arrays.items()}
