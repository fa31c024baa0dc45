"""Shake-Shake: two branches mixed by alpha forward and, independently, by beta backward.

Source: Gastaldi, "Shake-Shake regularization" (2017), https://arxiv.org/abs/1705.07485,
equations 2 and 3, and section 2.1 for the modes and levels.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from grl_torch._arguments import Factor, check_branches, check_choice, compute_dtype, fitted
from grl_torch._arrays import mix, times
from grl_torch._autograd import Declared, keep, kept
from grl_torch._draws import uniform
from grl_torch.shake_branches import drawn_coefficients, even_coefficients, shake_branches

# Which coefficient is drawn; the other one of a pair is 1/2, or ("keep") the same as alpha.
MODES = ("shake-shake", "shake-even", "shake-keep", "even-shake", "even-even")
LEVELS = ("image", "batch")


class _ShakeShake(Declared):
    """Takes both coefficients as inputs, so that every backward pass uses the same beta."""

    @staticmethod
    def forward(ctx: Any, x0: Tensor, x1: Tensor, alpha: Factor, beta: Factor) -> Tensor:
        keep(ctx, beta)  # the branches themselves are not needed again
        return mix(x0, x1, alpha, in_place=ctx is not None)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        beta = kept(ctx)
        wants_dx0, wants_dx1, *_ = ctx.needs_input_grad
        dx0 = times(dy, beta) if wants_dx0 else None
        dx1 = times(dy, 1 - beta) if wants_dx1 else None
        return dx0, dx1, None, None

    @staticmethod
    def surrogate(x0: Tensor, x1: Tensor, alpha: Factor, beta: Factor) -> Tensor:
        return mix(x0, x1, beta)


def shake_shake(x0: Tensor, x1: Tensor, alpha: Factor, beta: Factor) -> Tensor:
    """Return ``alpha * x0 + (1 - alpha) * x1``; backward, mix by ``beta`` instead.

    Args:
        x0: the first branch, any shape; float16, bfloat16, float32 or float64.
        x1: the second branch, with the shape and dtype of ``x0``: nothing broadcasts.
        alpha: the factor of ``x0``; see "Factors" in :mod:`grl_torch`, and "Errors" for what is
            raised. 1 - alpha is formed before alpha is rounded.
        beta: as ``alpha``.

    Returns:
        The mix, with the shape and dtype of the branches, rounded to it once. The gradients are
        ``beta * dy`` and ``(1 - beta) * dy``.

    Examples:
        >>> x0, x1 = (torch.tensor([v], requires_grad=True) for v in (1.0, 2.0))
        >>> y = shake_shake(x0, x1, alpha=0.75, beta=0.25)
        >>> y.backward()
        >>> print(y.item(), x0.grad.item(), x1.grad.item())
        1.25 0.25 0.75
    """
    check_branches(x0, x1)
    alpha = fitted("alpha", alpha, x0, of="x0", each="image")
    beta = fitted("beta", beta, x0, copy=True, of="x0", each="image")
    y: Tensor = _ShakeShake.call(x0, x1, alpha, beta)
    return y


class ShakeShake(nn.Module):
    """:func:`shake_shake` with coefficients drawn uniformly from [0, 1), once a forward pass.

    In eval mode both coefficients are 1/2 and nothing is drawn. Given n branches, more than two,
    it draws n coefficients evenly from all whose sum is 1, where two branches have alpha and
    1 - alpha; in eval mode each is 1/n. See :func:`shake_branches`.

    Args:
        mode: what is drawn. "shake-shake": alpha and beta; "shake-even": alpha, beta is 1/2;
            "shake-keep": alpha, beta is the same; "even-shake": beta, alpha is 1/2;
            "even-even": nothing, both are 1/2.
        level: "image" for coefficients per image, "batch" for one pair for the batch.
        generator: where the numbers come from, on the device of the branches. If None, PyTorch's
            default generator; where torch.distributed has several ranks, each then takes other
            numbers, though all have the same seed. Ranks that shall draw the same (of one
            tensor-parallel group, say) need a generator with one seed, or ``alpha`` and ``beta``.

    Raises:
        ValueError: ``mode`` or ``level`` is unknown.
        RuntimeError: in the backward pass, where activation checkpointing runs the layer again
            and it draws from ``generator``, which PyTorch does not set back.
    """

    def __init__(
        self,
        mode: str = "shake-shake",
        level: str = "image",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_choice("mode", mode, MODES)
        check_choice("level", level, LEVELS)
        self.mode = mode
        self.level = level
        self.generator = generator

    def forward(
        self, x0: Tensor, x1: Tensor, *more: Tensor, alpha: Any = None, beta: Any = None
    ) -> Tensor:
        """Mix the branches; a coefficient that is given takes the place of the drawn one.

        Given for more than two branches, it is a sequence, as for :func:`shake_branches`.
        """
        check_branches(x0, x1, *more)
        if alpha is None or beta is None:
            drawn_alpha, drawn_beta = self._draw(x0, len((x1, *more)))
            alpha = drawn_alpha if alpha is None else alpha
            beta = drawn_beta if beta is None else beta
        if more:
            return shake_branches((x0, x1, *more), alpha, beta)
        return shake_shake(x0, x1, alpha, beta)

    def _draw(self, x: Tensor, count: int) -> tuple[Any, Any]:
        """alpha and beta: a number or tensor, or a sequence of them where ``count`` is above 1."""
        even = 0.5 if count == 1 else even_coefficients(count)
        if not self.training or self.mode == "even-even":
            return even, even
        images = (*x.shape[:1], *(1,) * (x.ndim - 1)) if self.level == "image" else ()
        drawn = uniform((2, count, *images), x, compute_dtype(x), self.generator)
        alpha, beta = drawn[:, 0] if count == 1 else map(drawn_coefficients, drawn)
        forward, backward = self.mode.split("-")
        return (
            alpha if forward == "shake" else even,
            {"shake": beta, "even": even, "keep": alpha}[backward],
        )

    def extra_repr(self) -> str:
        return f"mode={self.mode!r}, level={self.level!r}"
