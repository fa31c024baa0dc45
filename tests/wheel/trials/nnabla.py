"""A project's test file: nnabla, and the installed wheel."""

import numpy as np
from grl_conformance import assert_conforms, laws
from nnabla import Variable, functions, solvers

from grl_nnabla import GradientReversal, gradient_reversal


def test_a_training_step_goes_uphill() -> None:
    weight = Variable.from_numpy_array(np.array([1, -2], np.float32)).apply(need_grad=True)
    given = Variable.from_numpy_array(np.array([2, 4], np.float32))
    loss = functions.sum(GradientReversal(scale=0.5)(weight) * given)
    solver = solvers.Sgd(lr=0.25)
    solver.set_parameters({"weight": weight})
    solver.zero_grad()
    loss.forward()
    loss.backward()
    solver.update()
    assert weight.d.tolist() == [1.25, -1.5]


def test_it_conforms() -> None:
    assert_conforms(gradient_reversal, laws.gradient_reversal)
