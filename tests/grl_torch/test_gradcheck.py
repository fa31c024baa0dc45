"""PyTorch's own gradient check of each layer's surrogate, in every mode that PyTorch checks.

The surrogate is the map whose true derivative is the declared backward. Each layer states it, and
takes its gradients from it under torch.func and in forward mode; in plain eager mode it has a
backward of its own. Here the forward pass alone is replaced by a surrogate that is written out
once more, so that what is checked is the layer's own backward and surrogate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from grl_torch._autograd import Declared
from grl_torch.gradient_reversal import _GradientReversal
from grl_torch.mul_scalar import _MulScalar
from grl_torch.shake_branches import _ShakeBranches
from grl_torch.shake_shake import _ShakeShake
from tests.grl_torch.declared import normal

COLUMN = torch.tensor([[0.2], [0.7], [0.5], [0.9]], dtype=torch.float64)
PER_IMAGE = torch.stack([COLUMN / 2, COLUMN / 4, 1 - COLUMN * 3 / 4])
SURROGATES: dict[str, tuple[type[Declared], int, Callable[..., Tensor], tuple[Any, ...]]] = {
    # The Function takes the factor -scale.
    "gradient_reversal": (_GradientReversal, 1, lambda x, factor: x * factor, (-0.37,)),
    "gradient_reversal-tensor": (_GradientReversal, 1, lambda x, factor: x * factor, (-COLUMN,)),
    "mul_scalar": (_MulScalar, 1, lambda x, scalar: x * scalar, (0.37,)),
    "mul_scalar-tensor": (_MulScalar, 1, lambda x, scalar: x * scalar, (COLUMN,)),
    "shake_shake": (
        _ShakeShake,
        2,
        lambda x0, x1, alpha, beta: beta * x0 + (1 - beta) * x1,
        (0.3, 0.6),
    ),
    "shake_shake-tensor": (
        _ShakeShake,
        2,
        lambda x0, x1, alpha, beta: beta * x0 + (1 - beta) * x1,
        (COLUMN, COLUMN.flip(0)),
    ),
    "shake_branches": (
        _ShakeBranches,
        3,
        lambda x0, x1, x2, alpha, beta: x0 * beta[0] + x1 * beta[1] + x2 * beta[2],
        (PER_IMAGE, PER_IMAGE.flip(1)),
    ),
}
CASES = {
    **{name: (case, torch.float64) for name, case in SURROGATES.items()},
    **{
        f"{name}-complex": (case, torch.complex128)
        for name, case in SURROGATES.items()
        if not name.startswith("shake")
    },
}


def _replaced(case: Any, dtype: torch.dtype) -> tuple[Callable[..., Tensor], tuple[Tensor, ...]]:
    """The layer with the surrogate for its forward pass, and inputs for it."""
    layer, branches, surrogate, coefficients = case

    def forward(ctx: Any, *inputs: Any) -> Any:
        layer.forward(ctx, *inputs)
        return surrogate(*inputs)

    # Its own surrogate stays, or where it needs none the forward that is under test.
    own = layer.surrogate or (lambda *inputs: layer.forward(None, *inputs))
    methods = {"forward": staticmethod(forward), "surrogate": staticmethod(own)}
    replaced: Any = type("Replaced", (layer,), methods)
    xs = tuple(normal(4, 3, dtype=dtype).requires_grad_() for _ in range(branches))
    return lambda *inputs: replaced.call(*inputs, *coefficients), xs


@pytest.mark.parametrize(("case", "dtype"), CASES.values(), ids=CASES)
def test_surrogate(case: Any, dtype: torch.dtype) -> None:
    function, xs = _replaced(case, dtype)
    assert gradcheck(
        function,
        xs,
        check_forward_ad=True,
        check_batched_grad=True,
        check_batched_forward_grad=True,
    )
    assert gradgradcheck(function, xs, check_fwd_over_rev=True, check_rev_over_rev=True)
