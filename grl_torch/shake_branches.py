"""Shake-Shake for any number of branches: a convex mix forward, independently another backward.

Gastaldi's paper has two branches (see ``shake_shake``); this is the same with more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from grl_torch._arguments import Factor, check_branches, fitted
from grl_torch._arrays import as_tensor, mix_all, times
from grl_torch._autograd import Declared, keep, kept


class _ShakeBranches(Declared):
    """Takes the branches, then all alphas and all betas, each in one tensor."""

    @staticmethod
    def forward(ctx: Any, *inputs: Tensor) -> Tensor:
        *branches, alphas, betas = inputs
        keep(ctx, betas)
        return mix_all(branches, alphas, in_place=ctx is not None)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        betas: Any = kept(ctx)
        pairs = zip(betas, ctx.needs_input_grad[:-2], strict=True)
        return (*(times(dy, beta) if wanted else None for beta, wanted in pairs), None, None)

    @staticmethod
    def surrogate(*inputs: Tensor) -> Tensor:
        *branches, _, betas = inputs
        return mix_all(branches, betas)


def shake_branches(
    branches: Sequence[Tensor], alpha: Sequence[Factor], beta: Sequence[Factor]
) -> Tensor:
    """Return ``sum(alpha[i] * branches[i])``; backward, mix by ``beta`` instead.

    Args:
        branches: two or more, of one shape and dtype: float16, bfloat16, float32 or float64.
        alpha: the factors of all branches but the last, which has the rest: 1 less their sum. See
            "Factors" in :mod:`grl_torch`, and "Errors" for what is raised. That the mix is
            convex, none below 0 and the sum not above 1, is not checked.
        beta: as ``alpha``.

    Returns:
        The mix, with the shape and dtype of the branches, rounded to it once. The gradient of
        each branch is its beta times ``dy``.
    """
    check_branches(*branches)
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


def _with_the_rest(name: str, given: Sequence[Factor], branches: Sequence[Tensor]) -> Tensor:
    """All coefficients in one tensor, the last branch's too; a copy of what was given."""
    if len(given) != len(branches) - 1:
        wanted = f"{len(branches) - 1} coefficients, one for each branch but the last"
        raise ValueError(f"{name} must hold {wanted}, got {len(given)}")
    x = branches[0]
    factors = [fitted(f"{name}[{i}]", c, x, of="x0", each="image") for i, c in enumerate(given)]
    rest = 1 - sum(factors)  # of numbers, exactly as they are given
    tensors = [as_tensor(factor, x) for factor in (*factors, rest)]
    return torch.stack(torch.broadcast_tensors(*tensors))
