"""Custom-gradient layers for NNabla: gradient reversal, Shake-Shake and scalar multiply.

Inputs
    An ``nn.Variable``, or an ``nn.NdArray`` to be computed at once, of any shape, in float16,
    float32 or float64. Other numbers are read as float32, as nnabla's functions do, and so is the
    dtype of a Variable that has no values yet. Anything else is a TypeError, and a
    ``nn.ProtoVariable`` too, but within :func:`grl_nnabla.native.native_functions`.

Factors
    ``scale``, ``scalar``, ``alpha`` and ``beta`` are finite: one real number, also in an array of
    shape () or (1,), or one per sample in an array of shape (N, 1, ..., 1) and the rank of ``x``.

    - A number, a numpy array or an ``nn.NdArray`` is captured at the call, and checked there.
    - An ``nn.Variable`` that needs no gradient can follow a schedule in a static graph. Each
      forward pass captures its values, so setting them later changes no gradient of that pass;
      each checks that there are values, and that they are finite. What a pass raises, nnabla wraps
      in a SystemError. Values that are there when the graph is built are checked then, too.

    Factors are rounded once to the compute type, float64 for float64 and else float32, and a
    product once to the dtype of ``x``. ``1 - beta`` is formed in float64, and then rounded.

    A TypeError or ValueError names the argument: it is no real number, is not finite, cannot be
    held by the compute type (1e39 in float32), has another shape, needs a gradient or has no value.
"""

from grl_nnabla.gradient_reversal import GradientReversal, gradient_reversal
from grl_nnabla.mul_scalar import MulScalar, mul_scalar
from grl_nnabla.schedules import dann_scale
from grl_nnabla.shake_shake import ShakeShake, shake_shake

__all__ = [
    "GradientReversal",
    "MulScalar",
    "ShakeShake",
    "dann_scale",
    "gradient_reversal",
    "mul_scalar",
    "shake_shake",
]
