"""What gradient_reversal and mul_scalar share: both scale a gradient by one number."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from grl_nnabla import GradientReversal, MulScalar, gradient_reversal, mul_scalar
from tests.grl_nnabla.graphs import DTYPES, backward, half, leaf
from tests.layers import normal, product

LAYERS = [(gradient_reversal, -1, "scale"), (mul_scalar, 1, "scalar")]
SCALE = 0.37  # no dtype holds it exactly

layers = pytest.mark.parametrize(("layer", "sign", "name"), LAYERS)
Layer = Callable[..., Any]


@layers
@pytest.mark.parametrize("scale", [SCALE, nn.Variable.from_numpy_array(np.array(SCALE))], ids=type)
def test_gradient_is_exact_in_a_half_precision_network(
    layer: Layer, sign: int, name: str, scale: Any
) -> None:
    dy = normal((3, 40), np.float16)
    with half():
        x = leaf(normal((3, 40), seed=1), np.float16)
        y = F.identity(layer(F.identity(x), scale))
        (dx,) = backward(y, [x], dy)
    np.testing.assert_array_equal(y.d, x.d if sign < 0 else product(SCALE, x.d), strict=True)
    np.testing.assert_array_equal(dx, product(sign * SCALE, dy), strict=True)
    # The test can fail: rounding the scale to float16 first gives other numbers.
    assert (dx != product(sign * np.float16(SCALE), dy)).any()


@layers
@pytest.mark.parametrize(
    "scale",
    [
        Fraction(2),
        nn.NdArray.from_numpy_array(np.array([2])),
        nn.Variable.from_numpy_array(np.array(2)),
        nn.Variable.from_numpy_array(np.array([2])),
    ],
)
@pytest.mark.parametrize("shape", [(), (1,), (2,), (2, 3), (1, 3)])
def test_kinds_of_one_number_in_nnabla(
    layer: Layer, sign: int, name: str, scale: Any, shape: tuple[int, ...]
) -> None:
    for dtype in DTYPES:
        (dx,) = backward(layer(x := leaf(np.ones(shape), dtype), scale), [x], np.full(shape, 5.0))
        np.testing.assert_array_equal(dx, np.full(shape, sign * 10.0, dtype), strict=True)


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


@pytest.mark.parametrize("module", [GradientReversal, MulScalar])
def test_a_module_holds_a_copy_of_an_array(module: Any) -> None:
    scale = normal((3, 1), np.float64)
    layer, same = module(scale), module(scale.copy())
    scale.fill(9)
    x, dy = leaf(normal((3, 40))), normal((3, 40), seed=1)
    first, second = (backward(m(x), [x], dy)[0] for m in (layer, same))
    np.testing.assert_array_equal(first, second)
