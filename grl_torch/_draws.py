"""Random numbers for a layer: on many ranks, for DTensors and under activation checkpointing."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

from grl_torch._autograd.modes import is_backward


def uniform(
    shape: tuple[int, ...], x: Tensor, dtype: torch.dtype, generator: torch.Generator | None = None
) -> Tensor:
    """Numbers from [0, 1) on the device of ``x``; as a rule, other ones on each rank.

    Ranks have one seed as a rule. With PyTorch's default generator, each one draws the numbers
    of all ranks here, and keeps its own: so their generators stay in step, and what checkpointing
    replays is the same. A generator that is passed in is used as it is.

    Raises:
        RuntimeError: a ``generator`` is to be drawn from in a backward pass.
    """
    kind: Any = {"dtype": dtype, "device": x.device}
    if generator is not None:
        if torch.compiler.is_dynamo_compiling():
            from grl_torch._autograd.compiled import uncompiled  # noqa: PLC0415

            return uncompiled(uniform, shape, x, dtype, generator)  # type: ignore[no-any-return]
        _check_replayable(generator)
        drawn = torch.rand(shape, generator=generator, **kind)
        return _replicated(drawn, x) if hasattr(x, "device_mesh") else drawn
    if hasattr(x, "device_mesh"):
        # A DTensor is one tensor on all of its ranks, and PyTorch draws for it as for one.
        return x.new_empty(shape, **kind).uniform_()
    if not (dist.is_available() and dist.is_initialized()):
        return torch.rand(shape, **kind)
    return torch.rand((dist.get_world_size(), *shape), **kind)[dist.get_rank()]


def _check_replayable(generator: torch.Generator) -> None:
    """Checkpointing runs the layer again, and sets back PyTorch's default generators alone."""
    of_device = getattr(torch.get_device_module(generator.device), "default_generators", ())
    if is_backward() and generator is not torch.default_generator and generator not in of_device:
        raise RuntimeError(
            "generator= is drawn from in a backward pass, where activation checkpointing runs the "
            "layer again and would get other numbers. Leave the generator out, or draw outside "
            "of the checkpoint and pass alpha= and beta="
        )


def _replicated(drawn: Tensor, x: Any) -> Tensor:
    """A DTensor beside ``x`` of what each rank has drawn. PyTorch's own does not draw from a
    generator that is on the CPU, and says nothing.
    """
    from torch.distributed.tensor import DTensor, Replicate  # noqa: PLC0415

    return DTensor.from_local(drawn, x.device_mesh, [Replicate()] * x.device_mesh.ndim)
