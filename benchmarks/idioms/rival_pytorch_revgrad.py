"""pytorch-revgrad 0.2.0, the package that is only about this: its module ``RevGrad``."""

from __future__ import annotations

from functools import lru_cache

from pytorch_revgrad import RevGrad
from torch import Tensor

_layer = lru_cache(RevGrad)  # its users build it once


def gradient_reversal(x: Tensor, scale: float) -> Tensor:
    y: Tensor = _layer(scale)(x)
    return y
