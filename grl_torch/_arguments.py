"""Checks of the layers' arguments, before a graph is built."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, TypeAlias

import torch
from torch import Tensor

Factor: TypeAlias = float | Tensor

HALVES = (torch.float16, torch.bfloat16)
FLOATS = (*HALVES, torch.float32, torch.float64)
NUMBERS = (*FLOATS, torch.complex64, torch.complex128)
LARGEST = torch.finfo(torch.float32).max


def check_input(name: str, x: Any, dtypes: tuple[torch.dtype, ...] = NUMBERS) -> None:
    """Raise TypeError where ``x`` is not a tensor of one of the dtypes."""
    if not isinstance(x, Tensor) or x.dtype not in dtypes:
        *names, last = (str(dtype).removeprefix("torch.") for dtype in dtypes)
        got = f"{x.dtype} tensor" if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(f"{name} must be a {', '.join(names)} or {last} tensor, got {got}")


def check_branches(*branches: Tensor) -> None:
    """Raise TypeError or ValueError where the branches cannot be mixed: nothing broadcasts."""
    if len(branches) == 2 and _are_alike(*branches):
        return
    if len(branches) < 2:
        raise ValueError(f"branches must be two or more, got {len(branches)}")
    for i, x in enumerate(branches):
        check_input(f"x{i}", x, FLOATS)
        for what in ("shape", "dtype", "device"):
            wanted, got = getattr(branches[0], what), getattr(x, what)
            if got != wanted:
                raise ValueError(f"x{i} must have the {what} of x0, {wanted}, got {got}")


def _are_alike(x0: Tensor, x1: Tensor) -> bool:
    # All at once, because a loop with messages costs as much as an operation on one element.
    return (
        isinstance(x0, Tensor)
        and isinstance(x1, Tensor)
        and x0.dtype == x1.dtype
        and x0.dtype in FLOATS
        and x0.shape == x1.shape
        and x0.device == x1.device
    )


def check_choice(name: str, value: Any, known: tuple[str, ...]) -> None:
    """Raise ValueError where ``value`` is none of the known ones."""
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {shown(value)}")


def checked(name: str, value: Any) -> Factor:
    """A finite float, or a dense tensor of real numbers that needs no gradient."""
    if type(value) is float and -math.inf < value < math.inf:
        return value
    if not isinstance(value, Tensor):
        return number(name, value, "a real number or a tensor")
    if value.dtype == torch.bool or value.is_complex():
        raise TypeError(f"{name} must hold real numbers, got a {value.dtype} tensor")
    if value.layout is not torch.strided or value.is_quantized or value.is_nested:
        kind = "nested" if value.is_nested else value.dtype if value.is_quantized else value.layout
        raise TypeError(f"{name} must be a dense tensor, got a {kind} one")
    if value.requires_grad:
        raise ValueError(f"{name} gets no gradient here, but requires one: detach it first")
    return value


def number(name: str, value: Any, wanted: str = "a real number") -> float:
    """A real number, or a NumPy array of one, as a finite float."""
    plain = value
    if getattr(value, "shape", None) in ((), (1,)) and value.dtype.kind in "fiu":
        plain = value.item()
    # timedelta64 counts as a Real with Python, but is no plain number; hence the dtype.
    if isinstance(plain, bool) or not isinstance(plain, Real) or hasattr(plain, "dtype"):
        raise TypeError(f"{name} must be {wanted}, got {type(value).__name__}: {shown(value)}")
    try:
        result = float(plain)
    except OverflowError:  # from 10**400, say
        raise ValueError(f"{name} must be finite, got a number too large for a float") from None
    if not math.isfinite(result):
        raise ValueError(f"{name} must be finite, got {shown(value)}")
    return result


def fitted(
    name: str, value: Any, x: Tensor, *, copy: bool = False, of: str = "x", each: str = "sample"
) -> Factor:
    """A checked factor; a tensor in the compute type and with the rank of ``x``.

    With that rank it never broadcasts ``x``. A copy stays as it is, whatever happens to
    ``value`` later. ``of`` and ``each`` are what errors call ``x`` and its parts along the first
    axis.
    """
    if type(value) is float and -LARGEST <= value <= LARGEST:  # the common case, at no cost
        return value
    factor = checked(name, value)
    if isinstance(factor, float):
        if not -LARGEST <= factor <= LARGEST and compute_dtype(x) == torch.float32:
            raise ValueError(f"{name} must be finite in float32, got {factor!r}")
        return factor
    if factor.is_meta and not x.is_meta:
        raise TypeError(f"{name} must hold numbers like {of}, got a meta tensor")
    dtype, ones = compute_dtype(x), (1,) * x.ndim
    per_sample = (*x.shape[:1], *ones[1:])
    if factor.ndim == 0 or factor.shape == (1,) != per_sample:  # one number
        factor = factor.to(x.device, dtype).reshape(ones)  # at once: MPS takes no float64
    elif factor.shape != per_sample:
        wanted = f"() or {per_sample}, one number per {each}"
        raise ValueError(f"{name} must have shape {wanted}, got {tuple(factor.shape)}")
    elif factor.device != x.device:
        raise ValueError(f"{name} must be on {x.device} like {of}, got {factor.device}")
    if factor.dtype != dtype:
        return factor.to(dtype)
    return factor.clone() if copy else factor  # takes half as long as to(copy=True)


def compute_dtype(x: Tensor) -> torch.dtype:
    """float64 for float64 and complex128, else float32: a half-precision factor is not enough."""
    return torch.float64 if x.dtype in (torch.float64, torch.complex128) else torch.float32


def shown(value: Any) -> str:
    """The repr of a value, cut where it is long; the repr of somebody's object can fail."""
    try:
        text = repr(value)
    except Exception:
        return "an object that cannot be shown"
    return text if len(text) <= 80 else f"{text[:77]}..."
