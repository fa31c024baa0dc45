"""The pointwise chain of ``torch_chain`` with our reversal in its middle, compiled as one."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmarks.idioms.torch_chain import half
from grl_torch import gradient_reversal


def _chain(x: Tensor, scale: float) -> Tensor:
    return half(gradient_reversal(half(x), scale))


chain = torch.compile(_chain, fullgraph=True, dynamic=False)
