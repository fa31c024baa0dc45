"""Custom-gradient layers for PyTorch: gradient reversal, Shake-Shake and scalar multiply."""

from grl_torch.gradient_reversal import GradientReversal, gradient_reversal
from grl_torch.mul_scalar import MulScalar, mul_scalar
from grl_torch.scheduler import ScaleScheduler, warm_start_scale
from grl_torch.schedules import dann_scale
from grl_torch.shake_branches import shake_branches
from grl_torch.shake_shake import ShakeShake, shake_shake

__all__ = [
    "GradientReversal",
    "MulScalar",
    "ScaleScheduler",
    "ShakeShake",
    "dann_scale",
    "gradient_reversal",
    "mul_scalar",
    "shake_branches",
    "shake_shake",
    "warm_start_scale",
]
