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

from tests.porting.page import facts

FACTS, fact = facts()


def _array(values: Any) -> Any:
    return np.asarray(values, np.float32)


def _stepped(optimiser: Any, gradients: list[float], rates: list[float], start: float = 0) -> float:
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
    return float(before - link.w.array.item())


@fact("shape of the weights of a linear layer, 3 to 2")
def linear_shape() -> str:
    return str(L.Linear(3, 2).W.shape)


@fact("spread of its first weights, 400 to 100")
def linear_spread() -> str:
    return f"{L.Linear(400, 100).W.array.std():.2f}"


@fact("its first biases")
def linear_bias() -> str:
    return "0" if (L.Linear(400, 100).b.array == 0).all() else "not 0"


@fact("eps of batch normalisation")
def norm_eps() -> str:
    y = L.BatchNormalization(1)(_array([[1e-3], [-1e-3]])).array.max().item()
    return f"{1e-6 / y**2 - 1e-6:.0e}"


@fact("its running mean after a batch of mean 1")
def norm_mean() -> str:
    norm = L.BatchNormalization(1)
    norm(_array([[0], [2]]))
    return f"{norm.avg_mean.item():.1f}"


@fact("its running variance after a batch of -1, 1, -1, 1")
def norm_variance() -> str:
    norm = L.BatchNormalization(1)
    norm(_array([[-1], [1], [-1], [1]]))
    return f"{norm.avg_var.item():.4f}"


@fact("a training batch of one value a channel")
def norm_of_one() -> str:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        y = L.BatchNormalization(1)(_array([[1]])).array.item()
    return f"{y:.0f}, and it warns" if said else f"{y:.0f}"


@fact("shape of its parameters, 3 channels of images")
def norm_shape() -> str:
    return str(L.BatchNormalization(3).gamma.shape)


@fact("Adam's first step for a gradient of 1e-8")
def adam_eps() -> str:
    return f"{_stepped(optimizers.Adam(), [1e-8], []):.1e}"


@fact("Adam's first step for a weight of 1, a weight decay of 0.1 and no gradient")
def adam_decay() -> str:
    return f"{_stepped(optimizers.Adam(weight_decay_rate=0.1), [0.0], [], 1.0):.3g}"


@fact("AdaGrad's first step for a gradient of 1")
def adagrad() -> str:
    return f"{_stepped(optimizers.AdaGrad(), [1.0], []):.3g}"


@fact("RMSprop's first step for a gradient of 1")
def rmsprop() -> str:
    return f"{_stepped(optimizers.RMSprop(), [1.0], []):.3g}"


@fact("momentum's second step for gradients of 1, with a rate of 0.1 and then 0.01")
def momentum() -> str:
    return f"{_stepped(optimizers.MomentumSGD(0.1, 0.9), [1.0, 1.0], [0.1, 0.01]):.3g}"


@fact("Nesterov's second step for gradients of 1, with a rate of 0.1")
def nesterov() -> str:
    return f"{_stepped(optimizers.NesterovAG(0.1, 0.9), [1.0, 1.0], []):.3g}"


@fact("shape of a softmax cross entropy of two samples")
def cross_entropy_shape() -> str:
    return str(F.softmax_cross_entropy(_array(np.zeros((2, 3))), np.array([0, 1], np.int32)).shape)


@fact("the label that it leaves out")
def ignored() -> str:
    logits = _array(np.zeros((2, 3)))
    kept = F.softmax_cross_entropy(logits[:1], np.array([0], np.int32)).array
    return (
        "-1"
        if F.softmax_cross_entropy(logits, np.array([0, -1], np.int32)).array == kept
        else "none"
    )


@fact("a target of 0.3 for a sigmoid cross entropy")
def soft_target() -> str:
    try:
        F.sigmoid_cross_entropy(_array([1]), _array([0.3]))
    except InvalidType:
        return "raises"
    return "?"


@fact("leaky ReLU of -1")
def leaky() -> str:
    return f"{F.leaky_relu(_array([-1])).array.item():.2g}"


@fact("max pooling by 2 of 5x5")
def pooled() -> str:
    return str(F.max_pooling_2d(_array(np.zeros((1, 1, 5, 5))), 2).shape[2:])


@fact("a deconvolution from 4x4 to 8x8, kernel 3, stride 2, padding 1")
def deconvolved() -> str:
    layer = L.Deconvolution2D(1, 1, 3, stride=2, pad=1, outsize=(8, 8))
    return "`outsize=(8, 8)`" if layer(_array(np.zeros((1, 1, 4, 4)))).shape[2:] == (8, 8) else "?"


@fact("shape of 2x2 upsampled by 2, nearest")
def upsampled() -> str:
    return str(F.unpooling_2d(_array(np.zeros((1, 1, 2, 2))), 2).shape[2:])


@fact("0, 1 upsampled by 2, bilinear")
def bilinear() -> str:
    try:
        y = F.resize_images(_array([[[[0, 1]]]]), (1, 4)).array
    except AttributeError:  # it asks NumPy for np.float, which NumPy 1.24 dropped
        return "raises"
    return ", ".join(f"{value:.2g}" for value in y.ravel())


@fact("softplus of 21 less 21, float64 where there is one")
def softplus() -> str:
    return f"{F.softplus(np.array([21.0])).array.item() - 21:.1e}"


@fact("dropout in evaluation")
def dropout() -> str:
    x = _array(np.ones(1000))
    with chainer.using_config("train", False):
        return "off" if (F.dropout(x, 0.5).array == x).all() else "on"


@fact("a second backward pass")
def accumulated() -> str:
    x = Variable(_array(1))
    for _ in range(2):
        (2 * x).backward()
    return {4.0: "is added", 2.0: "replaces"}.get(x.grad.item(), "?")


@fact("tanh of float64")
def wide() -> str:
    return str(F.tanh(np.ones(1)).dtype)
