"""The numbers that the layers take: what they may be, when they are read, what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from grl_torch import gradient_reversal, mul_scalar, shake_shake
from tests.grl_torch.declared import Declared, each_layer, gradient
from tests.layers import Unprintable

# A call that takes a number, by the name that errors must give it.
TAKERS: dict[str, Callable[[Tensor, Any], Tensor]] = {
    "scale": gradient_reversal,
    "scalar": mul_scalar,
    "alpha": lambda x, number: shake_shake(x, x, number, 0.5),
    "beta": lambda x, number: shake_shake(x, x, 0.5, number),
}
each_taker = pytest.mark.parametrize(("name", "take"), TAKERS.items(), ids=TAKERS)


def _quantized() -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that PyTorch will drop them
        return torch.quantize_per_tensor(torch.ones(4, 1), 0.5, 0, torch.quint8)


@each_layer
def test_number_on_the_cpu(layer: Declared) -> None:
    """One number may stay there; the meta device stands for any other one."""
    x = torch.ones(4, 3, device="meta", requires_grad=True)
    y = layer.call(x, torch.tensor(0.375))
    assert gradient(y, x, torch.ones_like(y)).device == x.device


WRONG_KINDS: list[tuple[Any, str]] = [
    ("1", "must be a real number or a tensor, got str: '1'"),
    (np.timedelta64(3), "must be a real number or a tensor, got timedelta64: np.timedelta64(3)"),
    (np.ones(2), "must be a real number or a tensor, got ndarray: array([1., 1.])"),
    (
        Unprintable(),
        "must be a real number or a tensor, got Unprintable: an object that cannot be shown",
    ),
    (torch.tensor(True), "must hold real numbers, got a torch.bool tensor"),
    (torch.tensor(1j), "must hold real numbers, got a torch.complex64 tensor"),
    (torch.ones(4, 1, device="meta"), "must hold numbers like {x}, got a meta tensor"),
    (torch.tensor(1.0).to_sparse(), "must be a dense tensor, got a torch.sparse_coo one"),
    (_quantized(), "must be a dense tensor, got a torch.quint8 one"),
    (
        torch.nested.nested_tensor([torch.ones(1)] * 4, layout=torch.jagged),
        "must be a dense tensor, got a nested one",
    ),
]
WRONG_NUMBERS: list[tuple[Any, str]] = [
    (np.float32("inf"), "must be finite, got np.float32(inf)"),
    # Python refuses to print more than 4300 digits.
    (10**5000, "must be finite, got a number too large for a float"),
    (1e39, "must be finite in float32, got 1e+39"),
    (-(10**39), "must be finite in float32, got -1e+39"),
    (
        torch.ones(4, 1, requires_grad=True),
        "gets no gradient here, but requires one: detach it first",
    ),
    (torch.ones(4), "must have shape () or (4, 1), one number per {part}, got (4,)"),
    (
        torch.ones(4, 1, 1, 1),
        "must have shape () or (4, 1), one number per {part}, got (4, 1, 1, 1)",
    ),
]
REFUSED = [(TypeError, *case) for case in WRONG_KINDS] + [
    (ValueError, *case) for case in WRONG_NUMBERS
]


@each_taker
@pytest.mark.parametrize(
    ("error", "number", "message"), REFUSED, ids=[message for *_, message in REFUSED]
)
def test_refused(name: str, take: Any, error: type[Exception], number: Any, message: str) -> None:
    of_shake = name in ("alpha", "beta")
    words = {"x": "x0", "part": "image"} if of_shake else {"x": "x", "part": "sample"}
    with pytest.raises(error) as raised:
        take(torch.ones(4, 3), number)
    assert str(raised.value) == f"{name} {message.format(**words)}"


@each_taker
@pytest.mark.parametrize(
    ("x", "got"),
    [
        (None, "NoneType"),
        (1.0, "float"),
        (np.ones(3, np.float32), "ndarray"),
        (torch.ones(3, dtype=torch.int64), "torch.int64 tensor"),
        (torch.ones(3, dtype=torch.bool), "torch.bool tensor"),
        (torch.ones(3, dtype=torch.float8_e5m2), "torch.float8_e5m2 tensor"),
    ],
    ids=["None", "float", "numpy", "integers", "bool", "float8"],
)
def test_refused_inputs(name: str, take: Any, x: Any, got: str) -> None:
    of_shake = name in ("alpha", "beta")
    argument = "x0" if of_shake else "x"
    dtypes = "float16, bfloat16, float32 or float64"
    if not of_shake:
        dtypes = "float16, bfloat16, float32, float64, complex64 or complex128"
    with pytest.raises(TypeError) as raised:
        take(x, 0.5)
    assert str(raised.value) == f"{argument} must be a {dtypes} tensor, got {got}"
