"""In nnabla, as Python functions."""

from __future__ import annotations

from functools import partial
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np

from grl_nnabla import gradient_reversal, mul_scalar, shake_shake
from tests.law import Wrong, formulas
from tests.law.formulas import in_numpy
from tests.mutants.nnabla.accumulation import AccumulationForgotten
from tests.mutants.nnabla.arrays import declare

function = partial(in_numpy, declare=declare)


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
    Wrong("mul_scalar", AccumulationForgotten, "gradient of x, an input that two calls read"),
    # nnabla's own round has a straight-through gradient, and rounds halves away from 0.
    Wrong("round_straight_through", F.round, "output of points"),
    # It looks at values while the graph is built: a second run goes by those of the first.
    Wrong("soft_threshold", built_once, "T1 output of .*, run-again", ["run-again"]),
]
