"""Multiplication by a scalar: ``scalar * x`` forward, ``scalar * dy`` backward.

The smallest whole example of a custom gradient. Its backward is the derivative of its forward,
so an ordinary gradient check passes.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn
from nnabla.backward_functions import register
from nnabla.function import PythonFunction

from grl_nnabla import native
from grl_nnabla._arguments import check_input, checked, fitted
from grl_nnabla._arrays import arithmetic, captured, float_context


class _MulScalar(PythonFunction):
    """The scalar is an attribute, or, if it can change between forward passes, a second input."""

    name = f"{__name__}.MulScalar"  # nn.grad finds the backward by it: see register below

    def __init__(self, scalar: Any = None) -> None:
        super().__init__(float_context())
        self.args = {"scalar": scalar}

    def min_outputs(self) -> int:
        return 1

    # The gradient needs neither x nor y, so nnabla may free both after the forward pass.
    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return j == 1  # the scalar

    def grad_depends_output_data(self, i: int, o: int) -> bool:
        return False

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        fitted("scalar", self.scalar(inputs), inputs[0])  # x can get another shape later.
        outputs[0].reset_shape(inputs[0].shape, True)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        self.arithmetic = arithmetic(self.ctx, inputs[0].data)
        self.arithmetic.multiply(inputs[0].data, self.scalar(inputs), outputs[0].data)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            dy, dx = outputs[0].grad, inputs[0].grad
            self.arithmetic.multiply(dy, self.scalar(inputs), dx, accum[0])

    def scalar(self, inputs: Any) -> Any:
        return inputs[1].data if len(inputs) == 2 else self.args["scalar"]


def _gradient_graph(grad_inputs: Any, inputs: Any, *_: Any, scalar: Any) -> Any:
    dx = _MulScalar(scalar)(grad_inputs[0], *inputs[1:])
    return (dx, None) if len(inputs) == 2 else dx


register(_MulScalar.name, _gradient_graph)


def mul_scalar(x: Any, scalar: Any) -> Any:
    """Return ``scalar * x``, and multiply the gradient by ``scalar`` too.

    A scalar that is a Variable can follow a schedule in a static graph: each forward pass
    captures its value, and changing it later changes no gradient of that pass. Any other scalar
    is captured here.

    Args:
        x: an ``nn.Variable``, or an ``nn.NdArray`` to be computed at once; any shape; float16,
            float32 or float64. Other numbers are read as float32, as nnabla's functions do.
        scalar: finite; one number, or one per sample in an array with shape (N, 1, ..., 1) and
            the rank of ``x``. A number, a numpy array or an ``nn.NdArray``; or an
            ``nn.Variable`` that needs no gradient, and whose values are not checked.

    Returns:
        The product, with the shape and dtype of ``x``. ``scalar`` is rounded once to the
        compute type (float64 for float64, else float32), and the product, forward and
        backward, once to the dtype of ``x``.

    Raises:
        TypeError: ``x`` is neither a Variable nor an NdArray, or ``scalar`` is not a real number.
        ValueError: ``scalar`` is not finite, has another shape, needs a gradient or has no value.
    """
    check_input("x", x)
    scalar = fitted("scalar", checked("scalar", scalar), x)
    if native.is_native():
        return native.mul_scalar(x, scalar)
    scalar = captured(scalar)
    if isinstance(scalar, nn.Variable):
        return _MulScalar()(x, scalar)
    return _MulScalar(scalar)(x)


class MulScalar(nn.Module):
    """:func:`mul_scalar` as a module; ``scalar`` may be set again between calls.

    The scalar is no parameter: ``save_parameters`` leaves it out, as it does every argument of
    a module. ``copy.deepcopy`` and ``pickle`` keep a number or an array exactly.

    Args:
        scalar: as for :func:`mul_scalar`.
    """

    def __init__(self, scalar: Any) -> None:
        self.scalar = checked("scalar", scalar)

    def call(self, x: Any) -> Any:
        return mul_scalar(x, self.scalar)

    def __repr__(self) -> str:
        return f"MulScalar(scalar={self.scalar})"
