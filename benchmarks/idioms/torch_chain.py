"""A pointwise chain, compiled as one: what a reversal in its middle is compared with.

Both halves are ``h * h + h``: so little arithmetic that memory decides, and a second pass over
it would show.
"""

from __future__ import annotations

import torch
from torch import Tensor


def half(h: Tensor) -> Tensor:
    return h * h + h


def _chain(x: Tensor, scale: float) -> Tensor:
    return half(half(x))


chain = torch.compile(_chain, fullgraph=True, dynamic=False)
