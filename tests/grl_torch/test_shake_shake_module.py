"""The module ShakeShake: what the packages share, and what PyTorch does with its draws."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from grl_torch import ShakeShake

IMAGES = 64


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
