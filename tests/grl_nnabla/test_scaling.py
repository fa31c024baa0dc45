"""What gradient_reversal and mul_scalar share: both scale a gradient by one number."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from grl_nnabla import GradientReversal, MulScalar, gradient_reversal, mul_scalar
from tests.grl_nnabla.graphs import DTYPES, backward, forward, half, leaf, rounded

LAYERS = [(gradient_reversal, -1, "scale"), (mul_scalar, 1, "scalar")]
SCALE = 0.37  # no dtype holds it exactly

layers = pytest.mark.parametrize(("layer", "sign", "name"), LAYERS)
Layer = Callable[..., Any]


def numbers(shape: tuple[int, ...] = (3, 40), dtype: Any = np.float32, seed: int = 0) -> Any:
    return np.random.RandomState(seed).standard_normal(shape).astype(dtype)


@layers
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0, 2), (3, 40)])
def test_gradient_is_exact(
    layer: Layer, sign: int, name: str, dtype: Any, shape: tuple[int, ...]
) -> None:
    dy = numbers(shape, dtype)
    (dx,) = backward(layer(x := leaf(np.ones(shape), dtype), SCALE), [x], dy)
    assert dx.dtype == dtype
    np.testing.assert_array_equal(dx, rounded(sign * SCALE, dy), strict=True)


@layers
def test_gradient_is_exact_in_a_half_precision_network(layer: Layer, sign: int, name: str) -> None:
    dy = numbers(dtype=np.float16)
    with half():
        x = leaf(np.ones(dy.shape), np.float16)
        y = F.identity(layer(F.identity(x), SCALE))
        (dx,) = backward(y, [x], dy)
    np.testing.assert_array_equal(dx, rounded(sign * SCALE, dy), strict=True)
    # The test can fail: rounding the scale to float16 first gives other numbers.
    assert (dx != rounded(sign * np.float16(SCALE), dy)).any()


@layers
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_gradient_that_is_there_is_added_to(
    layer: Layer, sign: int, name: str, dtype: Any
) -> None:
    before, dy = numbers(dtype=dtype, seed=1), numbers(dtype=dtype)
    y = layer(x := leaf(np.ones(dy.shape), dtype), SCALE)
    x.grad.data = before
    (dx,) = backward(y, [x], dy, accumulate=True)
    np.testing.assert_array_equal(dx, before + rounded(sign * SCALE, dy), strict=True)


@layers
def test_third_order(layer: Layer, sign: int, name: str) -> None:
    x = leaf([1.0, -2.0])
    outer = layer(x, 2.0)
    (g1,) = nn.grad([F.sum(outer**4)], [x])
    (g2,) = nn.grad([F.sum(g1)], [x])
    (g3,) = nn.grad([F.sum(g2)], [x])
    g1, g2, g3, y = forward(g1, g2, g3, outer)
    k = sign * 2.0  # every backward multiplies by k
    np.testing.assert_allclose(g1, 4 * k * y**3)
    np.testing.assert_allclose(g2, 12 * k**2 * y**2)
    np.testing.assert_allclose(g3, 24 * k**3 * y)


@layers
@pytest.mark.parametrize(
    "scale",
    [
        2,
        2.0,
        Fraction(2),
        np.float16(2),
        np.int8(2),
        np.array(2),
        np.array([2], np.float32),
        nn.NdArray.from_numpy_array(np.array([2])),
        nn.Variable.from_numpy_array(np.array(2)),
        nn.Variable.from_numpy_array(np.array([2])),
    ],
)
@pytest.mark.parametrize("shape", [(), (1,), (2,), (2, 3), (1, 3)])
def test_kinds_of_one_number(
    layer: Layer, sign: int, name: str, scale: Any, shape: tuple[int, ...]
) -> None:
    for dtype in DTYPES:
        (dx,) = backward(layer(x := leaf(np.ones(shape), dtype), scale), [x], np.full(shape, 5.0))
        np.testing.assert_array_equal(dx, np.full(shape, sign * 10.0, dtype), strict=True)


@layers
def test_float64_takes_what_float32_cannot_hold(layer: Layer, sign: int, name: str) -> None:
    (dx,) = backward(layer(x := leaf([1.0], np.float64), 1e39), [x], [1.0])
    assert dx == sign * 1e39


@layers
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", [np.array, nn.NdArray.from_numpy_array])
def test_one_number_per_sample(layer: Layer, sign: int, name: str, kind: Any, dtype: Any) -> None:
    scale = numbers((4, 1, 1), np.float64, seed=1)
    x, dy = leaf(numbers((4, 3, 2)), dtype), numbers((4, 3, 2), dtype, seed=2)
    given = kind(scale)
    y = layer(x, given)
    given.fill(9)
    (dx,) = backward(y, [x], dy)
    np.testing.assert_array_equal(dx, rounded(sign * scale, dy), strict=True)


@layers
def test_inf_nan_and_overflow_pass_in_silence(layer: Layer, sign: int, name: str) -> None:
    dy = np.array([np.inf, -np.inf, np.nan, 3e38, -0.0, 1e-45], np.float32)
    (dx,) = backward(layer(x := leaf(dy), 2.0), [x], dy)
    expected = sign * np.array([np.inf, -np.inf, np.nan, np.inf, -0.0, 3e-45], np.float32)
    np.testing.assert_array_equal(dx, expected)
    np.testing.assert_array_equal(np.signbit(dx[3:]), np.signbit(expected[3:]))


@layers
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("dy_dtype", [*DTYPES, None])
def test_the_gradient_has_the_dtype_of_x(
    layer: Layer, sign: int, name: str, dtype: Any, dy_dtype: Any
) -> None:
    y = layer(x := leaf([1.0], dtype), 2.0)
    y.forward()
    x.grad.zero()
    y.backward(1.0 if dy_dtype is None else nn.NdArray.from_numpy_array(np.ones(1, dy_dtype)))
    np.testing.assert_array_equal(x.g, np.array([2.0 * sign], dtype), strict=True)


@layers
def test_integers_are_read_as_float32(layer: Layer, sign: int, name: str) -> None:
    x = nn.Variable((2,), need_grad=True)
    x.d = np.array([1, 2])
    (dx,) = backward(y := layer(x, 0.5), [x], [1.0, 2.0])
    assert y.d.dtype == np.float32
    np.testing.assert_array_equal(dx, [sign * 0.5, sign * 1.0])


@pytest.mark.parametrize(("module", "name"), [(GradientReversal, "scale"), (MulScalar, "scalar")])
def test_module(module: Any, name: str) -> None:
    layer = module(SCALE)
    assert repr(layer) == f"{module.__name__}({name}={SCALE})"
    assert not layer.get_parameters()
    for clone in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert getattr(clone, name) == SCALE

    sign = -1 if module is GradientReversal else 1
    x, dy = leaf(numbers()), numbers(seed=1)
    first = layer(x)
    setattr(layer, name, 2)
    for y, scale in ((first, SCALE), (layer(x), 2)):
        (dx,) = backward(y, [x], dy)
        np.testing.assert_array_equal(dx, rounded(sign * scale, dy))


@pytest.mark.parametrize("module", [GradientReversal, MulScalar])
def test_a_module_holds_a_copy_of_an_array(module: Any) -> None:
    scale = numbers((3, 1), np.float64)
    layer, same = module(scale), module(scale.copy())
    scale.fill(9)
    x = leaf(numbers())
    first, second = (backward(m(x), [x], numbers(seed=1))[0] for m in (layer, same))
    np.testing.assert_array_equal(first, second)
