"""Native functions only: no Python runs during a pass, and no gradient is written by hand.

`F.mul_scalar` is a scalar multiplication. For the others, `F.assign(dst, src)` has the value of
`src` and passes its gradient to `dst`: give it the layer's value, and a function whose true
derivative is the declared gradient. Such a layer runs wherever nnabla does, can be saved as .nnp
and loaded, and has next to no overhead. It pays with passes over memory for a value that nobody
looks at, and on a CPU with nnabla's slow arithmetic between arrays.

What it cannot have: a scalar that is exact in float16 networks, where nnabla rounds it to
float16; the sign of a gradient of zero, which nnabla's multiplication loses; and, but for
`mul_scalar`, `nn.grad`, which does not know `F.assign`.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np

from benchmarks.idioms.nnabla_function import captured


def gradient_reversal(x: nn.Variable, scale: Any) -> nn.Variable:
    return F.assign(_product(x, -captured(scale)), x)


def mul_scalar(x: nn.Variable, scalar: Any) -> nn.Variable:
    return _product(x, captured(scalar))


def shake_shake(x0: nn.Variable, x1: nn.Variable, alpha: Any, beta: Any) -> nn.Variable:
    y = _mix(x0, x1, captured(alpha))
    y.need_grad = False  # Else a gradient of zeros would go through this mix as well.
    return F.assign(_mix(x0, x1, captured(beta)), y)


def _mix(x0: nn.Variable, x1: nn.Variable, weight: Any) -> nn.Variable:
    return _product(x0, weight) + _product(x1, 1 - weight)


def _product(x: nn.Variable, factor: Any) -> nn.Variable:
    if isinstance(factor, float):
        return F.mul_scalar(x, factor)
    return x * nn.Variable.from_numpy_array(factor.astype(np.float32))
