"""A gradient that is declared and not derived, right wherever PyTorch may run it.

``autograd.Function`` alone is right in eager mode and under torch.compile. Under torch.func and
forward mode it needs further methods, which torch.compile refuses; under both together, and
under torch.export and make_fx, PyTorch leaves its backward out in silence (pytorch issues 193279
and 106388). There a layer takes its value from ``forward`` and its derivative from ``surrogate``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.autograd import Function
from torch.compiler import is_compiling

from grl_torch._arguments import Factor
from grl_torch._autograd.derivative import WithDerivativeOf, operator
from grl_torch._autograd.modes import (
    is_dual,
    is_exported_for_inference,
    is_func,
    is_ordinary,
    is_transformed,
)

__all__ = ["Declared", "is_exported_for_inference", "keep", "kept"]


class Declared(Function):
    """A Function that is called by :meth:`call`, and right in every mode.

    ``forward(ctx, *inputs)`` is in the classic style: it calls :func:`keep` and nothing else of
    ``ctx``, and there is no ``setup_context``, ``vmap`` or ``jvp``. The first input is a tensor.
    Where ``ctx`` is None, only the value is wanted, and no operation may be in place.
    """

    _apply: ClassVar[Callable[..., Any]]

    @staticmethod
    def surrogate(*inputs: Any) -> Tensor | None:
        """What has the declared gradient as its true derivative; None where ``forward`` has it."""
        return None

    def __init_subclass__(cls) -> None:
        # The apply of the class that Function extends. Function's own takes 2 us more, to find
        # out what `call` has found out already.
        cls._apply = getattr(super(Function, cls), "apply", cls.apply)

    @classmethod
    def call(cls, *inputs: Any) -> Any:
        """Apply the layer, in the way that is right where this is called."""
        if not is_compiling():
            if is_ordinary(inputs):
                return cls._apply(*inputs)
        elif torch.compiler.is_dynamo_compiling() and is_dual(inputs):
            from grl_torch._autograd.compiled import uncompiled  # noqa: PLC0415

            return uncompiled(cls.call, *inputs)
        elif is_exported_for_inference(inputs, training=True):
            return cls.forward(None, *inputs)
        elif not (torch.compiler.is_exporting() or is_transformed(inputs)):
            return cls.apply(*inputs)  # type: ignore[no-untyped-call]
        return cls._with_surrogate(*inputs)

    @classmethod
    def _with_surrogate(cls, *inputs: Any) -> Any:
        value, surrogate = cls.forward(None, *inputs), cls.surrogate(*inputs)
        if surrogate is None:
            return value
        # Where Dynamo only says that it exports (see modes.py), torch.func needs the other way.
        if torch.compiler.is_exporting() and not is_func(inputs):
            return operator(value, surrogate)
        if torch.compiler.is_dynamo_compiling():
            from grl_torch._autograd.compiled import in_graph  # noqa: PLC0415

            return in_graph(value, surrogate)
        return WithDerivativeOf.apply(value, surrogate)  # type: ignore[no-untyped-call]


def keep(ctx: Any, factor: Factor) -> None:
    """Keep a factor until the backward pass, for :func:`kept`."""
    if ctx is None:
        return
    if isinstance(factor, Tensor):
        ctx.save_for_backward(factor)
        ctx.factor = None
    else:
        ctx.factor = factor


def kept(ctx: Any) -> Factor:
    """The factor that :func:`keep` was given."""
    factor: Factor = ctx.saved_tensors[0] if ctx.factor is None else ctx.factor
    return factor
