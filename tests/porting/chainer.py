"""What Chainer does."""

from __future__ import annotations

import warnings
from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer writes it
import chainer.links as L  # noqa: N812
import numpy as np
from chainer import Link, Parameter, Variable, optimizers
from chainer.utils.type_check import InvalidType

from tests.porting.page import Measurements


def _array(values: Any) -> Any:
    return np.asarray(values, np.float32)


def _stepped(
    optimiser: Any,
    gradients: list[float],
    rates: list[float] | None = None,
    start: float = 0,
    form: str = ".3g",
) -> str:
    """By how much the last step lowers a weight."""
    link = Link()
    with link.init_scope():
        link.w = Parameter(_array([start]))
    optimiser.setup(link)
    before = 0.0
    for number, gradient in enumerate(gradients):
        before = link.w.array.item()
        link.w.grad = _array([gradient])
        if rates:
            optimiser.lr = rates[number]
        optimiser.update()
    return format(before - link.w.array.item(), form)


def _normalised(values: Any) -> Any:
    """A batch, and the layer that has seen it."""
    norm = L.BatchNormalization(1)
    return norm(_array(values)).array, norm


def _eps() -> str:
    y = _normalised([[1e-3], [-1e-3]])[0].max().item()
    return f"{1e-6 / y**2 - 1e-6:.0e}"


def _one_value() -> str:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        y = _normalised([[1]])[0].item()
    return f"{y:.0f}, and it warns" if said else f"{y:.0f}"


def _ignored() -> str:
    logits, labels = _array(np.zeros((2, 3))), np.array([0, -1], np.int32)
    kept = F.softmax_cross_entropy(logits[:1], labels[:1]).array
    return "-1" if F.softmax_cross_entropy(logits, labels).array == kept else "none"


def _soft_target() -> str:
    try:
        F.sigmoid_cross_entropy(_array([1]), _array([0.3]))
    except InvalidType:
        return "raises"
    return "?"


def _deconvolved() -> str:
    layer = L.Deconvolution2D(1, 1, 3, stride=2, pad=1, outsize=(8, 8))
    return "`outsize=(8, 8)`" if layer(_array(np.zeros((1, 1, 4, 4)))).shape[2:] == (8, 8) else "?"


def _bilinear() -> str:
    try:
        y = F.resize_images(_array([[[[0, 1]]]]), (1, 4)).array
    except AttributeError:  # it asks NumPy for np.float, which NumPy 1.24 dropped
        return "raises"
    return ", ".join(f"{value:.2g}" for value in y.ravel())


def _dropout() -> str:
    x = _array(np.ones(1000))
    with chainer.using_config("train", False):
        return "off" if (F.dropout(x, 0.5).array == x).all() else "on"


def _accumulated() -> str:
    x = Variable(_array(1))
    for _ in range(2):
        (2 * x).backward()
    return {4.0: "is added", 2.0: "replaces"}.get(x.grad.item(), "?")


MEASURED: Measurements = {
    "shape of the weights of a linear layer, 3 to 2": lambda: L.Linear(3, 2).W.shape,
    "spread of its first weights, 400 to 100": lambda: f"{L.Linear(400, 100).W.array.std():.2f}",
    "its first biases": lambda: "not 0" if L.Linear(400, 100).b.array.any() else "0",
    "eps of batch normalisation": _eps,
    "its running mean after a batch of mean 1": lambda: (
        f"{_normalised([[0], [2]])[1].avg_mean.item():.1f}"
    ),
    "its running variance after a batch of -1, 1, -1, 1": lambda: (
        f"{_normalised([[-1], [1], [-1], [1]])[1].avg_var.item():.4f}"
    ),
    "a training batch of one value a channel": _one_value,
    "shape of its parameters, 3 channels of images": lambda: L.BatchNormalization(3).gamma.shape,
    "Adam's first step for a gradient of 1e-8": lambda: _stepped(
        optimizers.Adam(), [1e-8], form=".1e"
    ),
    "Adam's first step for a weight of 1, a weight decay of 0.1 and no gradient": lambda: _stepped(
        optimizers.Adam(weight_decay_rate=0.1), [0], start=1
    ),
    "AdaGrad's first step for a gradient of 1": lambda: _stepped(optimizers.AdaGrad(), [1]),
    "RMSprop's first step for a gradient of 1": lambda: _stepped(optimizers.RMSprop(), [1]),
    "momentum's second step for gradients of 1, with a rate of 0.1 and then 0.01": lambda: _stepped(
        optimizers.MomentumSGD(0.1, 0.9), [1, 1], [0.1, 0.01]
    ),
    "Nesterov's second step for gradients of 1, with a rate of 0.1": lambda: _stepped(
        optimizers.NesterovAG(0.1, 0.9), [1, 1]
    ),
    "shape of a softmax cross entropy of two samples": lambda: (
        F.softmax_cross_entropy(_array(np.zeros((2, 3))), np.array([0, 1], np.int32)).shape
    ),
    "the label that it leaves out": _ignored,
    "a target of 0.3 for a sigmoid cross entropy": _soft_target,
    "leaky ReLU of -1": lambda: f"{F.leaky_relu(_array([-1])).array.item():.2g}",
    "max pooling by 2 of 5x5": lambda: F.max_pooling_2d(_array(np.zeros((1, 1, 5, 5))), 2).shape[
        2:
    ],
    "a deconvolution from 4x4 to 8x8, kernel 3, stride 2, padding 1": _deconvolved,
    "shape of 2x2 upsampled by 2, nearest": lambda: F.unpooling_2d(
        _array(np.zeros((1, 1, 2, 2))), 2
    ).shape[2:],
    "0, 1 upsampled by 2, bilinear": _bilinear,
    "softplus of 21 less 21, float64 where there is one": lambda: (
        f"{F.softplus(np.array([21.0])).array.item() - 21:.1e}"
    ),
    "dropout in evaluation": _dropout,
    "a second backward pass": _accumulated,
    "tanh of float64": lambda: F.tanh(np.ones(1)).dtype,
}
