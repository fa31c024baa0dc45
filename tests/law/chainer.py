"""In Chainer, as function nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chainer.functions as F  # noqa: N812 - as Chainer writes it
import numpy as np
from chainer import FunctionNode, Variable

from grl_chainer import gradient_reversal, mul_scalar, shake_shake
from tests.law import Wrong, formulas
from tests.law.formulas import Formula


class Declared(FunctionNode):  # type: ignore[misc]
    """A forward and a backward pass in NumPy."""

    def __init__(self, formula: Formula, numbers: tuple[float, ...]) -> None:
        self.formula, self.numbers = formula, numbers

    def forward_cpu(self, inputs: Any) -> Any:
        self.retain_inputs((0,))
        (x,) = inputs
        return (np.asarray(self.formula.forward(x, *self.numbers)).astype(x.dtype),)

    def backward(self, indexes: Any, gradients: Any) -> Any:
        (x,), (dy,) = self.get_retained_inputs(), gradients
        dx = self.formula.backward(dy.array, x.array, *self.numbers)
        return (Variable(np.asarray(dx).astype(dy.dtype)),)


def function(formula: Formula) -> Callable[..., Variable]:
    """Of a variable and numbers."""
    return lambda x, *numbers: Declared(formula, numbers).apply((x,))[0]


def quantised(x: Variable, code: Variable) -> Variable:
    nearest = np.abs(x.array[..., None] - code.array).argmin(-1)
    return code.array[nearest] + (x - x.array)


def with_index(x: Variable, code: Variable) -> tuple[Variable, Variable]:
    nearest = np.abs(x.array[..., None] - code.array).argmin(-1)
    return code.array[nearest] + (x - x.array), Variable(nearest)


def drawn(a: Variable, b: Variable) -> tuple[Variable, float, float]:
    alpha, beta = np.random.random(2).tolist()
    return shake_shake(a, b, alpha, beta), alpha, beta


class Detached(FunctionNode):  # type: ignore[misc]
    """A scale whose gradient is a constant to Chainer."""

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def forward(self, inputs: Any) -> Any:
        return inputs

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (Variable((self.scale * dys[0].array).astype(dys[0].dtype)),)


RIGHT: dict[str, Any] = {
    **{name: function(formula) for name, formula in formulas.right(np).items()},
    "pact": lambda x, a: F.minimum(F.relu(x), F.broadcast_to(a, x.shape)),
    "shake_shake_drawn": drawn,
    "vector_quantisation_index": with_index,
    "gradient_reversal": gradient_reversal,
    "mul_scalar": mul_scalar,
    "shake_shake": shake_shake,
    "vector_quantisation": quantised,
}
WRONG = [
    Wrong("shake_shake_drawn", lambda a, b: (drawn(a, b)[0], 0.5, 0.5), "output of values"),
    Wrong("pact", lambda x, a: F.clip(x, 0.0, float(a.array)), "gradient of a, .*: it gets none"),
    *(Wrong(law, function(formula), said) for law, formula, said in formulas.wrong(np)),
    Wrong("shake_shake", lambda a, b, alpha, beta: shake_shake(a, b, alpha, alpha), "gradient of"),
    Wrong(
        "round_straight_through",
        function(Formula(lambda x: np.rint(x, out=x), formulas.straight)),
        "a afterwards, .*: the input was changed",
    ),
    Wrong("round_straight_through", F.floor, "output of values"),
    # The codebook is trained as well.
    Wrong(
        "vector_quantisation",
        lambda x, code: (
            F.get_item(code, np.abs(x.array[..., None] - code.array).argmin(-1)) + (x - x.array)
        ),
        "gradient of code, .*: the law gives it none, and it gets one",
    ),
    # The gradient itself has none: its backward pass leaves the graph.
    Wrong(
        "gradient_scale",
        Detached,
        "T1 gradient of x, .*, double-backward: it gets none",
        ["double-backward"],
    ),
]
