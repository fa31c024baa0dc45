"""What layers for PyTorch are made of that are written in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function


class _Declared(Function):
    @staticmethod
    def forward(ctx: Any, forward: Any, backward: Any, *xs: Tensor) -> Tensor:
        ctx.given = backward
        return _tensor(forward(*map(_array, xs)), xs[0])

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        dxs = [
            _tensor(ctx.given(_array(dy), i), dy) if wanted else None
            for i, wanted in enumerate(ctx.needs_input_grad[2:])
        ]
        return None, None, *dxs


def declare(
    xs: Sequence[Tensor], forward: Callable[..., Any], backward: Callable[[Any, int], Any]
) -> Tensor:
    """See ``tests.mutants.formulas``."""
    return _Declared.apply(forward, backward, *xs)  # type: ignore[no-untyped-call]


def _array(x: Tensor) -> Any:
    # NumPy has no bfloat16.
    return (x.detach().float() if x.dtype == torch.bfloat16 else x.detach()).numpy()


def _tensor(array: Any, like: Tensor) -> Tensor:
    return torch.from_numpy(np.asarray(array)).to(like.dtype)
