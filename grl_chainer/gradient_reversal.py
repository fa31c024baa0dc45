"""The Gradient Reversal Layer (GRL): the identity forward, ``-scale * dy`` backward.

Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016),
section 4.2.
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


class _GradientReversal(FunctionNode):
    """Takes ``factor = -scale``, so that the backward is a single multiply."""

    is_elementwise = True

    def __init__(self, factor: Any) -> None:
        self.factor = factor

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        return inputs

    def backward(self, _: tuple[int, ...], grad_outputs: tuple[Variable]) -> tuple[Variable]:
        return _Times(self.factor).apply(grad_outputs)

    def backward_accumulate(
        self,
        target_input_indexes: tuple[int, ...],
        grad_outputs: tuple[Variable],
        grad_inputs: tuple[Variable | None, ...],
    ) -> tuple[Variable, ...]:
        if chainer.config.enable_backprop or chainer.get_function_hooks():
            return super().backward_accumulate(target_input_indexes, grad_outputs, grad_inputs)
        # Nobody differentiates or watches the product, so it needs no node.
        return (_scaled(*grad_outputs, self.factor, *grad_inputs),)


class _Times(FunctionNode):
    """A node of its own, so that the gradient can be differentiated again, to any order."""

    is_elementwise = True

    def __init__(self, factor: Any) -> None:
        self.factor = factor

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        return (_product(*inputs, self.factor),)

    def backward(self, _: tuple[int, ...], grad_outputs: tuple[Variable]) -> tuple[Variable]:
        return _Times(self.factor).apply(grad_outputs)


def _scaled(dy: Variable, factor: Any, total: Variable | None) -> Variable:
    array = _product(dy.raw_array, factor)
    if total is not None:
        array += total.raw_array  # not the other way round: total can be shared
    return Variable(array, requires_grad=dy.requires_grad, layout=dy.layout)


def _product(x: Any, factor: Any) -> Any:
    xp = backend.get_array_module(x)
    # Computed in the factor's type, rounded to x's. With an out, a 0-d result is an array.
    return xp.multiply(x, factor, out=xp.empty_like(x), dtype=factor.dtype)


def gradient_reversal(
    x: Variable | NDArray[Any], scale: float | NDArray[Any] | Variable = 1.0
) -> Variable:
    """Return ``x``; in the backward pass, multiply the gradient by ``-scale``.

    Nothing is copied: like ``F.identity``, the output has the very array of ``x``, so an edit
    of ``y.array`` in place changes ``x``. The scale is captured here: changing it later changes
    no gradient of this graph.

    Args:
        x: any shape; float16, float32 or float64.
        scale: a finite number, or an array or variable that needs no gradient: one number, or
            one per sample with shape (N, 1, ..., 1) and the rank of ``x``. The values per
            sample are not checked, because reading them would make a GPU wait.

    Returns:
        ``x``, with its shape, dtype and layout. Its gradient is ``-scale * dy``: ``scale`` is
        rounded once to the compute type (float64 for float64, else float32), and the product
        once to the dtype of ``x``.

    Raises:
        TypeError: ``x`` is not a floating-point array, or ``scale`` is not a real number.
        ValueError: ``scale`` is not finite, has another shape or device, or needs a gradient.
    """
    _check_floating(x)
    x = chainer.as_variable(x)
    factor = -_captured("scale", _checked("scale", scale), x)
    return _GradientReversal(factor).apply((x,))[0]


class GradientReversal(Link):
    """:func:`gradient_reversal` as a link; ``scale`` may be set again between forwards.

    The scale is a persistent value: Chainer's serializers and ``copyparams`` carry it, exactly.

    Args:
        scale: as for :func:`gradient_reversal`.
    """

    scale: Any

    def __init__(self, scale: float | NDArray[Any] | Variable = 1.0) -> None:
        super().__init__()
        self.scale = scale
        self.register_persistent("scale")

    def __setattr__(self, name: str, value: Any) -> None:
        # Always a float or an array: Chainer would load no 0.5 in the place of an int.
        super().__setattr__(name, _checked(name, value) if name == "scale" else value)

    def forward(self, x: Variable | NDArray[Any]) -> Variable:
        return gradient_reversal(x, self.scale)

    @property
    def printable_specs(self) -> Iterator[tuple[str, Any]]:
        yield "scale", self.scale


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
