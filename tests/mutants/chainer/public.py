"""Right layers for Chainer in the shapes of well-known public ones: none may be blamed.

Each is in our own words of a public layer that is named; what it misses of SHOULD clauses is its
author's choice. ``right.py`` has the usual styles.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import chainer
import numpy as np
from chainer import Chain, Function, FunctionNode, Link, Sequential, Variable
from chainer import functions as F  # noqa: N812 - as Chainer writes it
from chainer.backends import cuda
from chainer.utils import type_check

from tests.mutants import right
from tests.mutants.chainer.arrays import Scalar


@right("gradient_reversal")
class KeepsWhatItGot(Function):
    """JirenJin/chainer-DANN: the scale itself stays on the function, and so does the input."""

    def __init__(self, scale: Scalar) -> None:
        self.scale = scale

    def forward(self, inputs: Any) -> Any:
        return inputs

    def backward(self, inputs: Any, dys: Any) -> Any:
        return (-1.0 * self.scale * dys[0],)


class _ScaleGrad(Function):
    def __init__(self, scale: Scalar) -> None:
        self.scale = scale

    def check_type_forward(self, in_types: Any) -> None:
        type_check.expect(in_types.size() == 1, in_types[0].dtype == np.float32)

    def forward(self, inputs: Any) -> Any:
        return inputs

    def backward(self, inputs: Any, dys: Any) -> Any:
        return tuple(dy * self.scale for dy in dys)


@right("gradient_reversal")
def scaled_by_minus(x: Variable, scale: Scalar) -> Variable:
    """chainerrl's scale_grad, called with the negative scale: it takes float32 only."""
    return _ScaleGrad(-scale)(x)


@right("gradient_reversal")
class OneArgument(FunctionNode):
    """The GRL of several discriminators: a function node, and no scale at all."""

    def check_type_forward(self, in_types: Any) -> None:
        type_check.expect(in_types.size() == 1, in_types[0].dtype.kind == "f")

    def forward(self, inputs: Any) -> Any:
        return (inputs[0],)

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (-dys[0],)


@right("gradient_reversal")
def scale_in_array(x: Variable, scale: Scalar) -> Variable:
    """chainerrl's invert_gradients: a function that moves the number to the device of x."""
    return KeepsWhatItGot(cuda.get_array_module(x.array).asarray(scale))(x)


@right("gradient_reversal")
class PerDevice(Function):
    """In Chainer 1's way: a method for each device, and an output that is a copy."""

    def __init__(self, scale: float = 1.0) -> None:
        self.factor = -float(scale)

    def forward_cpu(self, inputs: Any) -> Any:
        return (inputs[0].copy(),)

    def forward_gpu(self, inputs: Any) -> Any:
        return (inputs[0] + 0,)

    def backward_cpu(self, inputs: Any, dys: Any) -> Any:
        return (np.asarray(self.factor * dys[0], dys[0].dtype),)

    def backward_gpu(self, inputs: Any, dys: Any) -> Any:
        return (self.factor * dys[0],)


class _ScaleAsInput(FunctionNode):
    def forward(self, inputs: Any) -> Any:
        self.retain_inputs((1,))
        return (inputs[0],)

    def backward(self, indexes: Any, dys: Any) -> Any:
        (scale,) = self.get_retained_inputs()
        return -F.broadcast_to(scale, dys[0].shape) * dys[0], None


@right("gradient_reversal")
def rounded_to_the_dtype(x: Variable, scale: Scalar) -> Variable:
    """The scale is the second input of the node, and has to have the dtype of the first."""
    array = cuda.get_array_module(x.array).array(scale, x.dtype)
    return _ScaleAsInput().apply((x, array))[0]


@right("gradient_reversal")
class InPersistent(Link):
    """A link that is saved with its scale, in float32; it refuses a negative one."""

    def __init__(self, scale: Scalar = 1.0) -> None:
        super().__init__()
        if not np.all(scale >= 0):
            raise ValueError(f"scale must be at least 0, got {scale}")
        self.add_persistent("scale", np.array(scale, np.float32))

    def forward(self, x: Variable) -> Variable:
        return KeepsWhatItGot(self.scale)(x)


@right("gradient_reversal")
def in_sequential(scale: Scalar) -> Sequential:
    """A layer among others in a Sequential, as chainercv's chains have them."""
    return Sequential(F.identity, partial(scale_in_array, scale=scale), F.identity)


class _Scheduled(Chain):
    def __init__(self, high: float) -> None:
        super().__init__()
        self.high, self.progress = high, 1.0
        with self.init_scope():
            self.grl = InPersistent(0.0)

    def forward(self, x: Variable) -> Variable:
        self.grl.scale = self.high * (2 / (1 + math.exp(-1000 * self.progress)) - 1)
        return self.grl(x)


@right("gradient_reversal")
def scheduled(scale: float) -> _Scheduled:
    """A chain that sets the scale of its child in each pass, as the progress asks."""
    return _Scheduled(high=scale)


@right("gradient_reversal")
def images_only(x: Variable, scale: Scalar) -> Variable:
    """It unpacks four axes."""
    _, _, height, width = x.shape
    assert height * width >= 0
    return KeepsWhatItGot(scale)(x)


@right("mul_scalar")
def operator(x: Variable, scalar: Scalar) -> Variable:
    """No function of one's own: Chainer's operator."""
    return x * scalar


@right("mul_scalar")
def broadcast(x: Variable, scalar: Scalar) -> Variable:
    """Chainer's F.scale, by a number in the dtype of x."""
    return F.scale(x, cuda.get_array_module(x.array).array(scalar, x.dtype), axis=0)


def _mixed(x0: Any, x1: Any, c: Any) -> Any:
    return x0 * c + x1 * (1 - c)


@right("shake_shake")
class Mul(Function):
    """nutszebra/shake_shake and motokimura/shake_shake_chainer, drawing beta with alpha."""

    def forward(self, inputs: Any) -> Any:
        x0, x1 = inputs
        xp = cuda.get_array_module(x0)
        alpha, self.beta = (xp.full(x0.shape, 0.5, x0.dtype) for _ in range(2))
        if chainer.configuration.config.train:
            for i in range(len(x0)):
                alpha[i], self.beta[i] = xp.random.rand(2)
        return (x0 * alpha + x1 * (xp.ones(x0.shape, x0.dtype) - alpha),)

    def backward(self, inputs: Any, dys: Any) -> Any:
        return dys[0] * self.beta, dys[0] * (1 - self.beta)


class _Halves(Function):
    def forward(self, inputs: Any) -> Any:
        self.retain_inputs(())
        (x,) = inputs
        half = x.shape[1] // 2
        alpha = self.beta = x.dtype.type(0.5)
        if chainer.config.train:
            shape = (2, len(x), *(1,) * (x.ndim - 1))
            drawn = cuda.get_array_module(x).random.uniform(0, 1, shape).astype(x.dtype)
            alpha, self.beta = drawn
        return (_mixed(x[:, :half], x[:, half:], alpha),)

    def backward(self, inputs: Any, dys: Any) -> Any:
        halves = dys[0] * self.beta, dys[0] * (1 - self.beta)
        return (cuda.get_array_module(*dys).concatenate(halves, axis=1),)


@right("shake_shake")
def halves(x0: Variable, x1: Variable) -> Variable:
    """hitsgub/extra-chainer, drawing both at once: the branches are the halves of the channels."""
    return _Halves()(F.concat((x0, x1), axis=1))


class _ShakeFunction(FunctionNode):
    def forward(self, inputs: Any) -> Any:
        self.retain_inputs((3,))
        x0, x1, alpha, _ = inputs
        return (_mixed(x0, x1, alpha),)

    def backward(self, indexes: Any, dys: Any) -> Any:
        beta = F.broadcast_to(self.get_retained_inputs()[0], dys[0].shape)
        return beta * dys[0], (1 - beta) * dys[0], None, None


@right("shake_shake")
def coefficients_as_inputs(x0: Variable, x1: Variable, alpha: Any, beta: Any) -> Variable:
    """hysts/pytorch_shake_shake, as a node with four inputs."""
    return _ShakeFunction().apply((x0, x1, alpha, beta))[0]


@right("shake_shake")
class DrawsOnly(Link):
    """It draws, and takes no coefficients; images alone."""

    def forward(self, x0: Variable, x1: Variable) -> Variable:
        if not chainer.config.train:
            return 0.5 * x0 + 0.5 * x1
        images, _, _, _ = x0.shape
        alpha, beta = self.xp.random.rand(2, images, 1, 1, 1).astype(x0.dtype)
        return coefficients_as_inputs(x0, x1, alpha, beta)


@right("shake_shake")
def draws_with_a_flag(x0: Variable, x1: Variable, train: bool = True) -> Variable:
    """In Chainer 1's way: a function that draws, with the mode as an argument."""
    with chainer.using_config("train", train):
        return Mul()(x0, x1)
