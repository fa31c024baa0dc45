"""What a generator has drawn stays drawn when activation checkpointing runs a layer again.

For the second run, checkpointing sets PyTorch's default generators back, and no others. So with
each draw from another generator goes a ticket, a number from the default one on the CPU: the
second run takes the same ticket, and finds by it the state from which the first one drew.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import nullcontext
from itertools import chain
from types import FunctionType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch.autograd.function import BackwardCFunction

# PyTorch has no public names for these. Without the first, what checkpointing draws anew goes
# unseen, as it does in PyTorch's own layers.
_current_backward = getattr(torch._C, "_current_graph_task_id", lambda: -1)
# Without these two, a draw is kept until MOST others have followed.
_KNOWS_OWNERS = hasattr(torch._C, "_current_autograd_node") and hasattr(
    torch._C._autograd, "_top_saved_tensors_default_hooks"
)
# Without these two, vmap and FakeTensorMode take part in drawing the ticket, and refuse it.
_outside_transforms = getattr(torch._C, "_DisableFuncTorch", nullcontext)
_outside_modes = getattr(torch._C, "_DisableTorchDispatch", nullcontext)

# Of one owner. On a CPU each takes 3 KB, on a GPU next to nothing.
MOST = 1024


class _Draw(NamedTuple):
    ticket: int
    generator: torch.Generator
    before: torch.Generator  # a copy, which nothing is drawn from


class _Nobody:
    """Owns the draws of which it is not known yet how long they may be needed."""


_NOBODY = _Nobody()
# A draw is forgotten when what owns it has died: then nothing can ask for it.
_draws: WeakKeyDictionary[Any, deque[_Draw]] = WeakKeyDictionary()
_lock = threading.Lock()  # backward passes run in threads of their own


def source(generator: torch.Generator) -> torch.Generator:
    """Return what to draw from: ``generator``, or in a second run a copy as it was in the first.

    Raises:
        RuntimeError: this is a backward pass, and it is not known what was drawn here in the
            forward pass.
    """
    if _is_default(generator):
        return generator
    with _outside_transforms(), _outside_modes():
        ticket = int(torch.randint(torch.iinfo(torch.int64).max, (), device="cpu"))
    with _lock:
        if _current_backward() >= 0:
            return _first(ticket, generator).before.clone_state()
        if not _is_capturing(generator):
            _keep(_Draw(ticket, generator, generator.clone_state()), _owner())
        return generator


def _is_default(generator: torch.Generator) -> bool:
    """Whether checkpointing sets it back."""
    of_device = getattr(torch.get_device_module(generator.device), "default_generators", ())
    return generator is torch.default_generator or generator in of_device


def _is_capturing(generator: torch.Generator) -> bool:
    """Whether a CUDA graph is being captured, when no state can be copied."""
    return generator.device.type == "cuda" and torch.cuda.is_current_stream_capturing()


def _owner() -> Any:
    """What dies when nothing can run the present code again, where that is known.

    Checkpointing that is not reentrant is a pair of hooks, and what is saved for the backward
    pass holds on to the second one until it is freed.
    """
    hooks = torch._C._autograd._top_saved_tensors_default_hooks(True) if _KNOWS_OWNERS else None
    return hooks[1] if hooks and isinstance(hooks[1], FunctionType) else _NOBODY


def _keep(draw: _Draw, owner: Any) -> None:
    _draws.setdefault(owner, deque(maxlen=MOST)).append(draw)


def _first(ticket: int, generator: torch.Generator) -> _Draw:
    """The draw with this ticket in the forward pass."""
    found = [
        draw
        for draw in chain.from_iterable(list(_draws.values()))
        if draw.ticket == ticket and draw.generator is generator
    ]
    if not found:
        raise RuntimeError(
            "a backward pass draws from a generator=, and not what a forward pass has drawn. "
            "Activation checkpointing has to set back PyTorch's default generator for this "
            f"(preserve_rng_state=True), and at most {MOST} draws may lie between the two. Else "
            "leave the generator out, or draw the coefficients outside of the checkpoint and "
            "pass them"
        )
    # With one state, as after g.manual_seed(0), it does not matter which of them it was.
    if len(found) > 1 and len({_state(draw) for draw in found}) > 1:
        raise RuntimeError(
            "a backward pass draws from a generator=, and several forward passes have done so "
            "at the same state of PyTorch's default generator, by which they are told apart "
            "under activation checkpointing: seed that one (torch.manual_seed) only when the "
            "backward passes are done"
        )
    node = torch._C._current_autograd_node() if _KNOWS_OWNERS else None
    if isinstance(node, BackwardCFunction):
        # In the reentrant mode, this is the one node that can run the present code again.
        for draw in found:
            if draw in _draws.get(_NOBODY, ()):
                _draws[_NOBODY].remove(draw)
                _keep(draw, node)
    return found[0]


def _state(draw: _Draw) -> bytes:
    return draw.before.get_state().numpy().tobytes()
