"""Shake-Shake: two branches mixed by alpha forward and, independently, by beta backward.

Source: Gastaldi, "Shake-Shake regularization" (2017), https://arxiv.org/abs/1705.07485,
equations 2 and 3, and section 2.1 for the modes and levels.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function, forward_ad

# Which coefficient is drawn; the other one of a pair is 1/2, or ("keep") the same as alpha.
MODES = ("shake-shake", "shake-even", "shake-keep", "even-shake", "even-even")
LEVELS = ("image", "batch")
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class _ShakeShake(Function):
    """Takes both coefficients as inputs, so that every backward pass uses the same beta."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x0: Tensor, x1: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
        return _mix(x0, x1, alpha)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        # A copy that shake_shake made; the branches themselves are not needed again.
        ctx.save_for_backward(inputs[3])
        ctx.save_for_forward(inputs[3])

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        (beta,) = ctx.saved_tensors
        dx0 = (dy * beta).to(dy.dtype) if ctx.needs_input_grad[0] else None
        dx1 = (dy * (1 - beta)).to(dy.dtype) if ctx.needs_input_grad[1] else None
        return dx0, dx1, None, None


class _ShakeShakeTransformed(_ShakeShake):
    """With a rule for forward mode, for torch.func and dual numbers."""

    @staticmethod
    def jvp(ctx: Any, dx0: Tensor, dx1: Tensor, *_: None) -> Tensor:
        return _mix(dx0, dx1, ctx.saved_tensors[0])


@torch.compiler.allow_in_graph  # type: ignore[untyped-decorator]
def _transformed(*inputs: Any) -> Any:
    # torch.compile takes no Function with a jvp, and inside of a torch.func transform it drops
    # the backward of any other one in silence (pytorch issue 193279). It leaves this one alone.
    return _ShakeShakeTransformed.apply(*inputs)  # type: ignore[no-untyped-call]


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
    alpha = _captured("alpha", alpha, x0)
    beta = _captured("beta", beta, x0)
    function = _transformed if _is_transformed() else _ShakeShake.apply
    y: Tensor = function(x0, x1, alpha, beta)
    return y


class ShakeShake(nn.Module):
    """:func:`shake_shake` with coefficients drawn uniformly from [0, 1), once a forward pass.

    In eval mode both coefficients are 1/2 and nothing is drawn.

    Args:
        mode: what is drawn. "shake-shake": alpha and beta; "shake-even": alpha, beta is 1/2;
            "shake-keep": alpha, beta is the same; "even-shake": beta, alpha is 1/2;
            "even-even": nothing, both are 1/2.
        level: "image" for coefficients per image, "batch" for one pair for the batch.
        generator: where the numbers come from, on the device of the branches; PyTorch's
            default generator if None.

    Raises:
        ValueError: ``mode`` or ``level`` is unknown.
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
        self,
        x0: Tensor,
        x1: Tensor,
        *,
        alpha: float | Tensor | None = None,
        beta: float | Tensor | None = None,
    ) -> Tensor:
        """Mix the branches; a coefficient that is given takes the place of the drawn one."""
        _check_branches(x0, x1)
        drawn_alpha, drawn_beta = self._draw(x0)
        return shake_shake(
            x0,
            x1,
            drawn_alpha if alpha is None else alpha,
            drawn_beta if beta is None else beta,
        )

    def _draw(self, x: Tensor) -> tuple[float | Tensor, float | Tensor]:
        if not self.training or self.mode == "even-even":
            return 0.5, 0.5
        shape = (*x.shape[:1], *(1,) * (x.ndim - 1)) if self.level == "image" else ()
        dtype = _compute_dtype(x)
        alpha, beta = torch.rand(
            (2, *shape), dtype=dtype, device=x.device, generator=self.generator
        )
        forward, backward = self.mode.split("-")
        return (
            alpha if forward == "shake" else 0.5,
            {"shake": beta, "even": 0.5, "keep": alpha}[backward],
        )

    def extra_repr(self) -> str:
        return f"mode={self.mode!r}, level={self.level!r}"


def _is_transformed() -> bool:
    """Whether a torch.func transform or forward mode is at work; PyTorch tells it only so."""
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def _mix(x0: Tensor, x1: Tensor, c: Tensor) -> Tensor:
    # Not torch.lerp: it gives NaN for (inf, inf) and overflows where neither product does.
    return torch.addcmul(x0 * c, x1.to(c.dtype), 1 - c).to(x0.dtype)


def _compute_dtype(x: Tensor) -> torch.dtype:
    # Half-precision branches are mixed in float32, so that the sum is rounded only once.
    return torch.float64 if x.dtype == torch.float64 else torch.float32


def _check_branches(x0: Tensor, x1: Tensor) -> None:
    for name, x in (("x0", x0), ("x1", x1)):
        if not isinstance(x, Tensor) or x.dtype not in _FLOATS:
            got = f"{x.dtype} tensor" if isinstance(x, Tensor) else type(x).__name__
            raise TypeError(
                f"{name} must be a float16, bfloat16, float32 or float64 tensor, got {got}"
            )
    for what in ("shape", "dtype", "device"):
        a, b = getattr(x0, what), getattr(x1, what)
        if a != b:
            raise ValueError(f"x1 must have the {what} of x0, {a}, got {b}")


def _captured(name: str, value: float | Tensor, x: Tensor) -> Tensor:
    """A copy in the compute type and the rank of x, so that it never broadcasts x."""
    if not isinstance(value, Tensor):
        if isinstance(value, bool) or not isinstance(value, Real):
            kind = type(value).__name__
            raise TypeError(f"{name} must be a real number or a tensor, got {kind}: {value!r}")
        if not -math.inf < value < math.inf:
            raise ValueError(f"{name} must be finite, got {value!r}")
        return torch.full((1,) * x.ndim, float(value), dtype=_compute_dtype(x), device=x.device)
    if value.dtype == torch.bool or value.is_complex():
        raise TypeError(f"{name} must hold real numbers, got a {value.dtype} tensor")
    if value.requires_grad:
        raise ValueError(f"{name} gets no gradient here, but requires one: detach it first")
    per_image = (*x.shape[:1], *(1,) * (x.ndim - 1))
    if value.shape not in ((), per_image):
        wanted = f"() or {per_image}, one number per image"
        raise ValueError(f"{name} must have shape {wanted}, got {tuple(value.shape)}")
    if value.ndim and value.device != x.device:
        raise ValueError(f"{name} must be on {x.device} like x0, got {value.device}")
    return value.to(x.device, _compute_dtype(x), copy=True).reshape(value.shape or (1,) * x.ndim)
