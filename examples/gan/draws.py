"""What a step draws: the same in each framework, and again after a resume. Python 3.10, NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from examples.common.job import Array, Arrays, Settings

BATCH = 64
LATENT = 16


@dataclass(frozen=True)
class Draw:
    """One step's.

    Attributes:
        z: (BATCH, LATENT), standard normal.
        wanted: (BATCH, 10), one-hot: the classes that are to be generated.
        x: (BATCH, 64), real digits in [-1, 1].
        shown: (BATCH, 10), one-hot: their classes.
        noise: (2, BATCH, 64), for the digits that the discriminator sees: generated, real. It
            falls linearly to 0 over the training, and is 0 without the option "noise".
    """

    z: Array
    wanted: Array
    x: Array
    shown: Array
    noise: Array


def draw(start: Arrays, settings: Settings, step: int) -> Draw:
    """Those of a step, of the training's dtype."""
    options, dtype = settings.options, settings.dtype
    rng = np.random.RandomState([options["seed"], step])
    classes = np.eye(10, dtype=dtype)
    rows = rng.randint(0, len(start["x"]), BATCH)
    x = start["x"][rows]
    noise = np.zeros((2, *x.shape), dtype)
    if options["noise"]:
        level = options["noise"] * (1 - step / settings.steps)
        noise = (level * rng.standard_normal(noise.shape)).astype(dtype)
    return Draw(
        z=rng.standard_normal((BATCH, LATENT)).astype(dtype),
        wanted=classes[rng.randint(0, 10, BATCH)],
        x=x,
        shown=classes[start["y"][rows]],
        noise=noise,
    )


def shown_at(steps: int) -> list[int]:
    """The steps after which samples are kept: a sixteenth, an eighth, ... of them, and the last."""
    return sorted({max(1, steps // part) for part in (16, 8, 4, 2, 1)})
