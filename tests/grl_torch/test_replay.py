"""What checkpointing cannot replay is refused, and what cannot be asked for is not kept."""

from __future__ import annotations

import gc
import importlib
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from grl_torch import ShakeShake, replay
from tests.grl_torch.test_checkpoint import each_mode
from tests.grl_torch.test_checkpoint_generator import Block, bare, seeded, shake, wrap

UNKNOWN = "not what a forward pass has drawn"
SEVERAL = "several forward passes have done so at the same state"


def run(block: Block) -> tuple[Tensor, Tensor]:
    x = torch.linspace(-2, 2, 24).reshape(8, 3).requires_grad_()
    return x, block(x).sum()


def gradient(x: Tensor, y: Tensor) -> Tensor:
    x.grad = None
    y.backward()
    assert x.grad is not None
    return x.grad


def kept() -> int:
    gc.collect()
    return sum(map(len, replay._draws.values()))


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_draws", type(replay._draws)())


@each_mode
def test_too_many_draws_between(reentrant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST", 3)
    block = shake(ShakeShake(generator=seeded()))
    x, y = run(wrap(reentrant)(lambda x: block(block(block(x)))))
    gradient(x, y)
    x, y = run(wrap(reentrant)(lambda x: block(block(block(block(x))))))
    with pytest.raises(RuntimeError, match=UNKNOWN):
        y.backward()


@each_mode
def test_a_seed_that_tells_no_forward_passes_apart(reentrant: bool) -> None:
    block = wrap(reentrant)(shake(ShakeShake(generator=seeded())))
    outputs = []
    for _ in range(2):
        torch.manual_seed(0)
        outputs.append(run(block))
    for _, y in outputs:
        with pytest.raises(RuntimeError, match=SEVERAL):
            y.backward()


@each_mode
def test_both_generators_seeded_alike(reentrant: bool) -> None:
    """It does not matter then which of the passes it is."""
    generator = seeded()
    block = wrap(reentrant)(shake(ShakeShake(generator=generator)))
    outputs = []
    for _ in range(2):
        torch.manual_seed(0)
        generator.manual_seed(3)
        outputs.append(run(block))
    assert torch.equal(gradient(*outputs[0]), gradient(*outputs[1]))


@each_mode
def test_a_seed_in_every_step(reentrant: bool) -> None:
    def train(wrap: Any) -> list[Tensor]:
        layer = ShakeShake(generator=seeded())
        gradients = []
        for _ in range(3):
            torch.manual_seed(0)
            x, y = run(wrap(shake(layer)))  # the last step's y is there until now
            gradients.append(gradient(x, y))
        return gradients

    for found, expected in zip(train(wrap(reentrant)), train(bare), strict=True):
        assert torch.equal(found, expected)


@each_mode
def test_a_seed_while_an_older_graph_is_kept(reentrant: bool) -> None:
    """Refused as well: its backward pass could run again."""
    block = wrap(reentrant)(shake(ShakeShake(generator=seeded())))
    torch.manual_seed(0)
    _, y = run(block)
    y.backward(retain_graph=True)
    torch.manual_seed(0)
    _, later = run(block)
    for output in (later, y):
        with pytest.raises(RuntimeError, match=SEVERAL):
            output.backward()


def test_a_seed_after_a_graph_that_never_ran_backward() -> None:
    """It is told from the next one by its death, but in the reentrant mode it has no graph."""
    for reentrant in (False, True):
        block = wrap(reentrant)(shake(ShakeShake(generator=seeded())))
        for _ in range(2):
            torch.manual_seed(0)
            x, y = run(block)
        if reentrant:
            with pytest.raises(RuntimeError, match=SEVERAL):
                y.backward()
        else:
            gradient(x, y)


@each_mode
def test_two_layers_with_one_seed(reentrant: bool) -> None:
    """Each generator has draws of its own."""

    def train(wrap: Any) -> list[Tensor]:
        blocks = [wrap(shake(ShakeShake(generator=torch.Generator()))) for _ in range(2)]
        outputs = []
        for block in blocks:
            torch.manual_seed(0)
            outputs.append(run(block))
        return [gradient(x, y) for x, y in outputs]

    for found, expected in zip(train(wrap(reentrant)), train(bare), strict=True):
        assert torch.equal(found, expected)


def test_a_first_draw_in_a_backward_pass() -> None:
    _, y = run(torch.sin)
    layer = ShakeShake(generator=seeded())
    y.register_hook(lambda dy: layer(dy[None], dy[None])[0])
    with pytest.raises(RuntimeError, match=UNKNOWN):
        y.backward()


@each_mode
def test_what_is_kept(reentrant: bool) -> None:
    """As long as the graph can run again; in the reentrant mode, after its first run only."""
    _, y = run(wrap(reentrant)(shake(ShakeShake(generator=seeded()))))
    y.backward(retain_graph=True)
    assert kept() == 1
    y.backward()
    if reentrant:
        del y
    assert kept() == 0
    _, y = run(wrap(reentrant)(shake(ShakeShake(generator=seeded()))))
    del y
    assert kept() == int(reentrant)


@pytest.mark.parametrize("unpack", [lambda x: x, torch.Tensor.clone], ids=["function", "method"])
def test_hooks_that_never_die(unpack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST", 3)
    layer = ShakeShake(generator=seeded())
    with torch.autograd.graph.saved_tensors_hooks(lambda x: x, unpack):
        for _ in range(5):
            run(shake(layer))
    assert kept() == 3


def test_other_hooks_within() -> None:
    """Hooks hide those of checkpointing, and what runs again is no Function in Python."""

    def inner(block: Block) -> Block:
        def run(x: Tensor) -> Tensor:
            with torch.autograd.graph.saved_tensors_hooks(torch.Tensor.clone, torch.Tensor.clone):
                y = block(x)
            return y.sin()

        return run

    x, y = run(wrap(False)(inner(shake(ShakeShake(generator=seeded())))))
    y.backward(retain_graph=True)
    expected = gradient(*run(inner(shake(ShakeShake(generator=seeded())))))
    assert torch.equal(gradient(x, y), expected)


def test_the_layer_keeps_nothing() -> None:
    layer = ShakeShake(generator=seeded())
    before = dict(vars(layer))
    gradient(*run(wrap(False)(shake(layer))))
    assert vars(layer) == before


def test_default_generators_of_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpointing sets these back too, and they are drawn from without more ado."""
    generator = seeded()
    monkeypatch.setattr(torch.cpu, "default_generators", (generator,), raising=False)
    state = torch.get_rng_state()
    assert replay.source(generator) is generator
    assert torch.equal(torch.get_rng_state(), state)
    assert kept() == 0


def test_fake_tensors() -> None:
    with FakeTensorMode():
        x = torch.ones(8, 3, requires_grad=True)
        wrap(False)(shake(ShakeShake(generator=torch.Generator())))(x).sum().backward()
        assert x.grad is not None
        assert x.grad.shape == x.shape


@pytest.mark.parametrize("randomness", ["error", "same", "different"])
def test_vmap(randomness: str) -> None:
    """It is asked about the drawn numbers, and not about the ticket."""
    layer = ShakeShake(generator=seeded())
    mapped = torch.vmap(shake(layer), randomness=randomness)
    if randomness == "error":
        with pytest.raises(RuntimeError, match="called random operation"):
            mapped(torch.ones(4, 8, 3))
    else:
        images = mapped(torch.ones(4, 8, 3))
        assert torch.equal(images[0], images[1]) == (randomness == "same")


@each_mode
def test_while_a_cuda_graph_is_captured(reentrant: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_is_capturing", lambda generator: True)
    _, y = run(wrap(reentrant)(shake(ShakeShake(generator=seeded()))))
    with pytest.raises(RuntimeError, match=UNKNOWN):
        y.backward()


def test_without_the_private_names(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = gradient(*run(shake(ShakeShake(generator=seeded()))))
    for name in ("_current_autograd_node", "_DisableFuncTorch", "_DisableTorchDispatch"):
        monkeypatch.delattr(torch._C, name)
    importlib.reload(replay)
    assert not replay._KNOWS_OWNERS
    for reentrant in (True, False):
        found = gradient(*run(wrap(reentrant)(shake(ShakeShake(generator=seeded())))))
        assert torch.equal(found, expected)
    # Without this one nothing is replayed, as in PyTorch's own layers.
    monkeypatch.delattr(torch._C, "_current_graph_task_id")
    assert importlib.reload(replay)._current_backward() == -1
    monkeypatch.undo()
    assert importlib.reload(replay)._current_backward is torch._C._current_graph_task_id
