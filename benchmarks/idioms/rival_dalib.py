"""dalib 0.2, the release of the Transfer Learning Library (tllib): its ``GradientReverseLayer``."""

from __future__ import annotations

from dalib.modules.grl import GradientReverseLayer
from torch import Tensor

_layer = GradientReverseLayer()  # it takes the scale with each call


def gradient_reversal(x: Tensor, scale: float) -> Tensor:
    y: Tensor = _layer(x, scale)
    return y
