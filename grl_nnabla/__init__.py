"""Custom-gradient layers for NNabla: gradient reversal, Shake-Shake and scalar multiply."""

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
