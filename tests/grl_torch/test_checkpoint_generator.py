"""A generator of its own under activation checkpointing, which sets back PyTorch's alone."""

from __future__ import annotations

import importlib
from functools import partial

import pytest
import torch
from torch.utils.checkpoint import create_selective_checkpoint_contexts

from grl_torch import draws
from tests.grl_torch.test_checkpoint import each_mode, shaken


@each_mode
def test_another_generator_is_refused(reentrant: bool) -> None:
    """PyTorch would draw anew from it, and the gradient be that of another forward pass."""
    generator = torch.Generator().manual_seed(3)
    with pytest.raises(RuntimeError, match=r"^a generator= cannot be used under activation"):
        shaken("shake-shake", generator, use_reentrant=reentrant)
    expected = torch.Generator().manual_seed(3)
    for _ in range(2):
        torch.rand((2, 8, 1), dtype=torch.float64, generator=expected)
    assert torch.equal(generator.get_state(), expected.get_state())


def test_without_the_private_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is refused then, right or wrong, as in PyTorch's own layers."""
    monkeypatch.delattr(torch._C, "_current_graph_task_id")
    assert importlib.reload(draws)._current_backward() == -1
    monkeypatch.undo()
    assert importlib.reload(draws)._current_backward is torch._C._current_graph_task_id


def test_another_generator_whose_draws_are_kept() -> None:
    """Selective checkpointing can keep the drawn numbers in place of drawing them again."""
    expected = shaken("shake-shake", torch.Generator().manual_seed(3))
    keep = partial(create_selective_checkpoint_contexts, [torch.ops.aten.rand.generator])
    generator = torch.Generator().manual_seed(3)
    found = shaken("shake-shake", generator, use_reentrant=False, context_fn=keep)
    assert torch.equal(found, expected)
