"""In nnabla, as Python functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla.function import PythonFunction

from grl_nnabla import gradient_reversal, mul_scalar, shake_shake
from tests.law import Wrong, formulas
from tests.law.formulas import Formula


class Declared(PythonFunction):  # type: ignore[misc]
    """A forward and a backward pass in NumPy."""

    name = "tests.law.Declared"

    def __init__(self, formula: Formula, numbers: tuple[float, ...]) -> None:
        super().__init__()
        self.formula, self.numbers = formula, numbers

    def min_outputs(self) -> int:
        return 1

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return True

    def grad_depends_output_data(self, i: int, o: int) -> bool:
        return False

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].reset_shape(inputs[0].shape, True)

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        x = inputs[0].data.get_data("r")
        outputs[0].data.get_data("w", x.dtype)[...] = self.formula.forward(x, *self.numbers)

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if not propagate_down[0]:
            return
        x, dy = inputs[0].data.get_data("r"), outputs[0].grad.get_data("r")
        dx = np.asarray(self.formula.backward(dy, x, *self.numbers)).astype(dy.dtype)
        if accum[0]:
            inputs[0].grad.get_data("rw")[...] += dx
        else:
            inputs[0].grad.get_data("w", dy.dtype)[...] = dx


class Overwrites(Declared):
    """Puts its gradient in the place of what another reader has left."""

    name = "tests.law.Overwrites"

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        super().backward_impl(inputs, outputs, propagate_down, [False])


def function(formula: Formula) -> Callable[..., Any]:
    """Of a variable and numbers."""
    return lambda x, *numbers: Declared(formula, numbers)(x)


def drawn(a: Any, b: Any) -> tuple[Any, float, float]:
    alpha, beta = np.random.random(2).tolist()
    return shake_shake(a, b, alpha, beta), alpha, beta


def built_once(x: Any, t: float) -> Any:
    inside = np.asarray(np.abs(x.d) > t, x.d.dtype)
    side = np.asarray(np.sign(x.d) * t, x.d.dtype)
    return (x - nn.Variable.from_numpy_array(side)) * nn.Variable.from_numpy_array(inside)


RIGHT: dict[str, Any] = {
    **{name: function(formula) for name, formula in formulas.right(np).items()},
    "pact": lambda x, a: F.minimum2(F.relu(x), F.reshape(a, (1,) * x.ndim)),
    "shake_shake_drawn": drawn,
    "gradient_reversal": gradient_reversal,
    "mul_scalar": mul_scalar,
    "shake_shake": shake_shake,
}
WRONG = [
    Wrong("shake_shake_drawn", lambda a, b: (drawn(a, b)[0], 0.5, 0.5), "output of values"),
    *(Wrong(law, function(formula), said) for law, formula, said in formulas.wrong(np)),
    Wrong("shake_shake", lambda a, b, alpha, beta: shake_shake(a, b, alpha, alpha), "gradient of"),
    Wrong(
        "swish",
        Overwrites(formulas.right(np)["swish"], ()),
        "gradient of x, an input that two calls read",
    ),
    # nnabla's own round has a straight-through gradient, and rounds halves away from 0.
    Wrong("round_straight_through", F.round, "output of points"),
    # It looks at values while the graph is built: a second run goes by those of the first.
    Wrong("soft_threshold", built_once, "T1 output of .*, run-again", ["run-again"]),
]
