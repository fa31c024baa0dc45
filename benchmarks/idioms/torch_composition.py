"""Native operations alone: what backward shall not see is detached.

``s - s.detach()`` is 0 forward and has the gradient of ``s``, the function whose derivative is
the declared backward. Whatever is added to it, detached, is the forward value.

Where one meets it: in losses and quantisers, as a careful straight-through estimator.
What it costs: several passes over memory and as many temporaries, which no large array forgives.
In return it works under all that PyTorch can do with its own operations. Where ``s`` overflows
or is NaN, so is the output, and -0.0 becomes 0.0; Shake-Shake rounds as the classic one does.
"""

from __future__ import annotations

from torch import Tensor


def gradient_reversal(x: Tensor, scale: float) -> Tensor:
    s = -scale * x
    return x.detach() + (s - s.detach())


def mul_scalar(x: Tensor, scalar: float) -> Tensor:
    return scalar * x


def shake_shake(x0: Tensor, x1: Tensor, alpha: float | Tensor, beta: float | Tensor) -> Tensor:
    s = beta * x0 + (1 - beta) * x1
    return (alpha * x0 + (1 - alpha) * x1).detach() + (s - s.detach())
