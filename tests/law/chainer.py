"""In Chainer, as function nodes."""

from __future__ import annotations

from functools import partial
from typing import Any

import chainer.functions as F  # noqa: N812 - as Chainer writes it
import numpy as np
from chainer import Variable

from grl_chainer import gradient_reversal, mul_scalar, shake_shake
from tests.law import Wrong, formulas
from tests.law.formulas import Formula, in_numpy
from tests.mutants.chainer.arrays import declare

function = partial(in_numpy, declare=declare)


def with_index(x: Variable, code: Variable) -> tuple[Variable, Variable]:
    nearest = np.abs(x.array[..., None] - code.array).argmin(-1)
    return code.array[nearest] + (x - x.array), Variable(nearest)


def drawn(a: Variable, b: Variable) -> tuple[Variable, float, float]:
    alpha, beta = np.random.random(2).tolist()
    return shake_shake(a, b, alpha, beta), alpha, beta


RIGHT: dict[str, Any] = {
    **{name: function(formula) for name, formula in formulas.right(np).items()},
    "pact": lambda x, a: F.minimum(F.relu(x), F.broadcast_to(a, x.shape)),
    "shake_shake_drawn": drawn,
    "vector_quantisation_index": with_index,
    "gradient_reversal": gradient_reversal,
    "mul_scalar": mul_scalar,
    "shake_shake": shake_shake,
    "vector_quantisation": lambda x, code: with_index(x, code)[0],
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
        RIGHT["gradient_scale"],
        "T1 gradient of x, .*, double-backward: it gets none",
        ["double-backward"],
    ),
]
