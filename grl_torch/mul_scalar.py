"""Multiplication by a scalar: ``scalar * x`` forward, ``scalar * dy`` backward.

The smallest whole example of a custom gradient. Its backward is the derivative of its forward,
so an ordinary gradient check passes.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function, forward_ad


class _MulScalar(Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, scalar: float | Tensor) -> Tensor:
        return _times(x, scalar)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, float | Tensor], output: Tensor) -> None:
        _, ctx.scalar = inputs

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return _times(dy, ctx.scalar), None


class _MulScalarDual(_MulScalar):
    """With a rule for forward mode; apart, because torch.compile takes no Function with a jvp."""

    @staticmethod
    def jvp(ctx: Any, dx: Tensor, _: None) -> Tensor:
        return _times(dx, ctx.scalar)


def mul_scalar(x: Tensor, scalar: float | Tensor) -> Tensor:
    """Return ``scalar * x``, and multiply the gradient by ``scalar`` too.

    The scalar is captured here: changing it later changes no gradient of this graph.

    Args:
        x: any shape; float16, bfloat16, float32 or float64.
        scalar: a finite number, or a tensor that needs no gradient: one number, or one per
            sample with shape (N, 1, ..., 1) and the rank of ``x``. A tensor's values are not
            checked, because reading them would make a GPU wait.

    Returns:
        The product, with the shape, dtype and layout of ``x``. ``scalar`` is rounded once to
        the compute type (float64 for float64, else float32), and the product, forward and
        backward, once to the dtype of ``x``.

    Raises:
        TypeError: ``x`` is not a floating-point tensor, or ``scalar`` is not a real number.
        ValueError: ``scalar`` is not finite, has another shape or device, or needs a gradient.
    """
    _check_floating(x)
    scalar = _captured("scalar", _checked("scalar", scalar), x)
    function = _MulScalarDual if _is_dual(x) else _MulScalar
    y: Tensor = function.apply(x, scalar)  # type: ignore[no-untyped-call]
    return y


class MulScalar(nn.Module):
    """:func:`mul_scalar` as a module; ``scalar`` may be set again between forwards.

    The scalar is saved in the module's ``state_dict`` and is never rounded: ``.half()`` and
    ``.to()`` leave it as it is.

    Args:
        scalar: as for :func:`mul_scalar`.
    """

    def __init__(self, scalar: float | Tensor) -> None:
        super().__init__()
        self.scalar = _checked("scalar", scalar)

    def forward(self, x: Tensor) -> Tensor:
        return mul_scalar(x, self.scalar)

    def get_extra_state(self) -> dict[str, float | Tensor]:
        return {"scalar": self.scalar}

    def set_extra_state(self, state: dict[str, float | Tensor]) -> None:
        self.scalar = state["scalar"]

    def extra_repr(self) -> str:
        return f"scalar={self.scalar}"


def _is_dual(*tensors: Tensor) -> bool:
    return not torch.compiler.is_compiling() and any(
        forward_ad.unpack_dual(x).tangent is not None for x in tensors
    )


def _times(x: Tensor, scalar: float | Tensor) -> Tensor:
    # A scalar given as a tensor has the compute type, which can be wider than x's.
    return (x * scalar).to(x.dtype)


def _check_floating(x: Tensor) -> None:
    if not isinstance(x, Tensor) or not x.is_floating_point():
        got = f"{x.dtype} tensor" if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(f"x must be a floating-point tensor, got {got}")


def _checked(name: str, value: float | Tensor) -> float | Tensor:
    """A finite float, or a real tensor that needs no gradient."""
    if isinstance(value, Tensor):
        if value.dtype == torch.bool or value.is_complex():
            raise TypeError(f"{name} must hold real numbers, got a {value.dtype} tensor")
        if value.requires_grad:
            raise ValueError(f"{name} gets no gradient here, but requires one: detach it first")
        return value
    if isinstance(value, bool) or not isinstance(value, Real):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a real number or a tensor, got {kind}: {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return float(value)


def _captured(name: str, value: float | Tensor, x: Tensor) -> float | Tensor:
    """A copy in the compute type and the rank of x, so that it never broadcasts x."""
    if not isinstance(value, Tensor):
        return value
    ones = (1,) * x.ndim
    per_sample = (*x.shape[:1], *ones[1:])
    if value.shape not in ((), per_sample):
        wanted = f"() or {per_sample}, one number per sample"
        raise ValueError(f"{name} must have shape {wanted}, got {tuple(value.shape)}")
    if value.ndim and value.device != x.device:
        raise ValueError(f"{name} must be on {x.device} like x, got {value.device}")
    compute = torch.float64 if x.dtype == torch.float64 else torch.float32
    return value.to(compute, copy=True).reshape(value.shape or ones)
