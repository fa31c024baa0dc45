"""rul-adapt 0.6.1, domain adaptation for remaining useful life: its ``GradientReversalLayer``."""

from __future__ import annotations

from functools import lru_cache

from torch import Tensor

from benchmarks.idioms.bare_import import bare_import

# Imported as a whole it needs 22 further packages.
_layer = lru_cache(bare_import("rul_adapt.loss.adaption").GradientReversalLayer)


def gradient_reversal(x: Tensor, scale: float) -> Tensor:
    y: Tensor = _layer(scale)(x)
    return y
