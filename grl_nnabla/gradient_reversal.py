"""The Gradient Reversal Layer (GRL): the identity forward, ``-scale * dy`` backward.

Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016),
section 4.2.
"""

from __future__ import annotations

from numbers import Real
from typing import Any

import nnabla as nn
import numpy as np
from nnabla.backward_functions import register
from nnabla.function import PythonFunction


class _GradientReversal(PythonFunction):
    """Takes ``factor = -scale``, so that the backward is a single multiply."""

    name = f"{__name__}.GradientReversal"  # nn.grad finds the backward by it: see register below

    def __init__(self, factor: Any) -> None:
        super().__init__()
        self.args = {"factor": factor}

    def min_outputs(self) -> int:
        return 1

    # The gradient needs neither x nor y, so nnabla may free both after the forward pass.
    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return False

    def grad_depends_output_data(self, i: int, o: int) -> bool:
        return False

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].reset_shape(inputs[0].shape, True)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        # A copy: nnabla has no views that a PythonFunction could return.
        x = _read(inputs[0].data)
        self.dtype = x.dtype
        np.copyto(outputs[0].data.get_data("w", x.dtype), x)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            dy = outputs[0].grad.get_data("r", self.dtype)
            _multiply(dy, self.args["factor"], inputs[0].grad, accum[0])


class _Multiplication(_GradientReversal):
    """The backward of a reversal as a node that nn.grad can differentiate: it is linear."""

    name = f"{__name__}.Multiplication"

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        dy = _read(inputs[0].data)
        self.dtype = dy.dtype
        _multiply(dy, self.args["factor"], outputs[0].data)


def _gradient_graph(grad_inputs: Any, *_: Any, factor: Any) -> Any:
    return _Multiplication(factor)(grad_inputs[0])


register(_GradientReversal.name, _gradient_graph)
register(_Multiplication.name, _gradient_graph)


def gradient_reversal(x: Any, scale: Any = 1.0) -> Any:
    """Return ``x``; in the backward pass, multiply the gradient by ``-scale``.

    The output is a copy of ``x``. The scale is captured here: changing it later changes no
    gradient of this graph. A new scale in a static graph needs a new call.

    Args:
        x: an ``nn.Variable``, or an ``nn.NdArray`` to be computed at once; any shape; float16,
            float32 or float64. Other numbers are read as float32, as nnabla's functions do.
        scale: finite; a number, or a numpy array, ``nn.NdArray`` or ``nn.Variable`` that needs
            no gradient and has its values already: one number, or one per sample with shape
            (N, 1, ..., 1) and the rank of ``x``.

    Returns:
        ``x``, with its shape and dtype. Its gradient is ``-scale * dy``: ``scale`` is rounded
        once to the compute type (float64 for float64, else float32), and the product once to
        the dtype of ``x``.

    Raises:
        TypeError: ``x`` is neither a Variable nor an NdArray, or ``scale`` is not a real number.
        ValueError: ``scale`` is not finite, has another shape, needs a gradient or has no value.
    """
    _check_variable(x)
    return _GradientReversal(-_fitted("scale", _checked("scale", scale), x))(x)


class GradientReversal(nn.Module):
    """:func:`gradient_reversal` as a module; ``scale`` may be set again between calls.

    The scale is no parameter: ``save_parameters`` leaves it out, as it does every argument of a
    module. ``copy.deepcopy`` and ``pickle`` keep it exactly.

    Args:
        scale: as for :func:`gradient_reversal`.
    """

    def __init__(self, scale: Any = 1.0) -> None:
        self.scale = _checked("scale", scale)

    def call(self, x: Any) -> Any:
        return gradient_reversal(x, self.scale)

    def __repr__(self) -> str:
        return f"GradientReversal(scale={self.scale})"


def _read(array: Any) -> Any:
    """A read-only numpy view of an NdArray; of a copy in float32 if it holds no floats."""
    values = array.get_data("r")
    return values if values.dtype.kind == "f" else array.get_data("r", np.float32)


def _multiply(x: Any, factor: Any, into: Any, accumulate: bool = False) -> None:
    """Write ``factor * x`` into an NdArray, or add it to what is there."""
    compute = np.float64 if x.dtype == np.float64 else np.float32
    product = _scratch(x.shape, x.dtype) if accumulate else into.get_data("w", x.dtype)
    # NaN, inf and overflow pass without a warning, as in nnabla's own functions.
    with np.errstate(all="ignore"):
        np.multiply(x, np.asarray(factor, compute), out=product, dtype=compute)
        if accumulate:
            total = into.get_data("rw")
            np.add(total, product, out=total)


def _scratch(shape: tuple[int, ...], dtype: Any) -> Any:
    """A numpy array in memory that nnabla has cached: a new one would cost a fault per page."""
    return nn.NdArray(shape).get_data("w", dtype)


def _check_variable(x: Any) -> None:
    if not isinstance(x, (nn.Variable, nn.NdArray)):
        raise TypeError(f"x must be an nnabla Variable or NdArray, got {type(x).__name__}")


def _checked(name: str, value: Any) -> Any:
    """A finite float, or a copy of an array of them in float64."""
    if isinstance(value, nn.Variable):
        if value.need_grad:
            raise ValueError(f"{name} gets no gradient here, but needs one: unlink it first")
        value = value.data
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
    exact = np.array(value, np.float64)
    if not np.isfinite(exact).all():
        raise ValueError(f"{name} must be finite, got {value!r}")
    return exact if exact.ndim else exact.item()


def _fitted(name: str, value: Any, x: Any) -> Any:
    per_sample = (*x.shape[:1], *(1,) * (len(x.shape) - 1))
    if np.shape(value) not in ((), per_sample):
        wanted = f"() or {per_sample}, one number per sample"
        raise ValueError(f"{name} must have shape {wanted}, got {np.shape(value)}")
    return value
