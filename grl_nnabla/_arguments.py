"""Checks of the layers' arguments, before a graph is built.

What is raised inside of a pass, nnabla turns into a SystemError.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import nnabla as nn
import numpy as np

from grl_nnabla.native import is_native

OVERFLOW = float.fromhex("0x1.ffffffp127")  # 2**128 - 2**103: float32 rounds it to infinity


def check_input(name: str, x: Any) -> None:
    """Raise a TypeError if ``x`` is nothing that a graph can be built of."""
    if isinstance(x, nn.ProtoVariable):
        if not is_native():
            raise TypeError(
                f"{name} must be an nnabla Variable or NdArray, got a ProtoVariable: "
                "call the layer within grl_nnabla.native.native_functions()"
            )
    elif not isinstance(x, (nn.Variable, nn.NdArray)):
        raise TypeError(f"{name} must be an nnabla Variable or NdArray, got {type(x).__name__}")


def check_alike(x0: Any, x1: Any) -> None:
    """Raise an error if two branches are no inputs, or differ in shape or dtype."""
    check_input("x0", x0)
    check_input("x1", x1)
    for what, a, b in (("shape", x0.shape, x1.shape), ("dtype", _dtype(x0), _dtype(x1))):
        if a is not None and b is not None and a != b:
            raise ValueError(f"x1 must have the {what} of x0, {a}, got {b}")


def check_choice(name: str, value: Any, known: Sequence[str]) -> None:
    """Raise a ValueError if the value is not among those that are known."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {shown(value)}")


def checked(name: str, value: Any) -> Any:
    """A finite float, a copy of an array of them in float64, or a Variable as it is."""
    if not isinstance(value, nn.Variable):
        return exact(name, value)
    if value.need_grad:
        raise ValueError(f"{name} gets no gradient here, but needs one: unlink it first")
    # Other values are there in a forward pass only: what captures them checks them.
    if value.parent is None and (value.data.modification_count or nn.get_auto_forward()):
        exact(name, value.data)
    return value


def fitted(name: str, value: Any, x: Any) -> Any:
    """What :func:`checked` gives, if its shape fits ``x`` and the compute type can hold it."""
    value = checked(name, value)
    if isinstance(value, nn.Variable) and isinstance(x, nn.NdArray):
        value = exact(name, value.data)  # There is no graph, so it has to have values now.
    check_shape(name, value, x)
    if not isinstance(value, nn.Variable):
        largest = abs(value) if isinstance(value, float) else np.abs(value).max(initial=0)
        if largest >= OVERFLOW and _dtype(x) != np.float64:
            raise ValueError(f"{name} must be finite in float32, got {shown(value)}")
    return value


def check_shape(name: str, value: Any, x: Any) -> None:
    """Raise a ValueError if there is neither one number nor one per sample of ``x``."""
    shape = getattr(value, "shape", ())
    if shape in ((), (1,)):
        return
    per_sample = (*x.shape[:1], *(1,) * (len(x.shape) - 1))
    if shape != per_sample:
        wanted = f"() or {per_sample}, one number per sample"
        raise ValueError(f"{name} must have shape {wanted}, got {shape}")


def exact(name: str, value: Any) -> Any:
    """A finite float, or an array of more of them in float64, which is a copy."""
    if isinstance(value, nn.NdArray):
        if not value.modification_count:
            raise ValueError(f"{name} has no value yet: set it, or run forward() first")
        value = value.get_data("r")
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiu":
            raise TypeError(f"{name} must hold real numbers, got a {value.dtype} array")
        if value.shape in ((), (1,)):
            value = value.item()
    elif (
        isinstance(value, (bool, np.timedelta64))  # numpy calls the second an integer
        or not isinstance(value, Real)
    ):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a real number or an array, got {kind}: {shown(value)}")
    if type(value) is float and math.isfinite(value):
        return value
    try:
        with np.errstate(over="ignore"):  # from a longdouble
            numbers = np.array(value, np.float64)
    except OverflowError:  # from 10**400, say
        numbers = np.array(np.inf)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} must be finite, got {shown(value)}")
    return numbers if numbers.shape else numbers.item()


def shown(value: Any) -> str:
    """The repr of a value, cut where it is long; the repr of somebody's object can fail."""
    try:
        text = repr(value)
    except Exception:
        return "an object that cannot be shown"
    return text if len(text) <= 80 else f"{text[:77]}..."


class CheckedFactor:
    """For a module with one factor: it is checked whenever it is set.

    The factor is no parameter: ``save_parameters`` leaves it out, as it does every argument of a
    module. ``copy.deepcopy`` and ``pickle`` keep a number or an array exactly.
    """

    factor: str  # the name of the attribute that holds it

    # In a class of its own, because each method of an nn.Module opens a scope, global to the
    # process, and within nn.graph_def.graph() ends a network.
    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, checked(name, value) if name == self.factor else value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.factor}={getattr(self, self.factor)})"


def _dtype(x: Any) -> Any:
    """None for what has no values yet, or only a number to be filled with."""
    try:
        return (x if isinstance(x, nn.NdArray) else x.data).dtype
    except (AttributeError, RuntimeError):
        return None
