"""PyTorch's own gradient check: on the surrogate it passes, on the declared layer it must not.

The surrogate is the map whose true derivative is the declared backward. It comes from a subclass
that overrides the forward pass alone, so what is checked is the layer's own backward and jvp.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.autograd.forward_ad import dual_level
from torch.autograd.gradcheck import GradcheckError

from grl_torch import gradient_reversal, mul_scalar, shake_shake
from tests.grl_torch.declared import normal


def _subclass(layer: Callable[..., Tensor], inputs: int, forward: Any) -> Callable[..., Tensor]:
    """The Function that a layer uses in forward mode, with another forward pass."""
    xs = [torch.ones(2, requires_grad=True) for _ in range(inputs)]
    with dual_level():
        node: Any = layer(*xs).grad_fn
    surrogate: Any = type("Surrogate", (node._forward_cls,), {"forward": staticmethod(forward)})
    return surrogate.apply  # type: ignore[no-any-return]


COLUMN = torch.tensor([[0.2], [0.7], [0.5], [0.9]], dtype=torch.float64)
SURROGATES = {
    # The Function takes the factor -scale.
    "gradient_reversal": (gradient_reversal, 1, lambda x, factor: x * factor, (-0.37,)),
    "gradient_reversal-tensor": (gradient_reversal, 1, lambda x, factor: x * factor, (-COLUMN,)),
    "mul_scalar": (mul_scalar, 1, lambda x, scalar: x * scalar, (0.37,)),
    "shake_shake": (
        shake_shake,
        2,
        lambda x0, x1, alpha, beta: beta * x0 + (1 - beta) * x1,
        (COLUMN, COLUMN.flip(0)),
    ),
}


@pytest.mark.parametrize("case", SURROGATES.values(), ids=SURROGATES)
def test_surrogate(case: Any) -> None:
    layer, branches, forward, coefficients = case
    numbers = (0.37,) if branches == 1 else (0.3, 0.6)
    surrogate = _subclass(lambda *xs: layer(*xs, *numbers), branches, forward)
    xs = tuple(normal(4, 3).requires_grad_() for _ in range(branches))

    def function(*inputs: Tensor) -> Tensor:
        return surrogate(*inputs, *coefficients)

    assert gradcheck(
        function,
        xs,
        check_forward_ad=True,
        check_batched_grad=True,
        check_batched_forward_grad=True,
    )
    assert gradgradcheck(function, xs, check_fwd_over_rev=True, check_rev_over_rev=True)


# The layers themselves, unmodified, where the declared backward is the forward's derivative.
TRUE_DERIVATIVES: dict[str, Callable[..., Tensor]] = {
    "mul_scalar": lambda x, _: mul_scalar(x, 0.37),
    "reversal by -1": lambda x, _: gradient_reversal(x, -1.0),
    "two reversals": lambda x, _: gradient_reversal(gradient_reversal(x)),
    "alpha is beta": lambda x0, x1: shake_shake(x0, x1, 0.3, 0.3),
    "alpha is beta per image": lambda x0, x1: shake_shake(x0, x1, COLUMN, COLUMN),
}
OTHERS: dict[str, Callable[..., Tensor]] = {
    "reversal by 1": lambda x, _: gradient_reversal(x, 1.0),
    "reversal by 0": lambda x, _: gradient_reversal(x, 0.0),
    "alpha is not beta": lambda x0, x1: shake_shake(x0, x1, 0.3, 0.6),
}


@pytest.mark.parametrize("layer", TRUE_DERIVATIVES.values(), ids=TRUE_DERIVATIVES)
def test_true_derivative_passes(layer: Callable[..., Tensor]) -> None:
    xs = normal(4, 3).requires_grad_(), normal(4, 3).requires_grad_()
    assert gradcheck(layer, xs, check_forward_ad=True, check_batched_grad=True)
    assert gradgradcheck(layer, xs, check_fwd_over_rev=True)


@pytest.mark.parametrize("layer", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("forward_mode", [False, True])
def test_declared_gradient_fails(layer: Callable[..., Tensor], forward_mode: bool) -> None:
    xs = normal(4, 3).requires_grad_(), normal(4, 3).requires_grad_()
    with pytest.raises(GradcheckError, match=r"Jacobian .*mismatch"):
        gradcheck(layer, xs, check_forward_ad=forward_mode, check_backward_ad=not forward_mode)
