"""Random numbers for a layer: on many ranks, for DTensors and under activation checkpointing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

# PyTorch has no public name for "a backward pass is running here". Without it, a recomputation
# that draws anew goes unseen, as it does in PyTorch's own layers.
_current_backward = getattr(torch._C, "_current_graph_task_id", lambda: -1)


def uniform(
    shape: tuple[int, ...], x: Tensor, dtype: torch.dtype, generator: torch.Generator | None = None
) -> Tensor:
    """Numbers from [0, 1) on the device of ``x``; as a rule, other ones on each rank.

    Ranks have one seed as a rule. With PyTorch's default generator, each one draws the numbers
    of all ranks here, and keeps its own: so their generators stay in step, and what checkpointing
    replays is the same. A generator that is passed in is used as it is.

    Raises:
        RuntimeError: activation checkpointing recomputes this, and ``generator`` is not PyTorch's
            default one, the only one that it sets back.
    """
    kind: Any = {"dtype": dtype, "device": x.device}
    if hasattr(x, "device_mesh"):
        # A DTensor is one tensor on all of its ranks, and PyTorch draws for it as for one.
        return x.new_empty(shape, **kind).uniform_(generator=generator)
    if generator is not None:
        with _never_recomputed(generator):
            return torch.rand(shape, generator=generator, **kind)
    if not (dist.is_available() and dist.is_initialized()):
        return torch.rand(shape, **kind)
    return torch.rand((dist.get_world_size(), *shape), **kind)[dist.get_rank()]


@contextmanager
def _never_recomputed(generator: torch.Generator) -> Iterator[None]:
    if torch.compiler.is_compiling() or _current_backward() < 0:
        yield
        return
    before = generator.get_state()
    yield
    # Selective checkpointing may have kept the numbers; and it lets no operator compare these.
    if generator.get_state().tolist() != before.tolist():
        generator.set_state(before)
        raise RuntimeError(
            "a generator= cannot be used under activation checkpointing, which draws again and "
            "sets back PyTorch's default generator alone: leave it out, or draw the coefficients "
            "outside of the checkpoint and pass them"
        )
