"""Shake-Shake: two branches mixed by alpha forward and, independently, by beta backward.

Source: Gastaldi, "Shake-Shake regularization" (2017), https://arxiv.org/abs/1705.07485,
equations 2 and 3, and section 2.1 for the modes and levels.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from grl_torch.declared import Declared
from grl_torch.draws import uniform
from grl_torch.factors import (
    FLOATS,
    HALVES,
    as_tensor,
    compute_dtype,
    fitted,
    keep,
    kept,
)
from grl_torch.mul_scalar import times
from grl_torch.shake_branches import (
    check_branches,
    drawn_coefficients,
    even_coefficients,
    plus_product,
    shake_branches,
)

# Which coefficient is drawn; the other one of a pair is 1/2, or ("keep") the same as alpha.
MODES = ("shake-shake", "shake-even", "shake-keep", "even-shake", "even-even")
LEVELS = ("image", "batch")


class _ShakeShake(Declared):
    """Takes both coefficients as inputs, so that every backward pass uses the same beta."""

    @staticmethod
    def forward(
        ctx: Any, x0: Tensor, x1: Tensor, alpha: float | Tensor, beta: float | Tensor
    ) -> Tensor:
        keep(ctx, beta)  # the branches themselves are not needed again
        return _mixed(x0, x1, alpha, in_place=True)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        beta = kept(ctx)
        wants_dx0, wants_dx1, *_ = ctx.needs_input_grad
        dx0 = times(dy, beta) if wants_dx0 else None
        dx1 = times(dy, 1 - beta) if wants_dx1 else None
        return dx0, dx1, None, None

    @staticmethod
    def law(
        x0: Tensor, x1: Tensor, alpha: float | Tensor, beta: float | Tensor
    ) -> tuple[Tensor, Tensor]:
        return _mixed(x0, x1, as_tensor(alpha, x0)), _mixed(x0, x1, as_tensor(beta, x0))


def _mixed(x0: Tensor, x1: Tensor, c: float | Tensor, in_place: bool = False) -> Tensor:
    """``c * x0 + (1 - c) * x1``. In place, the sum takes no second fresh array.

    Not torch.lerp: it gives NaN for (inf, inf) and overflows where neither product does.
    """
    if x0.dtype in HALVES:  # in float32, so that the sum is rounded only once
        return _mixed(x0.float(), x1.float(), c, in_place).to(x0.dtype)
    y = x0 * c
    if isinstance(c, float):
        return y.add_(x1, alpha=1 - c)
    return plus_product(y, x1, 1 - c, in_place)


def shake_shake(x0: Tensor, x1: Tensor, alpha: float | Tensor, beta: float | Tensor) -> Tensor:
    """Return ``alpha * x0 + (1 - alpha) * x1``; backward, mix by ``beta`` instead.

    Args:
        x0: the first branch, any shape; float16, bfloat16, float32 or float64.
        x1: the second branch, with the shape and dtype of ``x0``: nothing broadcasts.
        alpha: a finite number, or a tensor that needs no gradient: one number, or one per
            image with shape (N, 1, ..., 1) and the rank of ``x0``. A tensor's values are not
            checked, because reading them would make a GPU wait.
        beta: as ``alpha``.

    Returns:
        The mix, with the shape and dtype of the branches. The gradients are ``beta * dy`` and
        ``(1 - beta) * dy``. All is computed in float64 for float64, else in float32, and
        rounded once to the dtype of the branches.

    Raises:
        TypeError: a branch is not a tensor of these dtypes, or a coefficient not a real number.
        ValueError: the branches differ in shape, dtype or device, or a coefficient is not
            finite, has another shape or device, or needs a gradient.
    """
    _check_branches(x0, x1)
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
            With each draw from a generator that is passed in, one number is taken from the
            default one: by it, activation checkpointing gets the same coefficients again.

    Raises:
        ValueError: ``mode`` or ``level`` is unknown.
        RuntimeError: in the backward pass, where checkpointing cannot get the same coefficients
            from ``generator``: it was called with preserve_rng_state=False, or another forward
            pass has drawn after torch.manual_seed had set the default generator back.
    """

    def __init__(
        self,
        mode: str = "shake-shake",
        level: str = "image",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        for name, value, known in (("mode", mode, MODES), ("level", level, LEVELS)):
            if value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        self.mode = mode
        self.level = level
        self.generator = generator

    def forward(
        self, x0: Tensor, x1: Tensor, *more: Tensor, alpha: Any = None, beta: Any = None
    ) -> Tensor:
        """Mix the branches; a coefficient that is given takes the place of the drawn one.

        Given for more than two branches, it is a sequence, as for :func:`shake_branches`.
        """
        check_branches((x0, x1, *more))
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


def _check_branches(x0: Tensor, x1: Tensor) -> None:
    # All at once, because a loop with messages costs as much as an operation on one element.
    if not (
        isinstance(x0, Tensor)
        and isinstance(x1, Tensor)
        and x0.dtype == x1.dtype
        and x0.dtype in FLOATS
        and x0.shape == x1.shape
        and x0.device == x1.device
    ):
        check_branches((x0, x1))
