"""In PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from grl_torch import gradient_reversal, mul_scalar, shake_shake
from tests.law import Wrong, formulas, torch_more
from tests.law.formulas import Formula


def function(formula: Formula) -> type[Function]:
    """A function with the formula's backward pass."""

    class Declared(Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, *numbers: float) -> Tensor:
            ctx.save_for_backward(x)
            ctx.numbers = numbers
            y: Tensor = formula.forward(x, *numbers).to(x.dtype)
            return y.view_as(x) if y is x else y

        @staticmethod
        def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
            (x,) = ctx.saved_tensors
            dx = formula.backward(dy, x, *ctx.numbers).to(dy.dtype)
            return dx, *(None for _ in ctx.numbers)

    return Declared


ROUND = function(formulas.right(torch)["round_straight_through"])
REVERSAL = function(formulas.right(torch)["gradient_reversal"])
# Before 2.9 it does not export these classes at all, and says so.
OLD = tuple(map(int, torch.__version__.split(".")[:2])) < (2, 9)
EXPORTED = "it raises Unsupported" if OLD else "d. is .* everywhere"
RIGHT: dict[str, Any] = {
    **{name: function(formula) for name, formula in formulas.right(torch).items()},
    "gradient_reversal": gradient_reversal,
    "mul_scalar": mul_scalar,
    "shake_shake": shake_shake,
    "vector_quantisation": lambda x, code: torch_more.nearest(x, code)[0],
    **torch_more.RIGHT,
}
WRONG = [
    *torch_more.WRONG,
    *(Wrong(law, function(formula), said) for law, formula, said in formulas.wrong(torch)),
    Wrong("gradient_reversal", lambda x, scale: gradient_reversal(x), "dx is -dy everywhere"),
    Wrong("shake_shake", lambda a, b, alpha, beta: shake_shake(a, b, alpha, alpha), "gradient of"),
    # PyTorch's own round has a gradient of 0.
    Wrong("round_straight_through", torch.round, "0 everywhere"),
    # The value is off by a last bit: x + (round(x) - x) is not round(x).
    Wrong("round_straight_through", lambda x: x + (x.round() - x).detach(), "ULP"),
    # It reads the memory in its order, whatever the strides are.
    Wrong(
        "round_straight_through",
        function(
            Formula(
                lambda x: x.as_strided(x.shape, torch.empty(x.shape).stride()).round(),
                formulas.straight,
            )
        ),
        "output of a transposed array",
    ),
    # The codebook is trained as well.
    Wrong(
        "vector_quantisation",
        lambda x, code: code[(x[..., None] - code).abs().argmin(-1)] + x - x.detach(),
        "gradient of code, .*: the law gives it none, and it gets one",
    ),
    # Right by itself. PyTorch exports the forward pass alone: of a round that has no gradient, and
    # of a reversal it is the identity. Under compile and torch.func it drops the declaration too
    # (issue 193279), without a word.
    Wrong("round_straight_through", ROUND, f"T1 .* export: {EXPORTED}", ["export"]),
    Wrong("gradient_reversal", REVERSAL, f"T1 .* export: {EXPORTED}", ["export"]),
    Wrong("round_straight_through", ROUND, "T1 .* compile-vjp: da is 0", ["compile-vjp"]),
    Wrong("gradient_reversal", REVERSAL, "T1 .* vjp: it raises .* setup_context", ["vjp"]),
    # The gradient is a constant to autograd.
    Wrong(
        "gradient_scale",
        function(Formula(lambda x, c: x, lambda dy, x, c: 0 * dy + (c * dy).detach())),
        "T1 gradient of x, .*, double-backward",
        ["double-backward"],
    ),
]
