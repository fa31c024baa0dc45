"""The layers as graphs of nnabla's own functions, for a .nnp file."""

from __future__ import annotations

from typing import Any

import nnabla as nn

from grl_nnabla import gradient_reversal, mul_scalar, native, shake_shake


def native_gradient_reversal(x: Any, scale: Any) -> Any:
    return _native(gradient_reversal, x, scale)


def native_mul_scalar(x: Any, scalar: Any) -> Any:
    return _native(mul_scalar, x, scalar)


def native_shake_shake(x0: Any, x1: Any, alpha: Any, beta: Any) -> Any:
    return _native(shake_shake, x0, x1, alpha, beta)


def _native(layer: Any, *given: Any) -> Any:
    # A .nnp file keeps no arrays.
    variables = [
        nn.Variable.from_numpy_array(value.data) if isinstance(value, nn.NdArray) else value
        for value in given
    ]
    with native.native_functions():
        return layer(*variables)


LAYERS = {
    "native_gradient_reversal": "gradient_reversal",
    "native_mul_scalar": "mul_scalar",
    "native_shake_shake": "shake_shake",
}
