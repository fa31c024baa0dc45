"""What the layers take: checks whose errors name the argument, what came and what is wanted."""

from __future__ import annotations

import math
from collections.abc import Collection
from numbers import Real
from typing import Any, TypeAlias

import chainer
import numpy as np
from chainer import Variable, backend
from numpy.typing import NDArray

from grl_chainer._arrays import compute_type

Array: TypeAlias = NDArray[Any]
Factor: TypeAlias = float | Array | Variable

# From here on numbers round to infinity in float32: half a step above its largest one.
_FLOAT32_ENDS = float.fromhex("0x1.ffffffp127")


def shown(value: Any) -> str:
    """The repr of a value, cut where it is long; the repr of somebody's object can fail."""
    try:
        text = repr(value)
    except Exception:
        return "an object that cannot be shown"
    return text if len(text) <= 80 else f"{text[:77]}..."


def check_choice(name: str, value: Any, known: Collection[str]) -> None:
    if not (isinstance(value, str) and value in known):
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {shown(value)}")


def check_input(name: str, x: Any) -> Variable:
    """``x`` as a variable."""
    array = x.raw_array if isinstance(x, Variable) else x
    is_array = isinstance(array, chainer.get_array_types())
    if not is_array or array.dtype.char not in "efd":
        got = f"{array.dtype} array" if is_array else type(array).__name__
        raise TypeError(f"{name} must be a float16, float32 or float64 array, got {got}")
    return chainer.as_variable(x)


def check_branches(x0: Any, x1: Any) -> tuple[Variable, Variable]:
    """Both as variables; nothing about them broadcasts."""
    x0, x1 = check_input("x0", x0), check_input("x1", x1)
    for what in ("shape", "dtype", "device", "layout"):
        a, b = getattr(x0, what), getattr(x1, what)
        if a != b:
            raise ValueError(f"x1 must have the {what} of x0, {a}, got {b}")
    return x0, x1


def checked(name: str, value: Any) -> Any:
    """A finite float, or a real array that needs no gradient."""
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, Variable):
        if value.requires_grad:
            raise ValueError(f"{name} gets no gradient here, but requires one: pass its array")
        value = value.array
    arrays: tuple[Any, ...] = (*chainer.get_array_types(), np.timedelta64)  # Real, says NumPy
    if isinstance(value, arrays):
        if value.dtype.kind not in "iuf":
            raise TypeError(f"{name} must hold real numbers, got {value.dtype}")
        if value.shape == (1,):
            value = value.reshape(())
        if value.shape or not isinstance(value, np.ndarray):
            return value  # on a GPU even one number stays there: reading it would make it wait
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, Real):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a real number or an array, got {kind}: {shown(value)}")
    try:
        number = float(value)
    except OverflowError:  # from 10**400, say
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite as a float, got {number}")
    return number


def fitted(name: str, value: Any, x: Variable) -> Any:
    """A copy in the compute type of ``x``, of a shape that never broadcasts ``x``."""
    value, compute = checked(name, value), compute_type(x.dtype)
    if isinstance(value, float):
        return _rounded(name, value, compute)
    _check_array(name, value, x)
    return value.astype(compute)


def fitted_pair(name: str, value: Any, x: Variable) -> tuple[Any, Any]:
    """c and 1 - c as from :func:`fitted`, both rounded from the exact number."""
    value, compute = checked(name, value), compute_type(x.dtype)
    if isinstance(value, float):
        return _rounded(name, value, compute), compute(1 - value)
    _check_array(name, value, x)
    exact = value.astype(np.float64)
    return exact.astype(compute), (1 - exact).astype(compute)


def _rounded(name: str, value: float, compute: Any) -> Any:
    if compute is np.float32 and abs(value) >= _FLOAT32_ENDS:
        raise ValueError(f"{name} must be finite as a float32, the compute type, got {value}")
    return compute(value)


def _check_array(name: str, value: Any, x: Variable) -> None:
    per_sample = (*x.shape[:1], *(1,) * (x.ndim - 1))
    if value.shape not in ((), per_sample):
        wanted = f"() or {per_sample}, one number per sample"
        raise ValueError(f"{name} must have shape {wanted}, got {value.shape}")
    device = backend.get_device_from_array(value)
    if device != x.device:
        raise ValueError(f"{name} must be on {x.device} like x, got {device}")
