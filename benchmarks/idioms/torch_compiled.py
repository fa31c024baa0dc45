"""Our own functions, each compiled by itself with ``torch.compile``.

Where one meets it: hardly ever, and there is nothing to gain by it for one short function; a
compiled network compiles its layers together.
What it costs: seconds at the first call for each shape, dtype and number, and at every call the
checks that what was compiled still fits. It needs a C++ compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

import torch
from torch import Tensor

import grl_torch

P = ParamSpec("P")


def _compiled(function: Callable[P, Tensor]) -> Callable[P, Tensor]:
    compiled: Callable[P, Tensor] = torch.compile(  # type: ignore[call-overload]
        function,
        fullgraph=True,
        dynamic=False,
        # By default, 8 shapes and dtypes are the most. The annotations do not know the argument.
        recompile_limit=64,
    )
    return compiled


gradient_reversal = _compiled(grl_torch.gradient_reversal)
mul_scalar = _compiled(grl_torch.mul_scalar)
shake_shake = _compiled(grl_torch.shake_shake)
