"""Multiplication by a scalar: ``scalar * x`` forward, ``scalar * dy`` backward.

The smallest whole example of a custom gradient. Its backward is the derivative of its forward,
so an ordinary gradient check passes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from numbers import Real
from typing import Any

import chainer
import numpy as np
from chainer import FunctionNode, Link, Variable, backend
from numpy.typing import NDArray


class _MulScalar(FunctionNode):
    is_elementwise = True

    def __init__(self, scalar: Any) -> None:
        self.scalar = scalar

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        return (_product(*inputs, self.scalar),)

    def backward(self, _: tuple[int, ...], grad_outputs: tuple[Variable]) -> tuple[Variable]:
        # The same function again, as a node: so the gradient can be differentiated again.
        return _MulScalar(self.scalar).apply(grad_outputs)

    def backward_accumulate(
        self,
        target_input_indexes: tuple[int, ...],
        grad_outputs: tuple[Variable],
        grad_inputs: tuple[Variable | None, ...],
    ) -> tuple[Variable, ...]:
        config = chainer.config
        if config.enable_backprop or config.schedule_func or chainer.get_function_hooks():
            return super().backward_accumulate(target_input_indexes, grad_outputs, grad_inputs)
        # Nobody differentiates, records or watches the product, so it needs no node.
        return (_scaled(*grad_outputs, self.scalar, *grad_inputs),)


def _scaled(dy: Variable, scalar: Any, total: Variable | None) -> Variable:
    array = _product(dy.raw_array, scalar)
    if total is not None:
        array += total.raw_array  # not the other way round: total can be shared
    return Variable(array, requires_grad=dy.requires_grad, layout=dy.layout)


def _product(x: Any, scalar: Any) -> Any:
    xp = backend.get_array_module(x)
    # Computed in the scalar's type, rounded to x's. With an out, a 0-d result is an array.
    return xp.multiply(x, scalar, out=xp.empty_like(x), dtype=scalar.dtype)


def mul_scalar(x: Variable | NDArray[Any], scalar: float | NDArray[Any] | Variable) -> Variable:
    """Return ``scalar * x``, and multiply the gradient by ``scalar`` too.

    The scalar is captured here: changing it later changes no gradient of this graph.

    Args:
        x: any shape; float16, float32 or float64.
        scalar: a finite number, or an array or variable that needs no gradient: one number, or
            one per sample with shape (N, 1, ..., 1) and the rank of ``x``. The values per
            sample are not checked, because reading them would make a GPU wait.

    Returns:
        The product, with the shape, dtype and layout of ``x``. ``scalar`` is rounded once to
        the compute type (float64 for float64, else float32), and the product, forward and
        backward, once to the dtype of ``x``.

    Raises:
        TypeError: ``x`` is not a floating-point array, or ``scalar`` is not a real number.
        ValueError: ``scalar`` is not finite, has another shape or device, or needs a gradient.
    """
    _check_floating(x)
    x = chainer.as_variable(x)
    scalar = _captured("scalar", _checked("scalar", scalar), x)
    return _MulScalar(scalar).apply((x,))[0]


class MulScalar(Link):
    """:func:`mul_scalar` as a link; ``scalar`` may be set again between forwards.

    The scalar is a persistent value: Chainer's serializers and ``copyparams`` carry it, exactly.

    Args:
        scalar: as for :func:`mul_scalar`.
    """

    scalar: Any

    def __init__(self, scalar: float | NDArray[Any] | Variable) -> None:
        super().__init__()
        self.scalar = scalar
        self.register_persistent("scalar")

    def __setattr__(self, name: str, value: Any) -> None:
        # Always a float or an array: Chainer would load no 0.5 in the place of an int.
        super().__setattr__(name, _checked(name, value) if name == "scalar" else value)

    def forward(self, x: Variable | NDArray[Any]) -> Variable:
        return mul_scalar(x, self.scalar)

    @property
    def printable_specs(self) -> Iterator[tuple[str, Any]]:
        yield "scalar", self.scalar


def _check_floating(x: Any) -> None:
    array = x.raw_array if isinstance(x, Variable) else x
    is_array = isinstance(array, chainer.get_array_types())
    if not is_array or array.dtype.char not in "efd":
        got = f"{array.dtype} array" if is_array else type(array).__name__
        raise TypeError(f"x must be a float16, float32 or float64 array, got {got}")


def _checked(name: str, value: Any) -> Any:
    """A finite float, or a real array that needs no gradient."""
    if isinstance(value, Variable):
        if value.requires_grad:
            raise ValueError(f"{name} gets no gradient here, but requires one: pass its array")
        value = value.array
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, chainer.get_array_types()):
        if value.dtype.kind not in "iuf":
            raise TypeError(f"{name} must hold real numbers, got a {value.dtype} array")
        return value
    if isinstance(value, bool) or not isinstance(value, Real):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a real number or an array, got {kind}: {value!r}")
    try:
        number = float(value)
    except OverflowError:  # from 10**400, say
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite as a float, got {number}")
    return number


def _captured(name: str, value: Any, x: Variable) -> Any:
    """A copy in the compute type, of a shape that never broadcasts x."""
    compute = np.dtype(np.float64 if x.dtype == np.float64 else np.float32)
    if isinstance(value, float):
        return compute.type(value)
    per_sample = (*x.shape[:1], *(1,) * (x.ndim - 1))
    if value.shape not in ((), per_sample):
        wanted = f"() or {per_sample}, one number per sample"
        raise ValueError(f"{name} must have shape {wanted}, got {value.shape}")
    device = backend.get_device_from_array(value)
    if device != x.device:
        raise ValueError(f"{name} must be on {x.device} like x, got {device}")
    return value.astype(compute)
