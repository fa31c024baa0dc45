"""Shake-Shake for any number of branches: a convex mix forward, independently another backward.

Gastaldi's paper has two branches (see ``shake_shake``); this is the same with more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from grl_torch.declared import Declared
from grl_torch.factors import FLOATS, HALVES, as_tensor, check_tensor, fitted
from grl_torch.mul_scalar import times


class _ShakeBranches(Declared):
    """Takes the branches, then all alphas and all betas, each in one tensor."""

    @staticmethod
    def forward(ctx: Any, *inputs: Tensor) -> Tensor:
        *branches, alphas, betas = inputs
        ctx.save_for_backward(betas)
        return _mixed(branches, alphas, in_place=True)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        (betas,) = ctx.saved_tensors
        pairs = zip(betas, ctx.needs_input_grad[:-2], strict=True)
        return (*(times(dy, beta) if wanted else None for beta, wanted in pairs), None, None)

    @staticmethod
    def law(*inputs: Tensor) -> tuple[Tensor, Tensor]:
        *branches, alphas, betas = inputs
        return _mixed(branches, alphas), _mixed(branches, betas)


def _mixed(branches: Sequence[Tensor], coefficients: Tensor, in_place: bool = False) -> Tensor:
    """The sum of all products. In place, it takes one fresh array."""
    dtype = branches[0].dtype
    if dtype in HALVES:  # in float32, so that the sum is rounded only once
        return _mixed([x.float() for x in branches], coefficients, in_place).to(dtype)
    y = branches[0] * coefficients[0]
    for x, c in zip(branches[1:], coefficients[1:], strict=True):
        y = plus_product(y, x, c, in_place)
    return y


def plus_product(y: Tensor, x: Tensor, c: Tensor, in_place: bool) -> Tensor:
    """``y + c * x``; in place, into ``y`` where PyTorch can."""
    if x.is_nested:  # there is no addcmul for these
        return y + x * c
    return (y.addcmul_ if in_place else y.addcmul)(x, c)


def shake_branches(
    branches: Sequence[Tensor], alpha: Sequence[float | Tensor], beta: Sequence[float | Tensor]
) -> Tensor:
    """Return ``sum(alpha[i] * branches[i])``; backward, mix by ``beta`` instead.

    Args:
        branches: two or more, of one shape and dtype: float16, bfloat16, float32 or float64.
        alpha: the coefficients of all branches but the last, which has the rest: 1 less their
            sum. Each is a finite number, or a tensor that needs no gradient: one number, or one
            per image with shape (N, 1, ..., 1) and the rank of the branches. That the mix is
            convex, none below 0 and the sum not above 1, is not checked.
        beta: as ``alpha``.

    Returns:
        The mix, with the shape and dtype of the branches. The gradient of each is its beta
        times ``dy``. All is computed in float64 for float64, else in float32, and rounded once
        to the dtype of the branches.

    Raises:
        TypeError: a branch is not a tensor of these dtypes, or a coefficient not a real number.
        ValueError: the branches differ in shape, dtype or device, there are fewer than two, or
            a coefficient is missing, not finite, of another shape or device, or needs a gradient.
    """
    check_branches(branches)
    alphas = _with_the_rest("alpha", alpha, branches)
    betas = _with_the_rest("beta", beta, branches)
    y: Tensor = _ShakeBranches.call(*branches, alphas, betas)
    return y


def even_coefficients(count: int) -> list[float]:
    """Of all branches but the last, where there are ``count`` of them: each has the same part."""
    return [1 / (count + 1)] * count


def drawn_coefficients(uniform: Tensor) -> Tensor:
    """Coefficients drawn evenly from all convex mixes, of uniform numbers along the first axis.

    Sorted, they cut [0, 1] into pieces, whose lengths are the coefficients; the last piece is
    left out. One number is a coefficient itself: Shake-Shake's alpha.
    """
    cuts = uniform.sort(0).values
    return cuts.diff(dim=0, prepend=torch.zeros_like(cuts[:1]))


def check_branches(branches: Sequence[Tensor]) -> None:
    """Raise TypeError or ValueError where the branches cannot be mixed."""
    if len(branches) < 2:
        raise ValueError(f"branches must be two or more, got {len(branches)}")
    for i, x in enumerate(branches):
        check_tensor(f"x{i}", x, FLOATS)
        for what in ("shape", "dtype", "device"):
            wanted, got = getattr(branches[0], what), getattr(x, what)
            if got != wanted:
                raise ValueError(f"x{i} must have the {what} of x0, {wanted}, got {got}")


def _with_the_rest(
    name: str, given: Sequence[float | Tensor], branches: Sequence[Tensor]
) -> Tensor:
    """All coefficients in one tensor, the last branch's too; a copy of what was given."""
    if len(given) != len(branches) - 1:
        wanted = f"{len(branches) - 1} coefficients, one for each branch but the last"
        raise ValueError(f"{name} must hold {wanted}, got {len(given)}")
    x = branches[0]
    factors = [fitted(f"{name}[{i}]", c, x, of="x0", each="image") for i, c in enumerate(given)]
    tensors = [as_tensor(factor, x) for factor in factors]
    stacked = torch.stack(torch.broadcast_tensors(*tensors))
    return torch.cat([stacked, 1 - stacked.sum(0, keepdim=True)])
