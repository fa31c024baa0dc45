"""Chainer's own arithmetic alone: the part that backward shall not see is taken as an array.

``s - s.array`` is 0 forward and has the gradient of ``s``, the function whose derivative is the
declared backward. So whatever array is added to it is the forward value.

Where one meets it: in quantised networks, as the straight-through estimator.
What it costs: several passes over memory and as many temporaries, and a graph of three or five
nodes. Where ``s`` overflows the output is NaN, and -0.0 becomes 0.0. Coefficients are rounded to
the dtype of x, so float16 is off; where they are given per image, both branches are kept.
"""

from __future__ import annotations

from typing import Any

from chainer import Variable


def gradient_reversal(x: Variable, scale: Any) -> Variable:
    s = -scale * x
    return x.array + (s - s.array)


def mul_scalar(x: Variable, scalar: Any) -> Variable:
    return scalar * x


def shake_shake(x0: Variable, x1: Variable, alpha: Any, beta: Any) -> Variable:
    s = beta * x0 + (1 - beta) * x1
    return alpha * x0.array + (1 - alpha) * x1.array + (s - s.array)
