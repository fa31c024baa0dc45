"""Layers that go through grl_torch in another way than those that it exports."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from grl_torch import mul_scalar, shake_shake
from grl_torch.shake_branches import shake_branches


def of_two_branches(x0: Tensor, x1: Tensor, alpha: Any, beta: Any) -> Tensor:
    """Shake-Shake, by the function for any number of branches."""
    return shake_branches((x0, x1), [alpha], [beta])


def of_nested_tensors(x0: Tensor, x1: Tensor, alpha: Any, beta: Any) -> Tensor:
    """Shake-Shake, with each image as one part of a nested tensor."""
    offsets = torch.arange(0, x0.shape[0] * x0.shape[1] + 1, x0.shape[1], device=x0.device)
    nested = torch.nested.nested_tensor_from_jagged
    x0s, x1s = (nested(x.flatten(0, 1), offsets) for x in (x0, x1))
    return shake_shake(x0s, x1s, alpha, beta).values().reshape(x0.shape)


def of_complex_numbers(x: Tensor, scalar: Any) -> Tensor:
    """Scalar multiply, half of it in the real and half of it in the imaginary part."""
    y = mul_scalar(torch.complex(x, x), scalar)
    return (y.real + y.imag) / 2


LAYERS = {
    "of_two_branches": "shake_shake",
    "of_nested_tensors": "shake_shake",
    "of_complex_numbers": "mul_scalar",
}
