"""What the layers refuse as scale, scalar, alpha or beta, before a graph is built."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from grl_nnabla import GradientReversal, MulScalar, ShakeShake, gradient_reversal, mul_scalar
from tests.grl_nnabla.graphs import leaf
from tests.grl_nnabla.layers import every_factor
from tests.layers import Unprintable

Layer = Callable[..., Any]

MODULES = {"scale": GradientReversal, "scalar": MulScalar}
LARGEST = 2.0**128 - 2.0**103  # Half a step beyond float32's largest: the tie is infinity.


class UnprintableFloat(Unprintable, float):
    pass


REFUSED = {
    "text": ("1", TypeError, "a real number or an array, got str: '1'"),
    "bool_": (np.bool_(True), TypeError, "a real number or an array, got bool_: True"),
    "time": (np.timedelta64(3), TypeError, r"a real number or an array, got timedelta64: .*\(3\)"),
    "date": (np.datetime64(3, "D"), TypeError, "a real number or an array, got datetime64: .*"),
    "object": (
        Unprintable(),
        TypeError,
        "a real number or an array, got Unprintable: an object that cannot be shown",
    ),
    "inf": (np.float32(np.inf), ValueError, "finite, got inf"),
    "unprintable": (UnprintableFloat("inf"), ValueError, "finite, got an object that cannot .*"),
    "10**400": (10**400, ValueError, r"finite, got 10+\.\.\."),
    "10**5000": (10**5000, ValueError, "finite, got .*"),
    "fraction": (Fraction(10**400), ValueError, "finite, got Fraction.*"),
    "0-d": (np.array(np.inf), ValueError, "finite, got inf"),
    "array": (np.array([1, np.nan]), ValueError, r"finite, got array\(\[ 1., nan\]\)"),
    "Variable": (nn.Variable.from_numpy_array(np.array(np.nan)), ValueError, "finite, got .*"),
}
REFUSED_ARRAYS = {
    "bools": (np.array(True), TypeError, "{} must hold real numbers, got a bool array"),
    "objects": (np.array([None]), TypeError, "{} must hold real numbers, got a object array"),
    "NdArray": (nn.NdArray(()), ValueError, "{} has no value yet: .*"),
    "leaf": (nn.Variable((), need_grad=True), ValueError, "{} gets no gradient here, but .*"),
    "graph": (F.sum(leaf([1.0])), ValueError, "{} gets no gradient here, but needs one: .*"),
}
ALL = {key: (value, error, f"{{}} must be {text}") for key, (value, error, text) in REFUSED.items()}
ALL |= REFUSED_ARRAYS


@every_factor
@pytest.mark.parametrize(("value", "error", "message"), ALL.values(), ids=ALL)
def test_refused_values(
    name: str, layer: Layer, value: Any, error: type[Exception], message: str
) -> None:
    calls: list[Layer] = [lambda value: layer(leaf([1.0]), value)]
    if name in MODULES:
        module = MODULES[name](0.5)
        calls += [MODULES[name], lambda value: setattr(module, name, value)]
    else:
        calls += [lambda value: ShakeShake()(leaf([1.0]), leaf([1.0]), **{name: value})]
    for call in calls:
        with pytest.raises(error, match=f"^{message.format(name)}$"):
            call(value)
    if name in MODULES:
        assert getattr(module, name) == 0.5


@every_factor
@pytest.mark.parametrize("dtype", [np.float16, np.float32, None], ids=str)
@pytest.mark.parametrize("value", [1e39, -LARGEST, 10**39, np.full((2, 1), 1e39)], ids=str)
def test_what_the_compute_type_cannot_hold_is_refused(
    name: str, layer: Layer, value: Any, dtype: Any
) -> None:
    x = nn.Variable((2, 3)) if dtype is None else leaf(np.ones((2, 3)), dtype)
    with pytest.raises(ValueError, match=rf"^{name} must be finite in float32, got "):
        layer(x, value)
    layer(leaf(np.ones((2, 3)), np.float64), value)
    layer(x, np.nextafter(LARGEST, 0))


@every_factor
@pytest.mark.parametrize("shape", [(3,), (2,), (1, 1), (2, 3)])
@pytest.mark.parametrize("kind", [np.ones, nn.Variable])
def test_refused_shapes(name: str, layer: Layer, shape: tuple[int, ...], kind: Any) -> None:
    wanted = rf"\(\) or \(2, 1\), one number per sample, got {re.escape(str(shape))}"
    with pytest.raises(ValueError, match=f"^{name} must have shape {wanted}$"):
        layer(leaf(np.ones((2, 3))), kind(shape))


@every_factor
@pytest.mark.parametrize("unset", [nn.Variable(()), F.sum(nn.Variable((2,)))], ids=["leaf", "sum"])
def test_a_variable_without_a_value_is_refused_where_all_is_computed_at_once(
    name: str, layer: Layer, unset: Any
) -> None:
    with pytest.raises(ValueError, match=f"^{name} has no value yet: .*$"):
        layer(leaf([1.0]).data, unset)
    if unset.parent is None:
        with nn.auto_forward(), pytest.raises(ValueError, match=f"^{name} has no value yet: .*$"):
            layer(leaf([1.0]), unset)


@pytest.mark.parametrize("layer", [gradient_reversal, mul_scalar])
def test_refused_inputs(layer: Layer) -> None:
    with pytest.raises(TypeError, match=r"^x must be an nnabla Variable or NdArray, got ndarray$"):
        layer(np.ones(2), 1.0)
