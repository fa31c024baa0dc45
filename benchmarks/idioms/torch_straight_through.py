"""The straight-through estimator as it is mostly written: ``s + (y - s).detach()``.

Where one meets it: in vector quantisation and binary networks, from where it is borrowed.
What it costs: exactness. ``s + (y - s)`` rounds twice: the reversal changes the last bit of
what it shall hand on, and Shake-Shake's error grows with ``s`` instead of with its terms. So
the benchmarks call it wrong; ``torch_composition`` does the same without that.
"""

from __future__ import annotations

from torch import Tensor


def gradient_reversal(x: Tensor, scale: float) -> Tensor:
    s = -scale * x
    return s + (x - s).detach()


def shake_shake(x0: Tensor, x1: Tensor, alpha: float | Tensor, beta: float | Tensor) -> Tensor:
    s = beta * x0 + (1 - beta) * x1
    return s + (alpha * x0 + (1 - alpha) * x1 - s).detach()
