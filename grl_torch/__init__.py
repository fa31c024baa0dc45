"""Custom-gradient layers for PyTorch: gradient reversal, Shake-Shake and scalar multiply.

Factors
    The ``scale``, the ``scalar``, ``alpha`` and ``beta`` are each a finite number, a tensor of one
    number, or a tensor of one number per sample, with shape (N, 1, ..., 1) and the rank of ``x``.
    A tensor gets no gradient and must require none; its values are not checked, because a check
    would make a GPU wait. The forward pass captures a factor: a later change alters no gradient
    of that graph. A factor is rounded once to the compute type (float64 for float64 and
    complex128, else float32), and each result once to the dtype of ``x``.

Errors
    A TypeError where an input is no tensor of the dtypes that are named, or a factor holds no real
    numbers. A ValueError where a factor is not finite in the compute type, has another shape or
    device, or requires a gradient; and where branches differ in shape, dtype or device. Each
    message names the argument, what came and what is wanted.
"""

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
