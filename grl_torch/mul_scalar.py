"""Multiplication by a scalar: ``scalar * x`` forward, ``scalar * dy`` backward.

The smallest whole example of a custom gradient. Its backward is the derivative of its forward,
so an ordinary gradient check passes.
"""

from __future__ import annotations

import copy
import math
from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function, forward_ad

_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class _MulScalar(Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, scalar: float | Tensor) -> Tensor:
        return _times(x, scalar)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, float | Tensor], output: Tensor) -> None:
        # A tensor has to be saved by PyTorch: as an attribute, vmap could take it for another's.
        _, scalar = inputs
        tensors = (scalar,) if isinstance(scalar, Tensor) else ()
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)
        ctx.scalar = None if tensors else scalar

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return _times(dy, _saved(ctx)), None


class _MulScalarTransformed(_MulScalar):
    """With a rule for forward mode, for torch.func and dual numbers."""

    @staticmethod
    def jvp(ctx: Any, dx: Tensor, _: None) -> Tensor:
        return _times(dx, _saved(ctx))


@torch.compiler.allow_in_graph  # type: ignore[untyped-decorator]
def _transformed(*inputs: Any) -> Any:
    # torch.compile takes no Function with a jvp, and inside of a torch.func transform it drops
    # the backward of any other one in silence (pytorch issue 193279). It leaves this one alone.
    return _MulScalarTransformed.apply(*inputs)  # type: ignore[no-untyped-call]


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
        TypeError: ``x`` is not a tensor of these dtypes, or ``scalar`` is not a real number.
        ValueError: ``scalar`` is not finite, has another shape or device, or needs a gradient.
    """
    _check_floating(x)
    scalar = _captured("scalar", _checked("scalar", scalar), x)
    function = _transformed if _is_transformed() else _MulScalar.apply
    y: Tensor = function(x, scalar)
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
        self.scalar = copy.deepcopy(state["scalar"])

    def extra_repr(self) -> str:
        return f"scalar={self.scalar}"


def _is_transformed() -> bool:
    """Whether a torch.func transform or forward mode is at work; PyTorch tells it only so."""
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def _saved(ctx: Any) -> float | Tensor:
    scalar: float | Tensor = ctx.saved_tensors[0] if ctx.scalar is None else ctx.scalar
    return scalar


def _times(x: Tensor, scalar: float | Tensor) -> Tensor:
    # A scalar given as a tensor has the compute type, which can be wider than x's.
    return (x * scalar).to(x.dtype)


def _check_floating(x: Tensor) -> None:
    if not isinstance(x, Tensor) or x.dtype not in _FLOATS:
        got = f"{x.dtype} tensor" if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(f"x must be a float16, bfloat16, float32 or float64 tensor, got {got}")


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
    if not -math.inf < value < math.inf:
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
    return value.to(x.device, compute, copy=True).reshape(value.shape or ones)
