"""Activation checkpointing: the gradients without it, and no draw that differs unseen."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from grl_torch import ShakeShake
from tests.grl_torch.declared import normal
from tests.grl_torch.networks import (
    each_form,
    each_name,
    expected_gradients,
    gradients,
    loss,
    network,
    same,
    samples,
)

each_mode = pytest.mark.parametrize("reentrant", [True, False], ids=["reentrant", "not reentrant"])


@each_name
@each_form
@each_mode
def test_network(name: str, form: str, reentrant: bool) -> None:
    model = network(name, form)
    x = samples().requires_grad_()  # the reentrant mode asks for an input that needs a gradient
    loss(checkpoint(model, x, use_reentrant=reentrant)).backward()
    assert same(gradients(model), expected_gradients(name))


@each_name
@each_form
@each_mode
def test_compiled(name: str, form: str, reentrant: bool) -> None:
    model = network(name, form)

    def run(x: Tensor) -> Tensor:
        y: Tensor = checkpoint(model, x, use_reentrant=reentrant)
        return y

    compiled = torch.compile(run, backend="aot_eager", fullgraph=True)
    loss(compiled(samples().requires_grad_())).backward()
    assert same(gradients(model), expected_gradients(name))


def shaken(mode: str, generator: torch.Generator | None = None, **kwargs: Any) -> Tensor:
    """The gradient through two blocks that draw, each checkpointed if kwargs say how.

    What follows each draw is not linear, so that every number drawn matters for the gradient.
    """
    torch.manual_seed(2)
    x = normal(8, 3).requires_grad_()
    y = x
    for _ in range(2):
        layer = ShakeShake(mode, generator=generator)
        block = partial(_block, layer)
        y = checkpoint(block, y, **kwargs) if kwargs else block(y)
    # torch.autograd.grad does not work with the reentrant mode.
    y.sum().backward()
    assert x.grad is not None
    return x.grad


def _block(layer: ShakeShake, x: Tensor) -> Tensor:
    y: Tensor = layer(x.tanh(), x.cos())
    return y.sin()


@each_mode
@pytest.mark.parametrize("mode", ["shake-shake", "shake-keep", "even-shake"])
@pytest.mark.parametrize("generator", [None, torch.default_generator], ids=["left out", "passed"])
def test_default_generator_is_replayed(
    mode: str, generator: torch.Generator | None, reentrant: bool
) -> None:
    expected = shaken(mode)
    state = torch.get_rng_state()
    assert torch.equal(shaken(mode, generator, use_reentrant=reentrant), expected)
    assert torch.equal(torch.get_rng_state(), state)


@each_mode
def test_generator_is_refused(reentrant: bool) -> None:
    """PyTorch does not set it back: other numbers would make another gradient."""
    with pytest.raises(RuntimeError, match=r"^generator= .* Leave .* out, or .* pass alpha= and"):
        shaken("shake-shake", torch.Generator().manual_seed(3), use_reentrant=reentrant)


@each_mode
def test_coefficients_drawn_outside(reentrant: bool) -> None:
    """They are inputs of the checkpoint then, from whatever generator."""
    alpha, beta = torch.rand((2, 8, 1), generator=torch.Generator().manual_seed(3))
    x, layer = normal(8, 3).requires_grad_(), ShakeShake()

    def block(x: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
        y: Tensor = layer(x.tanh(), x.cos(), alpha=alpha, beta=beta)
        return y.sin()

    y = checkpoint(block, x, alpha, beta, use_reentrant=reentrant)
    y.sum().backward()
    (expected,) = torch.autograd.grad(block(x, alpha, beta).sum(), x)
    assert x.grad is not None
    assert torch.equal(x.grad, expected)
