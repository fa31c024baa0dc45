"""The Gradient Reversal Layer (GRL): the identity forward, ``-scale * dy`` backward.

Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 17 (2016),
section 4.2.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn
from nnabla.backward_functions import register
from nnabla.function import PythonFunction

from grl_nnabla import native
from grl_nnabla._arguments import check_input, checked, fitted
from grl_nnabla._arrays import arithmetic, captured, float_context


class _GradientReversal(PythonFunction):
    """Takes ``factor = -scale``, so that the backward is a single multiply.

    The factor is an attribute, or, if it can change between forward passes, a second input.
    """

    name = f"{__name__}.GradientReversal"  # nn.grad finds the backward by it: see register below

    def __init__(self, factor: Any = None) -> None:
        super().__init__(float_context())
        self.args = {"factor": factor}

    def min_outputs(self) -> int:
        return 1

    # The gradient needs neither x nor y, so nnabla may free both after the forward pass.
    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return j == 1  # the factor

    def grad_depends_output_data(self, i: int, o: int) -> bool:
        return False

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        fitted("scale", self.factor(inputs), inputs[0])  # x can get another shape later.
        outputs[0].reset_shape(inputs[0].shape, True)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        # A copy: nnabla has no views that a PythonFunction could return.
        self.arithmetic = arithmetic(self.ctx, inputs[0].data)
        self.arithmetic.copy(inputs[0].data, outputs[0].data)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            self.times(inputs, outputs[0].grad, inputs[0].grad, accum[0])

    def times(self, inputs: Any, x: Any, into: Any, accumulate: bool = False) -> None:
        self.arithmetic.multiply(x, self.factor(inputs), into, accumulate)

    def factor(self, inputs: Any) -> Any:
        return inputs[1].data if len(inputs) == 2 else self.args["factor"]


class _Multiplication(_GradientReversal):
    """The backward of a reversal as a node that nn.grad can differentiate: it is linear."""

    name = f"{__name__}.Multiplication"

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        self.arithmetic = arithmetic(self.ctx, inputs[0].data)
        self.times(inputs, inputs[0].data, outputs[0].data)


def _gradient_graph(grad_inputs: Any, inputs: Any, *_: Any, factor: Any) -> Any:
    dx = _Multiplication(factor)(grad_inputs[0], *inputs[1:])
    return (dx, None) if len(inputs) == 2 else dx


register(_GradientReversal.name, _gradient_graph)
register(_Multiplication.name, _gradient_graph)


def gradient_reversal(x: Any, scale: Any = 1.0) -> Any:
    """Return ``x``; in the backward pass, multiply the gradient by ``-scale``.

    The output is a copy of ``x``. A scale that is a Variable can follow a schedule in a static
    graph: each forward pass captures its value, and changing it later changes no gradient of
    that pass. Any other scale is captured here.

    Args:
        x: an ``nn.Variable``, or an ``nn.NdArray`` to be computed at once; any shape; float16,
            float32 or float64. Other numbers are read as float32, as nnabla's functions do.
        scale: finite; one number, or one per sample in an array with shape (N, 1, ..., 1) and
            the rank of ``x``. A number, a numpy array or an ``nn.NdArray``; or an
            ``nn.Variable`` that needs no gradient, which is read as float32, and whose values
            are not checked.

    Returns:
        ``x``, with its shape and dtype. Its gradient is ``-scale * dy``: ``scale`` is rounded
        once to the compute type (float64 for float64, else float32), and the product once to
        the dtype of ``x``.

    Raises:
        TypeError: ``x`` is neither a Variable nor an NdArray, or ``scale`` is not a real number.
        ValueError: ``scale`` is not finite, has another shape, needs a gradient or has no value.
    """
    check_input("x", x)
    scale = fitted("scale", checked("scale", scale), x)
    if native.is_native():
        return native.gradient_reversal(x, scale)
    with nn.context_scope(float_context()):  # A Variable is negated by the graph, in float32.
        factor = -captured(scale)
    if isinstance(factor, nn.Variable):
        return _GradientReversal()(x, factor)
    return _GradientReversal(factor)(x)


class GradientReversal(nn.Module):
    """:func:`gradient_reversal` as a module; ``scale`` may be set again between calls.

    The scale is no parameter: ``save_parameters`` leaves it out, as it does every argument of a
    module. ``copy.deepcopy`` and ``pickle`` keep a number or an array exactly.

    Args:
        scale: as for :func:`gradient_reversal`.
    """

    def __init__(self, scale: Any = 1.0) -> None:
        self.scale = checked("scale", scale)

    def call(self, x: Any) -> Any:
        return gradient_reversal(x, self.scale)

    def __repr__(self) -> str:
        return f"GradientReversal(scale={self.scale})"
