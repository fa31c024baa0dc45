"""What torch.compile shall not look into.

Importing this imports the compiler, which takes a second: so it is done when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from grl_torch._autograd.derivative import WithDerivativeOf


@torch.compiler.allow_in_graph  # type: ignore[untyped-decorator]
def in_graph(value: Tensor, surrogate: Tensor) -> Tensor:
    """Apply the Function as one step of the graph.

    torch.compile refuses a Function with a jvp, and under a torch.func transform it drops the
    backward of any other one in silence (pytorch issue 193279). It leaves this one alone.
    """
    y: Tensor = WithDerivativeOf.apply(value, surrogate)  # type: ignore[no-untyped-call]
    return y


@torch.compiler.disable  # type: ignore[untyped-decorator]
def uncompiled(function: Callable[..., Any], *inputs: Any) -> Any:
    """Call a function between two graphs: compiled code drops the tangents of dual numbers."""
    return function(*inputs)
