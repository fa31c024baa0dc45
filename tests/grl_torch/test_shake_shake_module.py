"""The module ShakeShake: what the packages share, and what PyTorch does with its draws."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from grl_torch import ShakeShake
from tests.grl_torch.declared import normal

IMAGES = 64


def _drawn(layer: ShakeShake, *shape: int) -> tuple[Tensor, Tensor]:
    """alpha and beta, element by element: the output, and the gradient of the first branch."""
    x0 = torch.ones(shape, requires_grad=True)
    x1 = torch.zeros(shape, requires_grad=True)
    y = layer(x0, x1)
    dx0, dx1 = torch.autograd.grad(y, (x0, x1), torch.ones_like(y))
    assert torch.equal(dx0 + dx1, torch.ones_like(y))
    return y.detach(), dx0


def test_backward_draws_nothing() -> None:
    x0, x1 = (normal(8, 3).requires_grad_() for _ in range(2))
    y = ShakeShake()(x0, x1)
    state = torch.get_rng_state()
    passes = [torch.autograd.grad(y.sum(), x0, retain_graph=True)[0] for _ in range(2)]
    assert torch.equal(*passes)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("mode", ["shake-shake", "shake-keep", "even-even"])
def test_evaluation(mode: str, dtype: torch.dtype) -> None:
    most = torch.full((4, 3), torch.finfo(dtype).max * 0.75, dtype=dtype, requires_grad=True)
    state = torch.get_rng_state()
    y = ShakeShake(mode).eval()(most, most.detach())
    y.backward(torch.ones_like(y))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(y, most)
    assert most.grad is not None
    assert torch.equal(most.grad, torch.full_like(most, 0.5))


@pytest.mark.parametrize("count", [2, 3])
def test_given_coefficients_leave_nothing_to_draw(count: int) -> None:
    xs = [torch.ones(4, 3)] * count
    given: Any = 0.5 if count == 2 else (0.5, 0.25)
    state = torch.get_rng_state()
    ShakeShake()(*xs, alpha=given, beta=given)
    assert torch.equal(torch.get_rng_state(), state)
    ShakeShake()(*xs, alpha=given)
    assert not torch.equal(torch.get_rng_state(), state)


def test_draws_in_float64_for_float64() -> None:
    """A float32 draw has no bits below 2**-24."""
    x0, x1 = torch.ones(IMAGES, 1).double(), torch.zeros(IMAGES, 1).double()
    alpha = ShakeShake()(x0, x1)
    assert not torch.equal(alpha, alpha.float().double())


def test_under_vmap_each_sample_draws_its_own() -> None:
    ones, zeros = torch.ones(8, 1, 3), torch.zeros(8, 1, 3)
    alphas = torch.vmap(ShakeShake(), randomness="different")(ones, zeros)
    assert len(alphas[:, 0, 0].unique()) == 8
