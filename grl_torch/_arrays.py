"""The arithmetic of the layers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from grl_torch._arguments import HALVES, Factor, compute_dtype


def times(x: Tensor, factor: Factor) -> Tensor:
    """``factor * x``, rounded once to the dtype of ``x``."""
    if x.is_complex():
        # PyTorch would multiply by factor + 0i, which makes NaN of an infinite part.
        return torch.complex(times(x.real, factor), times(x.imag, factor))
    y = x * factor
    # A factor given as a tensor has the compute type, which can be wider than that of x.
    return y if y.dtype == x.dtype else y.to(x.dtype)


def mix(x0: Tensor, x1: Tensor, c: Factor, in_place: bool = False) -> Tensor:
    """``c * x0 + (1 - c) * x1``. In place, the sum takes no second fresh array.

    Not torch.lerp: it gives NaN for (inf, inf) and overflows where neither product does.
    """
    if x0.dtype in HALVES:  # in float32, so that the sum is rounded only once
        return mix(x0.float(), x1.float(), c, in_place).to(x0.dtype)
    return plus_product(x0 * c, x1, 1 - c, in_place)


def mix_all(xs: Sequence[Tensor], factors: Tensor, in_place: bool = False) -> Tensor:
    """The sum of ``factors[i] * xs[i]``. In place, it takes one fresh array."""
    if xs[0].dtype in HALVES:
        return mix_all([x.float() for x in xs], factors, in_place).to(xs[0].dtype)
    y = xs[0] * factors[0]
    for x, factor in zip(xs[1:], factors[1:], strict=True):
        y = plus_product(y, x, factor, in_place)
    return y


def plus_product(y: Tensor, x: Tensor, c: Factor, in_place: bool) -> Tensor:
    """``y + c * x``; in place, into ``y`` where PyTorch can."""
    if x.is_nested:  # there is no addcmul for these
        return y + x * c
    if not in_place:  # alpha= would crash the process where make_fx records forward mode
        return y.addcmul(x, as_tensor(c, x))
    return y.add_(x, alpha=c) if isinstance(c, float) else y.addcmul_(x, c)


def as_tensor(factor: Factor, x: Tensor) -> Tensor:
    """A factor as a tensor of the rank of ``x``."""
    if isinstance(factor, Tensor):
        return factor
    return torch.full((1,) * x.ndim, factor, dtype=compute_dtype(x), device=x.device)
