"""The Gradient Reversal Layer (GRL): the identity forward, ``-scale * dy`` backward.

Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016),
section 4.2.
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


class _GradientReversal(Function):
    """Takes ``factor = -scale``, so that the backward is a single multiply."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, factor: float | Tensor) -> Tensor:
        # A view costs no copy. So does x.detach(), but there an in-place ReLU on the output
        # would change x unseen; on a view that a Function returns, PyTorch refuses it.
        return x.view_as(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, float | Tensor], output: Tensor) -> None:
        # A tensor has to be saved by PyTorch: as an attribute, vmap could take it for another's.
        _, factor = inputs
        tensors = (factor,) if isinstance(factor, Tensor) else ()
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)
        ctx.factor = None if tensors else factor

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return _times(dy, _saved(ctx)), None


class _GradientReversalTransformed(_GradientReversal):
    """For torch.func and dual numbers: forward mode wants a rule, and an output that is no view."""

    @staticmethod
    def forward(x: Tensor, factor: float | Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def jvp(ctx: Any, dx: Tensor, _: None) -> Tensor:
        return _times(dx, _saved(ctx))


@torch.compiler.allow_in_graph  # type: ignore[untyped-decorator]
def _transformed(*inputs: Any) -> Any:
    # torch.compile takes no Function with a jvp, and inside of a torch.func transform it drops
    # the backward of any other one in silence (pytorch issue 193279). It leaves this one alone.
    return _GradientReversalTransformed.apply(*inputs)  # type: ignore[no-untyped-call]


def gradient_reversal(x: Tensor, scale: float | Tensor = 1.0) -> Tensor:
    """Return ``x``; in the backward pass, multiply the gradient by ``-scale``.

    The output is a view of ``x``: where gradients are tracked, PyTorch refuses to change it in
    place. The scale is captured here: changing it later changes no gradient of this graph.

    Args:
        x: any shape; float16, bfloat16, float32 or float64.
        scale: a finite number, or a tensor that needs no gradient: one number, or one per
            sample with shape (N, 1, ..., 1) and the rank of ``x``. A tensor's values are not
            checked, because reading them would make a GPU wait.

    Returns:
        ``x``, with its shape, dtype and layout. Its gradient is ``-scale * dy``: ``scale`` is
        rounded once to the compute type (float64 for float64, else float32), and the product
        once to the dtype of ``x``.

    Raises:
        TypeError: ``x`` is not a tensor of these dtypes, or ``scale`` is not a real number.
        ValueError: ``scale`` is not finite, has another shape or device, or needs a gradient.
    """
    _check_floating(x)
    factor = -_fitted("scale", _checked("scale", scale), x)
    function = _transformed if _is_transformed() else _GradientReversal.apply
    y: Tensor = function(x, factor)
    return y


class GradientReversal(nn.Module):
    """:func:`gradient_reversal` as a module; ``scale`` may be set again between forwards.

    The scale is saved in the module's ``state_dict`` and is never rounded: ``.half()`` and
    ``.to()`` leave it as it is.

    Args:
        scale: as for :func:`gradient_reversal`.
    """

    def __init__(self, scale: float | Tensor = 1.0) -> None:
        super().__init__()
        self.scale = _checked("scale", scale)

    def forward(self, x: Tensor) -> Tensor:
        return gradient_reversal(x, self.scale)

    def get_extra_state(self) -> dict[str, float | Tensor]:
        return {"scale": self.scale}

    def set_extra_state(self, state: dict[str, float | Tensor]) -> None:
        self.scale = copy.deepcopy(state["scale"])

    def extra_repr(self) -> str:
        return f"scale={self.scale}"


def _is_transformed() -> bool:
    """Whether a torch.func transform or forward mode is at work; PyTorch tells it only so."""
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def _saved(ctx: Any) -> float | Tensor:
    factor: float | Tensor = ctx.saved_tensors[0] if ctx.factor is None else ctx.factor
    return factor


def _times(dy: Tensor, factor: float | Tensor) -> Tensor:
    # A factor given as a tensor has the compute type, which can be wider than dy's.
    return (dy * factor).to(dy.dtype)


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


def _fitted(name: str, value: float | Tensor, x: Tensor) -> float | Tensor:
    """A tensor in the compute type and the rank of x, so that it never broadcasts x."""
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
    return value.to(x.device, compute).reshape(value.shape or ones)
