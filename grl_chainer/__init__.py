"""Custom-gradient layers for Chainer: gradient reversal, Shake-Shake and scalar multiply."""

from grl_chainer.extensions import ScaleSchedule
from grl_chainer.gradient_reversal import GradientReversal, gradient_reversal
from grl_chainer.mul_scalar import MulScalar, mul_scalar
from grl_chainer.schedules import dann_scale
from grl_chainer.shake_shake import ShakeShake, shake_shake

__all__ = [
    "GradientReversal",
    "MulScalar",
    "ScaleSchedule",
    "ShakeShake",
    "dann_scale",
    "gradient_reversal",
    "mul_scalar",
    "shake_shake",
]
