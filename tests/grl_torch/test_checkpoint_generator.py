"""A generator of its own under activation checkpointing, which sets back PyTorch's alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts

from grl_torch import ShakeShake
from tests.grl_torch.declared import normal
from tests.grl_torch.test_checkpoint import each_mode, shaken

# PyTorch warns so of each one that is nested in the reentrant mode.
pytestmark = pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")

Block = Callable[[Tensor], Tensor]
Wrap = Callable[[Block], Block]


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def wrap(reentrant: bool, **kwargs: Any) -> Wrap:
    """Checkpoints a block."""
    return lambda block: partial(checkpoint, block, use_reentrant=reentrant, **kwargs)


def bare(block: Block) -> Block:
    return block


def shake(layer: ShakeShake) -> Block:
    """A block whose gradient depends on every number drawn."""

    def block(x: Tensor) -> Tensor:
        y: Tensor = layer(x.tanh(), x.cos())
        return y.sin()

    return block


def gradient_and_states(
    network: Callable[[Block, Wrap], Block], wrap: Wrap
) -> tuple[Tensor, Tensor, Tensor]:
    """Of a network of one layer; the states are those of both generators after that."""
    torch.manual_seed(2)
    generator = seeded()
    x = normal(8, 3).requires_grad_()
    network(shake(ShakeShake(generator=generator)), wrap)(x).sum().backward()
    assert x.grad is not None
    return x.grad, generator.get_state(), torch.get_rng_state()


def _twice_in_one(block: Block, wrap: Wrap) -> Block:
    return wrap(lambda x: block(block(x)))


def _in_several(block: Block, wrap: Wrap) -> Block:
    def run(x: Tensor) -> Tensor:
        a, b, c = x.split(1, dim=1)  # so that no gradients are added, in whatever order
        return torch.cat([wrap(block)(a), block(b), wrap(block)(wrap(block)(c))], dim=1)

    return run


def _with_other_draws(block: Block, wrap: Wrap) -> Block:
    return wrap(lambda x: block(torch.nn.functional.dropout(block(x))) * torch.rand(3))


def _nested(block: Block, wrap: Wrap) -> Block:
    return wrap(lambda x: block(wrap(lambda x: block(wrap(block)(x)))(block(x))))


def _nested_in_the_other_mode(block: Block, wrap: Wrap) -> Block:
    if wrap is bare:
        return _nested(block, wrap)
    other = partial(checkpoint, use_reentrant=not wrap(block).keywords["use_reentrant"])  # type: ignore[attr-defined]
    return wrap(lambda x: block(other(lambda x: block(wrap(block)(x)), block(x))))


def _unused_gradient(block: Block, wrap: Wrap) -> Block:
    """What was drawn is needed, though nothing goes back through the layer."""
    return wrap(lambda x: x.sin() * block(x.detach()) * block(x).detach())


def _gradient_within(block: Block, wrap: Wrap) -> Block:
    """Gradients are on within a block that the reentrant mode runs without them."""

    def penalty(x: Tensor) -> Tensor:
        with torch.enable_grad():
            inner = x.detach().requires_grad_()
            (dx,) = torch.autograd.grad(block(inner).sum(), inner)
        return x.sin() * dx

    return wrap(penalty)


def _vmapped(block: Block, wrap: Wrap) -> Block:
    return wrap(torch.vmap(lambda x: block(x[None])[0], randomness="different"))


each_network = pytest.mark.parametrize(
    "network",
    [
        _twice_in_one,
        _in_several,
        _with_other_draws,
        _nested,
        _nested_in_the_other_mode,
        _unused_gradient,
        _gradient_within,
        _vmapped,
    ],
)


@each_network
@each_mode
def test_another_generator_is_replayed(network: Any, reentrant: bool) -> None:
    expected = gradient_and_states(network, bare)
    found = gradient_and_states(network, wrap(reentrant))
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


@each_mode
def test_another_generator_is_refused(reentrant: bool) -> None:
    """Where checkpointing is told not to set back PyTorch's default one."""
    generator = seeded()
    block = shake(ShakeShake(generator=generator))
    x = normal(8, 3).requires_grad_()
    y = wrap(reentrant, preserve_rng_state=False)(block)(x).sum()
    state = generator.get_state()
    with pytest.raises(RuntimeError, match="not what a forward pass has drawn"):
        y.backward()
    assert torch.equal(generator.get_state(), state)


@each_mode
@pytest.mark.parametrize("mode", ["shake-shake", "shake-keep", "even-shake"])
def test_modes(mode: str, reentrant: bool) -> None:
    expected = shaken(mode, seeded())
    assert torch.equal(shaken(mode, seeded(), use_reentrant=reentrant), expected)


@each_mode
def test_the_default_generator_passed_in(reentrant: bool) -> None:
    """Checkpointing sets it back, and it has to go on from there."""

    def run(wrap: Wrap) -> tuple[Tensor, Tensor]:
        torch.manual_seed(2)
        block = shake(ShakeShake(generator=torch.default_generator))
        x = normal(8, 3).requires_grad_()
        _with_other_draws(block, wrap)(x).sum().backward()
        assert x.grad is not None
        return x.grad, torch.get_rng_state()

    for found, expected in zip(run(wrap(reentrant)), run(bare), strict=True):
        assert torch.equal(found, expected)


@each_mode
def test_draws_what_rand_draws(reentrant: bool) -> None:
    generator = seeded()
    block = partial(ShakeShake(generator=generator), torch.ones(8, 3))
    expected = seeded()
    for _ in range(2):
        alpha = torch.rand((2, 1, 8, 1), generator=expected)[0, 0]
        x = torch.zeros(8, 3, requires_grad=True)
        assert torch.equal(wrap(reentrant)(block)(x), alpha.expand(8, 3))
        assert torch.equal(generator.get_state(), expected.get_state())


@each_mode
def test_two_backward_passes(reentrant: bool) -> None:
    x = normal(8, 3).requires_grad_()
    y = wrap(reentrant)(_nested(shake(ShakeShake(generator=seeded())), wrap(reentrant)))(x).sum()
    y.backward(retain_graph=True)
    assert x.grad is not None
    first = x.grad.clone()
    y.backward()
    assert torch.equal(x.grad, 2 * first)


def test_double_backward() -> None:
    def run(wrap: Wrap) -> Tensor:
        x = torch.ones(8, 3, requires_grad=True)
        y = wrap(shake(ShakeShake(generator=seeded())))(x)
        (dx,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        return torch.autograd.grad(dx.square().sum(), x)[0]

    assert torch.equal(run(wrap(False)), run(bare))


def test_another_generator_whose_draws_are_kept() -> None:
    """Selective checkpointing can keep the drawn numbers in place of drawing them again."""
    keep = partial(create_selective_checkpoint_contexts, [torch.ops.aten.rand.generator])
    other = torch.Generator()

    def network(block: Block, wrap: Wrap) -> Block:
        return wrap(lambda x: block(block(x) * torch.rand(8, 3, generator=other)))

    other.manual_seed(4)
    expected = gradient_and_states(network, bare)
    other.manual_seed(4)
    found = gradient_and_states(network, wrap(False, context_fn=keep))
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


@each_mode
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")
def test_compiled(reentrant: bool) -> None:
    """What draws runs uncompiled, and is replayed in code that is compiled around it."""

    def run(network: Block) -> Tensor:
        x = torch.ones(8, 3, requires_grad=True)
        network(x).sum().backward()
        assert x.grad is not None
        return x.grad

    expected = run(shake(ShakeShake(generator=seeded())))
    block = torch.compile(shake(ShakeShake(generator=seeded())), backend="aot_eager")
    assert torch.equal(run(wrap(reentrant)(block)), expected)
    inside = wrap(reentrant)(shake(ShakeShake(generator=seeded())))
    assert torch.equal(run(torch.compile(inside, backend="aot_eager")), expected)
