"""A project's test file: PyTorch, and the installed wheel."""

import torch
from grl_conformance import assert_conforms, laws
from torch.nn import Parameter

from grl_torch import GradientReversal, gradient_reversal


def test_a_training_step_goes_uphill() -> None:
    weight = Parameter(torch.tensor([1.0, -2.0]))
    loss = (GradientReversal(scale=0.5)(weight) * torch.tensor([2.0, 4.0])).sum()
    loss.backward()
    torch.optim.SGD([weight], lr=0.25).step()
    assert weight.tolist() == [1.25, -1.5]


def test_it_conforms() -> None:
    assert_conforms(gradient_reversal, laws.gradient_reversal)
