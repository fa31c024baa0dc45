"""The numbers that the layers multiply by: what they may be, and in which type."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import torch
from torch import Tensor

HALVES = (torch.float16, torch.bfloat16)
FLOATS = (*HALVES, torch.float32, torch.float64)
NUMBERS = (*FLOATS, torch.complex64, torch.complex128)


def check_tensor(name: str, x: Any, dtypes: tuple[torch.dtype, ...]) -> None:
    """Raise TypeError where ``x`` is not a tensor of one of the dtypes."""
    if not isinstance(x, Tensor) or x.dtype not in dtypes:
        *names, last = (str(dtype).removeprefix("torch.") for dtype in dtypes)
        got = f"{x.dtype} tensor" if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(f"{name} must be a {', '.join(names)} or {last} tensor, got {got}")


def checked(name: str, value: Any) -> float | Tensor:
    """A finite float, or a real tensor that needs no gradient; else TypeError or ValueError."""
    if type(value) is float and -math.inf < value < math.inf:
        return value
    if isinstance(value, Tensor):
        if value.dtype == torch.bool or value.is_complex():
            raise TypeError(f"{name} must hold real numbers, got a {value.dtype} tensor")
        if value.requires_grad:
            raise ValueError(f"{name} gets no gradient here, but requires one: detach it first")
        return value
    if isinstance(value, bool) or not isinstance(value, Real):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a real number or a tensor, got {kind}: {value!r}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{name} must be finite, got a number too large for a float") from None
    if not -math.inf < number < math.inf:
        raise ValueError(f"{name} must be finite, got {value!r}")
    return number


def fitted(
    name: str, value: Any, x: Tensor, *, copy: bool = False, of: str = "x", each: str = "sample"
) -> float | Tensor:
    """A checked factor; a tensor in the compute type and with the rank of ``x``.

    With that rank it never broadcasts ``x``. A copy stays as it is, whatever happens to
    ``value`` later. ``of`` and ``each`` are what errors call ``x`` and its parts along the first
    axis.
    """
    factor = checked(name, value)
    if isinstance(factor, float):
        return factor
    ones = (1,) * x.ndim
    per_sample = (*x.shape[:1], *ones[1:])
    if factor.ndim == 0:
        factor = factor.to(x.device).reshape(ones)
    elif factor.shape != per_sample:
        wanted = f"() or {per_sample}, one number per {each}"
        raise ValueError(f"{name} must have shape {wanted}, got {tuple(factor.shape)}")
    elif factor.device != x.device:
        raise ValueError(f"{name} must be on {x.device} like {of}, got {factor.device}")
    dtype = compute_dtype(x)
    if factor.dtype != dtype:
        return factor.to(dtype)
    return factor.clone() if copy else factor  # takes half as long as to(copy=True)


def as_tensor(factor: float | Tensor, x: Tensor) -> Tensor:
    """A fitted factor as a tensor."""
    if isinstance(factor, Tensor):
        return factor
    return torch.full((1,) * x.ndim, factor, dtype=compute_dtype(x), device=x.device)


def compute_dtype(x: Tensor) -> torch.dtype:
    """float64 for float64 and complex128, else float32: a half-precision factor is not enough."""
    return torch.float64 if x.dtype in (torch.float64, torch.complex128) else torch.float32


def keep(ctx: Any, factor: float | Tensor) -> None:
    """Keep a factor until the backward pass, for :func:`kept`."""
    if isinstance(factor, Tensor):
        ctx.save_for_backward(factor)
        ctx.factor = None
    else:
        ctx.factor = factor


def kept(ctx: Any) -> float | Tensor:
    """The factor that :func:`keep` was given."""
    factor: float | Tensor = ctx.saved_tensors[0] if ctx.factor is None else ctx.factor
    return factor
