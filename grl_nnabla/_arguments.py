"""Checks of the layers' arguments, before a graph is built.

What is raised inside of a pass, nnabla turns into a SystemError.
"""

from __future__ import annotations

from numbers import Real
from typing import Any

import nnabla as nn
import numpy as np


def check_input(name: str, x: Any) -> None:
    """Raise a TypeError if ``x`` is neither an ``nn.Variable`` nor an ``nn.NdArray``."""
    if not isinstance(x, (nn.Variable, nn.NdArray)):
        raise TypeError(f"{name} must be an nnabla Variable or NdArray, got {type(x).__name__}")


def checked(name: str, value: Any) -> Any:
    """A finite float, a copy of an array of them in float64, or a Variable as it is."""
    if isinstance(value, nn.Variable):
        if value.need_grad:
            raise ValueError(f"{name} gets no gradient here, but needs one: unlink it first")
        if value.parent is None:  # else it has no values before a forward pass
            checked(name, value.data)
        return value
    if isinstance(value, nn.NdArray):
        if not value.modification_count:
            raise ValueError(f"{name} has no value yet: set it, or run forward() first")
        value = value.get_data("r")
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiu":
            raise TypeError(f"{name} must hold real numbers, got a {value.dtype} array")
    elif isinstance(value, bool) or not isinstance(value, Real):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a real number or an array, got {kind}: {value!r}")
    try:
        exact = np.array(value, np.float64)
    except OverflowError:  # from 10**400, say
        exact = value = np.array(np.inf)
    if not np.isfinite(exact).all():
        raise ValueError(f"{name} must be finite, got {value!r}")
    return exact if exact.ndim else exact.item()


def fitted(name: str, value: Any, x: Any) -> Any:
    """What :func:`checked` gave, if its shape is () or that of one number per sample of ``x``."""
    if isinstance(value, nn.Variable) and isinstance(x, nn.NdArray):
        value = checked(name, value.data)  # There is no graph, so it has to have values now.
    per_sample = (*x.shape[:1], *(1,) * (len(x.shape) - 1))
    if np.shape(value) not in ((), per_sample):
        wanted = f"() or {per_sample}, one number per sample"
        raise ValueError(f"{name} must have shape {wanted}, got {np.shape(value)}")
    return value
