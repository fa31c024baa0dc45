"""pytorchcv 0.0.74, a collection of vision models: the ``ShakeShake`` of its residual units.

It takes alpha, and draws beta itself in each backward pass: what is given here it cannot use,
and two backward passes over one graph disagree. So only its forward pass is right.
"""

from __future__ import annotations

from pytorchcv.models.shakeshakeresnet_cifar import ShakeShake
from torch import Tensor


def shake_shake(x0: Tensor, x1: Tensor, alpha: float | Tensor, beta: float | Tensor) -> Tensor:
    y: Tensor = ShakeShake.apply(x0, x1, alpha)
    return y
