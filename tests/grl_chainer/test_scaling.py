"""gradient_reversal and mul_scalar: how their number is given, kept, saved and copied."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from fractions import Fraction
from itertools import product as product_of
from typing import Any

import chainer
import numpy as np
import pytest
from chainer import Variable, memory_layouts, serializers

from grl_chainer import GradientReversal, MulScalar, gradient_reversal, mul_scalar
from tests.grl_chainer.layers import each_dtype
from tests.layers import Unprintable, normal, product

# The function, its link, and the sign that its backward pass gives the number.
LAYERS = [(gradient_reversal, GradientReversal, -1), (mul_scalar, MulScalar, 1)]
each_layer = pytest.mark.parametrize(
    ("function", "link", "sign"), LAYERS, ids=["gradient_reversal", "mul_scalar"]
)
Function = Callable[..., Variable]


def gradient(y: Variable, x: Variable, dy: Any) -> Any:
    (dx,) = chainer.grad([y], [x], [Variable(dy)])
    return dx.array


def same_bits(a: Any, b: Any) -> bool:
    assert isinstance(a, np.ndarray)
    assert isinstance(b, np.ndarray)
    return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


def argument(link: Any) -> str:
    """What the number is called."""
    return "scale" if link is GradientReversal else "scalar"


@each_layer
@pytest.mark.parametrize(
    "scale",
    [
        Fraction(1, 3),
        Variable(np.array([0.1], np.float32), requires_grad=False),
        Variable(np.array(0.1, np.float16), requires_grad=False),
        Variable(np.array([[0.1], [-2], [0]], np.float32), requires_grad=False),
    ],
    ids=lambda scale: f"{type(scale).__name__}{getattr(scale, 'shape', '')}",
)
@each_dtype
def test_forms_of_the_scale(
    function: Function, link: Any, sign: int, dtype: Any, scale: Any
) -> None:
    number = scale.array if isinstance(scale, Variable) else scale
    dy = normal((3, 4), dtype, seed=1)
    for layer in (lambda x: function(x, scale), link(scale)):
        x = Variable(normal((3, 4), dtype))
        expected = product(sign * np.asarray(number, np.float64), dy)
        assert same_bits(gradient(layer(x), x, dy), expected)


@each_layer
def test_a_number_that_rounds_to_the_largest(function: Function, link: Any, sign: int) -> None:
    x, ones = Variable(np.ones(1, np.float32)), np.ones(1, np.float32)
    number = 3.4028235677973362e38
    assert same_bits(gradient(function(x, number), x, ones), product(sign * number, ones))


@each_layer
def test_takes_a_bare_array(function: Function, link: Any, sign: int) -> None:
    y = function(normal((3,)), 2.0)
    assert isinstance(y, Variable)
    assert not y.requires_grad


@each_layer
@pytest.mark.parametrize(
    ("x", "scale", "error", "message"),
    [
        (normal((3,)), "1", TypeError, r"must be a real number or an array, got str: '1'"),
        (normal((3,)), np.array(True), TypeError, r"must hold real numbers, got bool"),
        (normal((3,)), np.timedelta64(3), TypeError, r"must hold real numbers, got timedelta64"),
        (normal((3,)), np.array([3], "m8[s]"), TypeError, r"must hold real numbers, got timedel"),
        (normal((3,)), Unprintable(), TypeError, r"must be a real number or an array, got Unprint"),
        (normal((3,)), np.ones(3, bool), TypeError, r"must hold real numbers, got bool"),
        (normal((3,)), 10**400, ValueError, r"must be finite as a float, got inf"),
        (normal((3,)), Fraction(10**400), ValueError, r"must be finite as a float, got inf"),
        (normal((3,)), np.array(np.inf), ValueError, r"must be finite as a float, got inf"),
        (normal((3, 4)), np.ones(3), ValueError, r"must have shape \(\) or \(3, 1\), .* \(3,\)"),
        (normal((3, 4)), np.ones((1, 1)), ValueError, r"must have shape .* got \(1, 1\)"),
        (normal(()), np.ones(2), ValueError, r"must have shape \(\) or \(\), .* got \(2,\)"),
        (normal((3,)), 1e39, ValueError, r"must be finite as a float32, .* got 1e\+39"),
        (normal((3,), np.float16), -1e39, ValueError, r"must be finite as a float32, .* got -1e"),
        (normal((3,)), np.array([3.5e38]), ValueError, r"must be finite as a float32, .*3.5e\+38"),
        (normal((3,)), Variable(np.array(1.0)), ValueError, r"gets no gradient here, but"),
    ],
)
def test_bad_scale(
    function: Function, link: Any, sign: int, x: Any, scale: Any, error: Any, message: str
) -> None:
    with pytest.raises(error, match=f"^{argument(link)} {message}"):
        function(x, scale)
    with pytest.raises(error, match=f"^{argument(link)} {message}"):
        link(scale)(x)


@each_layer
@pytest.mark.parametrize(
    ("x", "got"),
    [
        (Variable(np.arange(3)), "int64 array"),
        (np.ones(3, complex), "complex128 array"),
        (np.ones(3, np.longdouble), "float128 array"),
        (1.0, "float"),
        (Variable(None), "NoneType"),
    ],
)
def test_bad_x(function: Function, link: Any, sign: int, x: Any, got: str) -> None:
    wanted = "x must be a float16, float32 or float64 array"
    with pytest.raises(TypeError, match=f"^{wanted}, got {got}$"):
        function(x, 1.0)


@each_layer
def test_memory_layouts_of_chainer(function: Function, link: Any, sign: int) -> None:
    layout = memory_layouts.CUDNN_CHANNEL_LAST_X
    x = Variable(normal((2, 3, 4, 5)))
    y = function(x.as_layout(layout), np.array([2.0, 3.0]).reshape(2, 1, 1, 1))
    assert (y.layout, y.shape) == (layout, x.shape)
    dy = normal((2, 3, 4, 5), seed=1)
    z = y.as_layout(None)
    z.grad = dy
    z.backward()
    assert same_bits(x.grad, product(sign * np.array([2.0, 3.0]).reshape(2, 1, 1, 1), dy))


@each_layer
def test_link_refuses_a_bad_scale_where_it_is_set(function: Function, link: Any, sign: int) -> None:
    layer = link(1.0)
    name = argument(link)
    with pytest.raises(TypeError, match=f"^{name} must be a real number"):
        setattr(layer, name, "2")
    assert getattr(layer, name) == 1.0


@each_layer
@pytest.mark.parametrize(
    ("before", "saved"),
    [
        *product_of([0, 0.0, np.float32(0), np.array(0)], [0.1, 3, 1 / 3]),
        (np.zeros(2), np.array([0.1, 0.2])),
    ],
)
def test_npz_carries_the_scale_exactly(
    function: Function, link: Any, sign: int, before: Any, saved: Any
) -> None:
    file = io.BytesIO()
    serializers.save_npz(file, chainer.Sequential(link(saved)))
    file.seek(0)
    loaded = chainer.Sequential(link(before))
    serializers.load_npz(file, loaded)
    assert np.array_equal(getattr(loaded[0], argument(link)), saved)


@each_layer
def test_copies_of_a_link(function: Function, link: Any, sign: int) -> None:
    layer = link(0.1)
    name = argument(link)
    copies = [layer.copy(mode) for mode in ("share", "copy", "init")]
    copies.append(pickle.loads(pickle.dumps(layer)))
    other = link(9.0)
    other.copyparams(layer)
    copies.append(other.to_device("@numpy"))
    setattr(layer, name, 5.0)
    assert [getattr(copied, name) for copied in copies] == [0.1] * 5
    assert str(copies[0]) == f"{link.__name__}({name}=0.1)"
