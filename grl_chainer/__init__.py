"""Custom-gradient layers for Chainer: gradient reversal, Shake-Shake and scalar multiply.

Factors
-------
``scale``, ``scalar``, ``alpha`` and ``beta`` are given alike:

- a finite number: Python's, NumPy's, or a NumPy array that holds one, of shape () or (1,);
- one number per sample: a real array of shape (N, 1, ..., 1) with the rank of ``x``, on its device.
  These values are not checked, because reading them would make a GPU wait;
- a variable of one of these shapes that needs no gradient: a factor gets none.

A factor is captured at the call: changing it later changes no gradient of an earlier graph. It is
rounded once to the compute type, float64 where ``x`` is float64 and otherwise float32, and each
product once to the dtype of ``x``. A layer's link holds a number as a float, exactly.

Errors, raised before a graph is built, name the argument. TypeError: ``x`` is not a floating-point
array of NumPy or CuPy, or a factor is not a real number (a bool, a complex number, a text, a
duration). ValueError: a factor is not finite, or not in the compute type (1e39 in float32); it has
another shape or device, or needs a gradient; the branches of a Shake-Shake do not match.
"""

from grl_chainer.extensions import ScaleSchedule
from grl_chainer.gradient_reversal import (
    GradientReversal,
    GradientReversalFunction,
    gradient_reversal,
)
from grl_chainer.mul_scalar import MulScalar, MulScalarFunction, mul_scalar
from grl_chainer.schedules import dann_scale
from grl_chainer.shake_shake import ShakeShake, ShakeShakeFunction, shake_shake

__all__ = [
    "GradientReversal",
    "GradientReversalFunction",
    "MulScalar",
    "MulScalarFunction",
    "ScaleSchedule",
    "ShakeShake",
    "ShakeShakeFunction",
    "dann_scale",
    "gradient_reversal",
    "mul_scalar",
    "shake_shake",
]
