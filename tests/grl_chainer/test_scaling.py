"""What gradient_reversal and mul_scalar share: one factor, rounded once, and how it is given."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from chainer import Variable

from tests.grl_chainer.scaled import (
    Function,
    Unspeakable,
    argument,
    each_dtype,
    each_layer,
    gradient,
    law,
    normal,
    same_bits,
)


@each_layer
@each_dtype
@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (2, 3, 4, 5)])
@pytest.mark.parametrize("scale", [1.0, 0.1, -1 / 3, 0.0, 1e-6, 255.3])
def test_gradient_has_every_bit_of_the_law(
    function: Function, link: Any, sign: int, dtype: Any, shape: tuple[int, ...], scale: float
) -> None:
    dy = normal(shape, dtype, seed=1)
    for layer in (lambda x: function(x, scale), link(scale)):
        x = Variable(normal(shape, dtype))
        assert same_bits(gradient(layer(x), x, dy), law(sign * scale, dy))


@each_layer
@each_dtype
def test_gradient_of_special_values(function: Function, link: Any, sign: int, dtype: Any) -> None:
    tiny = np.finfo(dtype).smallest_subnormal
    dy = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, tiny, -3 * tiny], dtype)
    x = Variable(np.ones_like(dy))
    assert same_bits(gradient(function(x, 0.75), x, dy), law(sign * 0.75, dy))


@each_layer
@pytest.mark.parametrize(
    "scale",
    [
        2,
        np.int64(2),
        np.float16(0.1),
        np.float32(0.1),
        np.float64(0.1),
        Fraction(1, 3),
        np.array(0.1),
        np.array(2),
        np.array([0.1]),
        np.array([2]),
        Variable(np.array([0.1], np.float32), requires_grad=False),
        Variable(np.array(0.1, np.float16), requires_grad=False),
        np.array([[0.1], [-2], [0]]),
        np.array([[1], [2], [3]]),
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
        expected = law(sign * np.asarray(number, np.float64), dy)
        assert same_bits(gradient(layer(x), x, dy), expected)


@each_layer
def test_takes_a_bare_array(function: Function, link: Any, sign: int) -> None:
    y = function(normal((3,)), 2.0)
    assert isinstance(y, Variable)
    assert not y.requires_grad


@each_layer
def test_largest_numbers(function: Function, link: Any, sign: int) -> None:
    """All that the compute type holds, and all that rounds to it."""
    x = np.ones(1, np.float32)
    for largest in (np.finfo(np.float32).max, 3.4028235677973362e38):
        v = Variable(x)
        assert same_bits(gradient(function(v, float(largest)), v, x), law(sign * largest, x))
    with pytest.raises(ValueError, match="must be finite as a float32"):
        function(x, 3.4028235677973366e38)
    v = Variable(np.ones(1))
    assert same_bits(gradient(function(v, 1e39), v, np.ones(1)), np.array([sign * 1e39]))


@each_layer
@pytest.mark.parametrize(
    ("x", "scale", "error", "message"),
    [
        (normal((3,)), "1", TypeError, r"must be a real number or an array, got str: '1'"),
        (normal((3,)), True, TypeError, r"must be a real number or an array, got bool: True"),
        (normal((3,)), np.array(True), TypeError, r"must hold real numbers, got bool"),
        (normal((3,)), np.timedelta64(3), TypeError, r"must hold real numbers, got timedelta64"),
        (normal((3,)), np.array([3], "m8[s]"), TypeError, r"must hold real numbers, got timedel"),
        (normal((3,)), Unspeakable(), TypeError, r"must be a real number or an array, got Unspeak"),
        (normal((3,)), 1j, TypeError, r"must be a real number or an array, got complex: 1j"),
        (normal((3,)), None, TypeError, r"must be a real number or an array, got NoneType"),
        (normal((3,)), np.ones(3, bool), TypeError, r"must hold real numbers, got bool"),
        (normal((3,)), np.nan, ValueError, r"must be finite as a float, got nan"),
        (normal((3,)), 10**400, ValueError, r"must be finite as a float, got inf"),
        (normal((3,)), Fraction(10**400), ValueError, r"must be finite as a float, got inf"),
        (normal((3,)), np.array(np.inf), ValueError, r"must be finite as a float, got inf"),
        (normal((3,)), np.ones(2), ValueError, r"must have shape \(\) or \(3,\), .* got \(2,\)"),
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
        (np.arange(3), "int64 array"),
        (Variable(np.arange(3)), "int64 array"),
        (np.ones(3, complex), "complex128 array"),
        (np.ones(3, np.longdouble), "float128 array"),
        ([1.0], "list"),
        (1.0, "float"),
        (None, "NoneType"),
        (Variable(None), "NoneType"),
    ],
)
def test_bad_x(function: Function, link: Any, sign: int, x: Any, got: str) -> None:
    wanted = "x must be a float16, float32 or float64 array"
    with pytest.raises(TypeError, match=f"^{wanted}, got {got}$"):
        function(x, 1.0)
