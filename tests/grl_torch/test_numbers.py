"""The numbers that the layers take: what they may be, when they are read, what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from grl_torch import gradient_reversal, mul_scalar, shake_branches, shake_shake
from tests.grl_torch.declared import Declared, each_layer, gradient, normal, same_bits

# A call that takes a number, by the name that errors must give it.
TAKERS: dict[str, Callable[[Tensor, Any], Tensor]] = {
    "scale": gradient_reversal,
    "scalar": mul_scalar,
    "alpha": lambda x, number: shake_shake(x, x, number, 0.5),
    "beta": lambda x, number: shake_shake(x, x, 0.5, number),
}
each_taker = pytest.mark.parametrize(("name", "take"), TAKERS.items(), ids=TAKERS)


@each_layer
@pytest.mark.parametrize(
    "number",
    [
        torch.tensor(2),
        torch.tensor(0.375, dtype=torch.bfloat16),
        torch.tensor(0.375, dtype=torch.float64),
    ],
    ids=lambda number: getattr(number, "dtype", type(number).__name__),
)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
def test_tensors(layer: Declared, number: Any, dtype: torch.dtype) -> None:
    x, dy = normal(4, 3, dtype=dtype).requires_grad_(), normal(4, 3, dtype=dtype)
    dx = gradient(layer.call(x, number), x, dy)
    assert same_bits(dx, layer.factor(float(number)) * dy)


@each_layer
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_one_number_per_row(layer: Declared, dtype: torch.dtype) -> None:
    x, dy = normal(4, 3, dtype=dtype).requires_grad_(), normal(4, 3, dtype=dtype)
    numbers = torch.rand(4, 1)
    y = layer.call(x, numbers)
    # In float32 for half precision: a number that is rounded to half gives other bits.
    wide = torch.promote_types(dtype, torch.float32)
    assert same_bits(gradient(y, x, dy), (layer.factor(numbers.to(wide)) * dy.to(wide)).to(dtype))


def _quantized() -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that PyTorch will drop them
        return torch.quantize_per_tensor(torch.ones(4, 1), 0.5, 0, torch.quint8)


class _Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


@each_layer
def test_number_on_the_cpu(layer: Declared) -> None:
    """One number may stay there; the meta device stands for any other one."""
    x = torch.ones(4, 3, device="meta", requires_grad=True)
    y = layer.call(x, torch.tensor(0.375))
    assert gradient(y, x, torch.ones_like(y)).device == x.device


@each_taker
@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        (None, TypeError, "{} must be a real number or a tensor, got NoneType: None"),
        ("1", TypeError, "{} must be a real number or a tensor, got str: '1'"),
        (True, TypeError, "{} must be a real number or a tensor, got bool: True"),
        (1j, TypeError, "{} must be a real number or a tensor, got complex: 1j"),
        ([0.5], TypeError, "{} must be a real number or a tensor, got list: [0.5]"),
        (torch.tensor(True), TypeError, "{} must hold real numbers, got a torch.bool tensor"),
        (torch.tensor(1j), TypeError, "{} must hold real numbers, got a torch.complex64 tensor"),
        (float("nan"), ValueError, "{} must be finite, got nan"),
        (10**400, ValueError, "{} must be finite, got a number too large for a float"),
        (float("-inf"), ValueError, "{} must be finite, got -inf"),
        (np.float32("inf"), ValueError, "{} must be finite, got np.float32(inf)"),
        (
            torch.ones(4, 1, requires_grad=True),
            ValueError,
            "{} gets no gradient here, but requires one: detach it first",
        ),
        (torch.ones(4), ValueError, "{} must have shape () or (4, 1), one number per {}, got (4,)"),
        (
            torch.ones(4, 3),
            ValueError,
            "{} must have shape () or (4, 1), one number per {}, got (4, 3)",
        ),
        (
            torch.ones(4, 1, 1, 1),
            ValueError,
            "{} must have shape () or (4, 1), one number per {}, got (4, 1, 1, 1)",
        ),
        (
            torch.ones(4, 1, device="meta"),
            TypeError,
            "{} must hold numbers like {}, got a meta tensor",
        ),
        (
            torch.ones((), device="meta"),
            TypeError,
            "{} must hold numbers like {}, got a meta tensor",
        ),
        (
            torch.ones(4, 1).to_sparse(),
            TypeError,
            "{} must be a dense tensor, got a torch.sparse_coo one",
        ),
        (
            torch.tensor(1.0).to_sparse(),
            TypeError,
            "{} must be a dense tensor, got a torch.sparse_coo one",
        ),
        (
            _quantized(),
            TypeError,
            "{} must be a dense tensor, got a torch.quint8 one",
        ),
        (
            torch.nested.nested_tensor([torch.ones(1)] * 4, layout=torch.jagged),
            TypeError,
            "{} must be a dense tensor, got a nested one",
        ),
        (
            np.timedelta64(3),
            TypeError,
            "{} must be a real number or a tensor, got timedelta64: np.timedelta64(3)",
        ),
        (
            np.ones(2),
            TypeError,
            "{} must be a real number or a tensor, got ndarray: array([1., 1.])",
        ),
        (
            _Unprintable(),
            TypeError,
            "{} must be a real number or a tensor, got _Unprintable: "
            "an object that cannot be shown",
        ),
        (1e39, ValueError, "{} must be finite in float32, got 1e+39"),
        (-(10**39), ValueError, "{} must be finite in float32, got -1e+39"),
    ],
)
def test_refused(name: str, take: Any, number: Any, error: type[Exception], message: str) -> None:
    of_shake = name in ("alpha", "beta")
    second = (
        ("x0" if of_shake else "x") if "like" in message else ("image" if of_shake else "sample")
    )
    with pytest.raises(error) as raised:
        take(torch.ones(4, 3), number)
    assert str(raised.value) == message.format(name, second)


@each_taker
@pytest.mark.parametrize(
    ("x", "got"),
    [
        (None, "NoneType"),
        (1.0, "float"),
        (np.ones(3, np.float32), "ndarray"),
        (torch.ones(3, dtype=torch.int64), "torch.int64 tensor"),
        (torch.ones(3, dtype=torch.float8_e5m2), "torch.float8_e5m2 tensor"),
    ],
    ids=["None", "float", "numpy", "integers", "float8"],
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


@each_taker
def test_an_integer_too_long_to_print(name: str, take: Any) -> None:
    """Python refuses to print more than 4300 digits."""
    with pytest.raises(ValueError, match=f"^{name} must be finite, got a number too large"):
        take(torch.ones(3), 10**5000)


def test_product_of_a_dense_tensor_is_dense() -> None:
    with pytest.raises(TypeError, match=r"^scalar must be a dense tensor"):
        mul_scalar(torch.ones(2, 2), torch.ones(2, 1).to_sparse())


def test_published_example() -> None:
    """Gradients of the article on nnabla's PythonFunction: 1 - beta is rounded once."""
    alpha, beta = 0.5290767986417101, 0.16335436356818256
    x0, x1 = torch.tensor(1.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
    for mix in (shake_shake, _branches):
        y = mix(x0, x1, alpha, beta)
        gradients = torch.autograd.grad(y, (x0, x1))
        expected = [torch.tensor(0.16335437), torch.tensor(0.83664566)]
        assert all(map(torch.equal, gradients, expected))
        assert torch.equal(y, torch.tensor(1.4709232))


def _branches(x0: Tensor, x1: Tensor, alpha: float, beta: float) -> Tensor:
    return shake_branches((x0, x1), (alpha,), (beta,))
