"""torch-gradient-reversal 1.0.0, an operator made by ``torch.library``: its function.

Its module ``GradientReversalLayer`` does the same, but keeps the scale as a float32 tensor and
reads it at every call.
"""

from __future__ import annotations

import gradient_reversal as package
from torch import Tensor


def gradient_reversal(x: Tensor, scale: float) -> Tensor:
    y: Tensor = package.gradient_reversal(x, scale)
    return y
