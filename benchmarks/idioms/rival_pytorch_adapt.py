"""pytorch-adapt 0.0.83, a library of domain adaptation: its layer ``GradientReversal``."""

from __future__ import annotations

from functools import lru_cache

from pytorch_adapt.layers import GradientReversal
from torch import Tensor

_layer = lru_cache(GradientReversal)  # its users build it once


def gradient_reversal(x: Tensor, scale: float) -> Tensor:
    y: Tensor = _layer(scale)(x)
    return y
