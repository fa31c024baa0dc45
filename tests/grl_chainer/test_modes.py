"""The layers in Chainer's modes, under its hooks and with its optimizers."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import chainer
import numpy as np
import pytest
from chainer import Chain, FunctionHook, Sequential, Variable, functions, links, optimizers

from grl_chainer import GradientReversal, MulScalar, ShakeShake, shake_shake
from tests.grl_chainer.layers import Layer, each_dtype, each_layer, law, random


@each_layer
def test_no_backprop_and_force_backprop_mode(layer: Layer, factors: tuple[float, ...]) -> None:
    x = Variable(random(0))
    with chainer.no_backprop_mode():
        assert layer(x).creator is None
        with chainer.force_backprop_mode():
            y = layer(x)
    y.grad = random(1)
    y.backward()
    np.testing.assert_array_equal(x.grad, law(factors, random(1)))


@each_layer
@each_dtype
@pytest.mark.parametrize("shape", [(3, 4), (), (0, 2)])
def test_debug_mode(
    layer: Layer, factors: tuple[float, ...], dtype: Any, shape: tuple[int, ...]
) -> None:
    x = Variable(np.asarray(random(0, dtype, shape)))
    dy = np.asarray(random(1, dtype, shape))
    with chainer.using_config("debug", True):
        y = layer(x)
        y.grad = dy
        y.backward()
    np.testing.assert_array_equal(x.grad, law(factors, dy))
    assert (x.grad.dtype, x.grad.shape) == (dtype, shape)


@each_layer
def test_debug_mode_finds_nan(layer: Layer, factors: tuple[float, ...]) -> None:
    nan = np.full((3, 4), np.nan, np.float32)
    with chainer.using_config("debug", True):
        with pytest.raises(RuntimeError, match="NaN is detected on forward computation"):
            layer(Variable(nan))
        y = layer(Variable(random(0)))
        y.grad = nan
        with pytest.raises(RuntimeError, match="NaN is detected on backward computation"):
            y.backward()


class Log(FunctionHook):
    """What a hook is told, in order."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def forward_preprocess(self, function: Any, in_data: Any) -> None:
        self.seen.append(f"forward {function.label}")

    def backward_preprocess(self, function: Any, in_data: Any, out_grad: Any) -> None:
        assert all(array is None for array in in_data)  # nothing is retained
        self.seen.append(f"backward {function.label}")


@each_layer
def test_hooks_see_every_step(layer: Layer, factors: tuple[float, ...]) -> None:
    x = Variable(random(0)) + 0
    with Log() as log:
        y = layer(x)
        node = y.creator.label
        chainer.grad([y], [x], [Variable(random(1))])
    assert node in ("GradientReversalFunction", "MulScalarFunction", "ShakeShakeFunction")
    steps = [f"forward {node}", f"backward {node}", *["forward _Times"] * len(factors)]
    assert log.seen[: len(steps)] == steps


@each_layer
def test_keeps_no_array_for_the_backward_pass(layer: Layer, factors: tuple[float, ...]) -> None:
    x = Variable(random(0))
    h = x + 1
    y = layer(h)
    kept = [weakref.ref(h.array), weakref.ref(y.array)]
    total = functions.sum(y)
    del h, y
    gc.collect()
    assert [array() for array in kept] == [None, None]
    total.backward()
    np.testing.assert_array_equal(x.grad, law(factors, np.ones((3, 4), np.float32)))


@each_layer
def test_loss_scale(layer: Layer, factors: tuple[float, ...]) -> None:
    x = Variable(random(0, np.float16))
    functions.sum(layer(x)).backward(loss_scale=128)
    np.testing.assert_array_equal(x.grad, law(factors, np.full((3, 4), 128, np.float16)))


def shaken(mode: str) -> Callable[[Variable], Variable]:
    link = ShakeShake(mode)
    return lambda h: link(h, functions.tanh(h))


LINKS = {
    "GradientReversal": lambda: GradientReversal(0.5),
    "MulScalar": lambda: MulScalar(0.5),
    "ShakeShake": lambda: shaken("even-even"),
}
each_link = pytest.mark.parametrize("build", LINKS.values(), ids=LINKS)


class Net(Chain):
    def __init__(self, layer: Any) -> None:
        super().__init__()
        with self.init_scope():
            self.linear = links.Linear(4, 4, initialW=np.eye(4) / 2)
        self.layer = layer

    def forward(self, x: Any) -> Variable:
        return functions.sum(self.layer(self.linear(x)) ** 2)


def trained(net: Net, x: Any, scale: float | None = None) -> Any:
    optimizer = optimizers.SGD(1 / 32).setup(net)
    optimizer.use_fp32_update()
    if scale is not None:
        optimizer.loss_scaling(scale=scale)
    for _ in range(3):
        optimizer.update(net, x)
    return net.linear.W.array


@each_link
def test_optimizer_with_loss_scaling(build: Callable[[], Any]) -> None:
    """A power of two scales exactly, so the weights come out the same."""
    plain = trained(Net(build()), random(0))
    assert np.abs(plain - np.eye(4) / 2).max() > 0.05
    np.testing.assert_array_equal(trained(Net(build()), random(0), 2.0**10), plain)


@each_link
def test_mixed16(build: Callable[[], Any]) -> None:
    with chainer.using_config("dtype", chainer.mixed16):
        net = Net(build())
        seen: list[Any] = []
        layer = net.layer
        net.layer = lambda h: _noted(seen, layer(h))
        half = trained(net, random(0, np.float16), 128.0)
    assert seen == [np.float16] * 3
    # Three steps, each with some roundings to 11 bits of numbers near 1.
    np.testing.assert_allclose(half, trained(Net(build()), random(0)), rtol=0, atol=5e-3)


def _noted(seen: list[Any], y: Variable) -> Variable:
    seen.append(y.dtype)
    return y


@each_link
def test_link_in_a_sequential_on_a_device(build: Callable[[], Any]) -> None:
    network = Sequential(links.Linear(4, 4), build(), functions.tanh)
    network.to_device("@numpy")
    copied = network.repeat(2, mode="share")
    y = copied(random(0))
    np.testing.assert_array_equal(y.array, network(network(random(0))).array)
    functions.sum(y).backward()
    assert all(np.abs(parameter.grad).max() > 0 for parameter in copied.params())


class Static(Chain):
    def __init__(self, layer: Any) -> None:
        super().__init__()
        with self.init_scope():
            self.linear = links.Linear(4, 4, initialW=np.eye(4))
        self.layer = layer

    def forward(self, x: Any) -> Variable:
        return self.layer(self.linear(x))


# It calls the method once, and from then on only what it recorded.
Static.forward = chainer.static_graph(Static.forward)  # type: ignore[method-assign]


def _train_static(layer: Any) -> list[Any]:
    net = Static(layer)
    gradients = []
    with chainer.using_config("use_static_graph", True):
        for k in range(4):
            y = net(np.full((2, 4), k + 1.0, np.float32))
            net.cleargrads()
            y.grad = np.ones((2, 4), np.float32)
            y.backward()
            gradients.append(net.linear.W.grad[0, 0])
    return gradients


@pytest.mark.parametrize("layer", [MulScalar(0.5), lambda h: shake_shake(h, h * 0, 0.5, 0.5)])
def test_static_graph_records_the_product(layer: Any) -> None:
    """Backward too, where nothing but the recording asks for a node."""
    assert _train_static(layer) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            GradientReversal(0.5),
            "Found result array",
        ),  # as with F.identity: the output is the input
        (shaken("shake-shake"), "static_graph would use the numbers of this run in every other"),
    ],
)
def test_static_graph_refuses_the_others(layer: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        _train_static(layer)
