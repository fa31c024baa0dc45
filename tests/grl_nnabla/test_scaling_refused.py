"""What gradient_reversal and mul_scalar refuse, before a graph is built."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812
import numpy as np
import pytest

from grl_nnabla import GradientReversal, MulScalar, gradient_reversal, mul_scalar
from tests.grl_nnabla.graphs import leaf

Layer = Callable[..., Any]

layers = pytest.mark.parametrize(
    ("layer", "name"), [(gradient_reversal, "scale"), (mul_scalar, "scalar")]
)

REFUSED = [
    (True, TypeError, "{} must be a real number or an array, got bool: True"),
    ("1", TypeError, "{} must be a real number or an array, got str: '1'"),
    (None, TypeError, "{} must be a real number or an array, got NoneType: None"),
    (1j, TypeError, "{} must be a real number or an array, got complex: 1j"),
    (np.array(True), TypeError, "{} must hold real numbers, got a bool array"),
    (float("nan"), ValueError, "{} must be finite, got nan"),
    (np.array(np.inf), ValueError, r"{} must be finite, got array\(inf\)"),
    (np.array([1, np.nan]), ValueError, r"{} must be finite, got array\(\[ 1., nan\]\)"),
    (nn.Variable(()), ValueError, "{} has no value yet: .*"),
    (
        nn.Variable.from_numpy_array(np.array(np.nan)),
        ValueError,
        r"{} must be finite, got array\(nan\)",
    ),
    (10**400, ValueError, r"{} must be finite, got array\(inf\)"),
    (nn.Variable((), need_grad=True), ValueError, "{} gets no gradient here, but needs one: .*"),
    (F.sum(leaf([1.0])), ValueError, "{} gets no gradient here, but needs one: .*"),
]


@layers
@pytest.mark.parametrize(("scale", "error", "message"), REFUSED)
def test_refused_scales(
    layer: Layer, name: str, scale: Any, error: type[Exception], message: str
) -> None:
    module: Any = {"scale": GradientReversal, "scalar": MulScalar}[name]
    for call in (lambda scale: layer(leaf([1.0]), scale), module):
        with pytest.raises(error, match=f"^{message.format(name)}$"):
            call(scale)


@layers
@pytest.mark.parametrize("shape", [(3,), (2,), (1, 1), (2, 3)])
def test_refused_shapes(layer: Layer, name: str, shape: tuple[int, ...]) -> None:
    wanted = rf"\(\) or \(2, 1\), one number per sample, got {re.escape(str(shape))}"
    with pytest.raises(ValueError, match=f"^{name} must have shape {wanted}$"):
        layer(leaf(np.ones((2, 3))), np.ones(shape))


@layers
def test_a_scale_that_a_graph_has_not_computed_yet_is_refused_where_all_is_computed_at_once(
    layer: Layer, name: str
) -> None:
    with pytest.raises(ValueError, match=f"^{name} has no value yet: .*$"):
        layer(leaf([1.0]).data, F.sum(nn.Variable((2,))))


@layers
def test_refused_inputs(layer: Layer, name: str) -> None:
    with pytest.raises(TypeError, match=r"^x must be an nnabla Variable or NdArray, got ndarray$"):
        layer(np.ones(2), 1.0)
