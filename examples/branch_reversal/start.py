"""The published numbers, and random ones."""

from __future__ import annotations

import numpy as np

from examples.common.job import Array

# Of the network in the article: the input, and the weight that both branches share.
PUBLISHED = {"x": -0.2905, "w": 0.5364}
SCALES = (1.0, 0.25)


def start(seed: int, dtype: str = "float32") -> dict[str, Array]:
    """``x`` and ``w`` of shape (9, 1): the published numbers first, and random ones."""
    rng = np.random.RandomState(seed)
    return {
        name: np.concatenate([[number], rng.standard_normal(8)])[:, None].astype(dtype)
        for name, number in PUBLISHED.items()
    }


def by_hand(start: dict[str, Array], scale: float | None) -> dict[str, Array]:
    """What the chain rule gives, in float64; ``scale`` is None without the layer.

    z = w h with h = w x: the branch above the layer gives dz/dw = h, the branch below gives
    w times what comes through the layer, and dh/dw = x.
    """
    x, w = (start[name].astype(np.float64) for name in ("x", "w"))
    through = 1.0 if scale is None else -scale
    return {"z": w * (w * x), "above": w * x, "below": through * w * x, "dw": (1 + through) * w * x}
