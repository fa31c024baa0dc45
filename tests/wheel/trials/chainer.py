"""A project's test file: Chainer, and the installed wheel."""

import numpy as np
from chainer import Link, functions, optimizers
from grl_conformance import assert_conforms, laws

from grl_chainer import GradientReversal, gradient_reversal


def test_a_training_step_goes_uphill() -> None:
    link = Link(weight=(2,))
    link.weight.array[:] = 1, -2
    optimizer = optimizers.SGD(lr=0.25).setup(link)
    loss = functions.sum(GradientReversal(scale=0.5)(link.weight) * np.array([2, 4], np.float32))
    link.cleargrads()
    loss.backward()
    optimizer.update()
    assert link.weight.array.tolist() == [1.25, -1.5]


def test_it_conforms() -> None:
    assert_conforms(gradient_reversal, laws.gradient_reversal)
