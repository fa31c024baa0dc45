"""How nnabla runs a graph, and what it frees on the way, changes no value and no gradient."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from grl_nnabla import shake_shake
from tests.grl_nnabla.graphs import forward_or_first_cause, leaf
from tests.grl_nnabla.layers import Layer, every_factor, every_layer

new_shapes = pytest.mark.skipif(
    tuple(map(int, nn.__version__.split(".")[:2])) < (1, 39),
    reason="nnabla before 1.39 refuses a new shape of a PythonFunction's input",
)
CLEAR = [{}, {"clear_no_need_grad": True}, {"clear_buffer": True}]


def gradients(y: Any, xs: list[Any], dy: float = 1.0, **options: Any) -> list[Any]:
    for x in xs:
        x.g = np.nan
        x.grad.zero()
    y.backward(dy, **options)
    return [x.g.copy() for x in xs]


@every_layer
@pytest.mark.parametrize("forward", CLEAR, ids=str)
@pytest.mark.parametrize("clear_buffer", [False, True])
@pytest.mark.parametrize("kept", ["nothing", "input", "output"])
def test_what_is_cleared_and_what_persists(
    layer: Layer, forward: Any, clear_buffer: bool, kept: str
) -> None:
    xs = layer.leaves()
    hs = [F.add_scalar(x, 0.0) for x in xs]
    y = layer.function(*hs)
    for variable in {"nothing": [], "input": hs, "output": [y]}[kept]:
        variable.persistent = True
    z = F.mul_scalar(y, 2.0)
    for _ in range(2):
        z.forward(**forward)
        np.testing.assert_array_equal(z.d, 2 * layer.value(xs))
        cleared = {"input": all(h.data.clear_called for h in hs), "output": y.data.clear_called}
        assert cleared == {name: bool(forward) and name != kept for name in cleared}
        if "clear_buffer" in forward:
            continue  # it is for inference: no gradient follows
        dxs = gradients(z, xs, clear_buffer=clear_buffer)
        for dx, weight in zip(dxs, layer.backward, strict=True):
            np.testing.assert_array_equal(dx, np.full_like(dx, 2 * weight))


@every_layer
def test_neither_input_nor_output_is_read_by_the_backward_pass(layer: Layer) -> None:
    xs = layer.leaves()
    y = layer.function(*xs)
    y.forward()
    for variable in (y, *xs):
        variable.data.fill(np.nan)
    for dx, weight in zip(gradients(y, xs), layer.backward, strict=True):
        np.testing.assert_array_equal(dx, np.full_like(dx, weight))


@new_shapes
@every_layer
def test_new_values_and_a_new_shape_in_one_graph(layer: Layer) -> None:
    xs = layer.leaves()
    z = F.mul_scalar(layer.function(*xs), 2.0)
    for shape in ((2, 3), (2, 3), (5, 4), (1, 1)):
        for x in xs:
            x.reset_shape(shape, force=True)
            x.d = np.random.RandomState(1).randint(-8, 8, shape)
        z.forward(clear_no_need_grad=True)
        np.testing.assert_array_equal(z.d, 2 * layer.value(xs))
        for dx, weight in zip(gradients(z, xs), layer.backward, strict=True):
            np.testing.assert_array_equal(dx, np.full(shape, 2 * weight))


@new_shapes
@every_factor
@pytest.mark.parametrize("kind", [np.asarray, nn.Variable.from_numpy_array])
def test_a_new_shape_that_does_not_fit_is_refused(name: str, layer: Any, kind: Any) -> None:
    """Here nnabla raises a SystemError; ours is its first cause, which users see first."""
    x, other = leaf(np.ones((2, 3))), leaf(np.ones((2, 3)))
    graphs = {
        rf"{name} must have shape \(\) or \(5, 1\), one number per sample, got \(2, 1\)": (
            layer(x, kind(np.ones((2, 1))))
        ),
        r"x1 must have the shape of x0, \(5, 3\), got \(2, 3\)": shake_shake(x, other, 0.5, 0.5),
    }
    x.reset_shape((5, 3), force=True)
    x.d = 1
    for message, y in graphs.items():
        with pytest.raises(ValueError, match=f"^{message}$"):
            forward_or_first_cause(y)


@every_layer
def test_four_threads(layer: Layer) -> None:
    """They leave the parameter scope alone, unlike modules: nnabla enters it at each method."""

    def run(dy: int) -> None:
        xs = layer.leaves()
        y = layer.function(*xs)
        for _ in range(25):
            y.forward()
            np.testing.assert_array_equal(y.d, layer.value(xs))
            for dx, weight in zip(gradients(y, xs, dy), layer.backward, strict=True):
                np.testing.assert_array_equal(dx, np.full_like(dx, dy * weight))

    with nn.parameter_scope("here") as scope:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(run, range(16)))
        assert nn.parameter.get_current_parameter_scope() is scope


@every_layer
def test_parts_that_are_unlinked(layer: Layer) -> None:
    """The gradient stops where a graph was cut, and can be handed over by hand."""
    xs = layer.leaves()
    y = layer.function(*xs)
    y.forward()
    cut = y.get_unlinked_variable(need_grad=True)
    z = layer.function(*[cut] * len(xs))
    z.forward()
    (dcut,) = gradients(z, [cut])
    np.testing.assert_array_equal(dcut, np.full_like(dcut, sum(layer.backward)))
    for dx, weight in zip(gradients(y, xs, cut.grad), layer.backward, strict=True):
        np.testing.assert_array_equal(dx, sum(layer.backward) * np.full_like(dx, weight))


@every_layer
@pytest.mark.parametrize("mode", ["static", "auto_forward", "at once"])
def test_modes_of_execution(layer: Layer, mode: str) -> None:
    xs = layer.leaves()
    if mode == "at once":
        y = layer.function(*(x.data for x in xs))
        assert isinstance(y, nn.NdArray)
        np.testing.assert_array_equal(y.data, layer.value(xs))
        return
    with nn.auto_forward(mode == "auto_forward"):
        y = layer.function(*xs)
        if mode == "static":
            y.forward()
        np.testing.assert_array_equal(y.d, layer.value(xs))
    for dx, weight in zip(gradients(y, xs), layer.backward, strict=True):
        np.testing.assert_array_equal(dx, np.full_like(dx, weight))


@every_layer
def test_deep_graphs(layer: Layer) -> None:
    x, *_ = layer.leaves()
    weight = sum(layer.backward)  # of one variable in every place
    y = x
    for _ in range(3001):
        y = F.mul_scalar(layer.function(*[y] * len(layer.backward)), 1 / abs(weight))
    y.forward(clear_no_need_grad=True)
    (dx,) = gradients(y, [x], clear_buffer=True)
    np.testing.assert_array_equal(dx, np.full((2, 3), np.sign(weight)))


@every_layer
@pytest.mark.parametrize("accumulate", [False, True])
def test_a_pass_takes_no_array_of_the_inputs_size(layer: Layer, accumulate: bool) -> None:
    """numpy tells tracemalloc what it allocates; nnabla would do it through an NdArray."""
    xs = layer.leaves((8, 1 << 18))
    y = layer.function(*xs)
    dy = nn.NdArray.from_numpy_array(np.ones(y.shape, np.float32))
    peaks = []
    for _ in range(2):  # the first pass allocates nnabla's own arrays
        tracemalloc.start()
        y.forward()
        if not accumulate:
            for x in xs:
                x.grad.zero()
        y.backward(dy)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 << 20  # an input has 8 MiB
