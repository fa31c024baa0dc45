"""Right layers for nnabla in the shapes of well-known public ones: none may be blamed.

Each is in our own words of a public layer, or of a way to write functions, that is named; what it
misses of SHOULD clauses is its author's choice. ``right.py`` has the usual styles.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla import NdArray, Variable
from nnabla.backward_functions import register
from nnabla.function import Identity, MulScalar
from nnabla.initializer import ConstantInitializer
from nnabla.parameter import get_parameter_or_create

from tests.mutants import right
from tests.mutants.formulas import mixed, scaled
from tests.mutants.nnabla.arrays import ArrayFunction, Scalar, exact
from tests.mutants.nnabla.right import ReversalModule


class _Reversing(ArrayFunction):
    name = "PublicReversing"

    def __init__(self, ctx: Any = None, scale: float = 1.0) -> None:
        super().__init__(ctx)
        self.scale = scale

    def forward(self, *xs: Any) -> Any:
        return xs[0]

    def backward(self, dy: Any, i: int) -> Any:
        return (-self.scale * dy).astype(dy.dtype)


class _Arrays(_Reversing):
    name = "PublicArrays"

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        dtype = inputs[0].data.dtype
        outputs[0].d = inputs[0].d
        outputs[0].data.cast(dtype, self.ctx)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if propagate_down[0]:
            dtype, product = outputs[0].grad.dtype, -float(self.scale) * outputs[0].g
            inputs[0].g = inputs[0].g + product if accum[0] else product
            inputs[0].grad.cast(dtype, self.ctx)


@F.function_api  # type: ignore[untyped-decorator]
def _reversed(ctx: Any, x: Any, scale: Any, n_outputs: int = -1, outputs: Any = None) -> Any:
    return _Arrays(ctx, scale)(x, n_outputs=n_outputs, outputs=outputs)


@right("gradient_reversal")
def function_api(x: Variable, scale: Scalar) -> Variable:
    """sony/nnabla's test of PythonFunction: its decorator, and ``.d`` and ``.g``, then cast."""
    return _reversed(x, scale)


@right("gradient_reversal")
class OneArgument(_Reversing):
    """nnabla's manual, where a function is made with a context only: no scale at all."""

    def __init__(self, ctx: Any) -> None:
        super().__init__(ctx)


class _Registered(_Reversing):
    name = "PublicRegistered"

    @property
    def args(self) -> dict[str, Any]:
        return {"scale": self.scale}

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return True


register("PublicRegistered", lambda dys, *_, scale: dys[0] * -scale)


@right("gradient_reversal")
def optional_context(x: Variable, scale: float = 1.0, ctx: Any = None) -> Variable:
    """Arguments by position, the context last, and a backward that is registered for nn.grad."""
    return _Registered(ctx, scale)(x)


def _run(function: Any, x: NdArray, y: NdArray) -> None:
    inputs, outputs = [Variable(x.shape)], [Variable(y.shape)]
    inputs[0].data, outputs[0].data = x, y
    function.setup(inputs, outputs)
    function.forward(inputs, outputs)


class _Delegating(ArrayFunction):
    name = "PublicDelegating"

    def __init__(self, ctx: Any, scale: float) -> None:
        super().__init__(ctx)
        self.identity, self.multiply = Identity(ctx), MulScalar(ctx, -scale, False)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        _run(self.identity, inputs[0].data, outputs[0].data)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dx = inputs[0].grad
        result = NdArray(dx.shape) if accum[0] else dx
        _run(self.multiply, outputs[0].grad, result)
        if accum[0]:
            with nn.context_scope(self.ctx):
                dx += result


@right("gradient_reversal")
def delegating(x: Variable, scale: float) -> Variable:
    """nnabla's backward_function.UnaryDataGrad: the kernels of functions inside of another."""
    return _Delegating(nn.get_current_context(), scale)(x)


@right("gradient_reversal")
def made_in_the_call(x: Variable, scale: Scalar = 1.0) -> Variable:
    """A class in the function, which takes the scale from there, as PyTorch's older ones do."""

    class Reversing(_Reversing):
        def backward(self, dy: Any, i: int) -> Any:
            return scaled(dy, -scale)

    return Reversing()(x)


@right("gradient_reversal")
class InParameters(nn.Module):
    """The scale is a parameter that needs no gradient: it is saved with the model, in float32."""

    def __init__(self, scale: float = 1.0) -> None:
        self.start = scale

    def call(self, x: Variable) -> Variable:
        start = ConstantInitializer(self.start)
        scale = get_parameter_or_create("scale", (1,), start, need_grad=False)
        return delegating(x, float(scale.d[0]))


@right("gradient_reversal")
class InModule(nn.Module):
    """A module in another. It refuses a negative scale."""

    def __init__(self, scale: float = 1.0) -> None:
        if not scale >= 0:
            raise ValueError(f"scale must be at least 0, got {scale}")
        self.grl = ReversalModule(scale)

    def call(self, x: Variable, training: bool = True) -> Variable:
        return F.identity(self.grl(F.identity(x)))


@right("mul_scalar")
def operator(x: Variable, scalar: float) -> Variable:
    """nnabla's own operator, which rounds the scalar to half precision there."""
    return scalar * x


class _Shaking(ArrayFunction):
    name = "PublicShaking"

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return j == 3

    def forward(self, *xs: Any) -> Any:
        return mixed(*xs[:3])

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dy, beta = outputs[0].grad.get_data("r"), inputs[3].data.get_data("r")
        for i, factor in enumerate((beta, 1 - beta)):
            if propagate_down[i]:
                self.deliver(scaled(dy, factor), inputs[i].grad, accum[i])


@right("shake_shake")
def coefficients_as_inputs(x0: Variable, x1: Variable, alpha: Any, beta: Any) -> Variable:
    """hysts/pytorch_shake_shake, as a function with four inputs."""
    arrays = (exact(c).astype(np.float32) for c in (alpha, beta))
    return _Shaking()(x0, x1, *map(Variable.from_numpy_array, arrays))


@right("shake_shake")
def draws_as_a_function(x0: Variable, x1: Variable, training: bool = True) -> Variable:
    """F.rand draws in the graph, anew in each forward pass."""
    if not training:
        return coefficients_as_inputs(x0, x1, 0.5, 0.5)
    shape = (*x0.shape[:1], *(1,) * (x0.ndim - 1))
    with nn.context_scope(nn.Context()):  # in float32: half precision would round some up to 1
        return _Shaking()(x0, x1, F.rand(shape=shape), F.rand(shape=shape))


@right("shake_shake")
def with_a_test_flag(x0: Variable, x1: Variable, test: bool = False) -> Variable:
    """What differs in evaluation has an argument ``test``, as networks for nnabla have it."""
    return draws_as_a_function(x0, x1, not test)


@right("shake_shake")
class DrawsOnly(nn.Module):
    """It draws, and takes no coefficients; images alone."""

    def call(self, x0: Variable, x1: Variable) -> Variable:
        _, _, _, _ = x0.shape
        return draws_as_a_function(x0, x1, self.training)


@right("shake_shake")
class OtherModule:
    """nnabla-nas has modules of its own: the mode is an attribute, but of no ``nn.Module``."""

    training = True

    def __call__(self, x0: Variable, x1: Variable) -> Variable:
        return draws_as_a_function(x0, x1, self.training)


class _DrawsInside(ArrayFunction):
    name = "PublicDrawsInside"

    def __init__(self, random: Any) -> None:
        super().__init__()
        self.random = random

    def forward(self, *xs: Any) -> Any:
        alpha, self.beta = self.random.random_sample(2).astype(np.float32)
        return mixed(xs[0], xs[1], alpha)

    def backward(self, dy: Any, i: int) -> Any:
        return scaled(dy, (self.beta, 1 - self.beta)[i])


@right("shake_shake")
class InObject:
    """NumPy draws one alpha and beta a batch, in the forward pass of a PythonFunction."""

    def __init__(self, rng: Any = None) -> None:
        self.random = rng or np.random

    def __call__(self, x0: Variable, x1: Variable, test: bool = False) -> Variable:
        return 0.5 * x0 + 0.5 * x1 if test else _DrawsInside(self.random)(x0, x1)
