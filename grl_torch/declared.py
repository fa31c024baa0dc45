"""A gradient that is declared and not derived, right wherever PyTorch may run it.

``autograd.Function`` alone is right in eager mode and under torch.compile. Under torch.func and
forward mode it needs further methods, which torch.compile refuses; under both together, and
under torch.export and make_fx, PyTorch leaves its backward out in silence (pytorch issues 193279
and 106388). So a layer says what it is twice: as a Function, which is fast, and as a law, which
is right anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.autograd import Function, forward_ad
from torch.fx import _symbolic_trace
from torch.fx.experimental.proxy_tensor import get_proxy_mode

# PyTorch has no public name for these. Without them every call takes the way that is always
# right, and slower.
_KNOWS_TRANSFORMS = (
    hasattr(torch._C, "_are_functorch_transforms_active")
    and hasattr(torch._C._functorch, "is_functorch_wrapped_tensor")
    and hasattr(forward_ad, "_current_level")
    and hasattr(_symbolic_trace, "_is_fx_tracing_flag")
    and hasattr(torch._C, "_get_dispatch_mode")
)
# Whether a tensor is a wrapper of a torch.func transform that has ended.
_is_left_over: Any = getattr(torch._C._functorch, "is_functorch_wrapped_tensor", None)

# Whether the operator is called by the Function below, which has a forward mode itself.
_in_function = ContextVar("_in_function", default=False)


class Declared(Function):
    """A Function that is called by :meth:`call`, with a law besides ``forward`` and ``backward``.

    ``forward(ctx, *inputs)`` is in the classic style: nothing but ``ctx.save_for_backward`` and
    numbers on ``ctx``, no ``setup_context``, ``vmap`` or ``jvp``. The first input is a tensor.
    """

    @staticmethod
    def law(*inputs: Any) -> tuple[Tensor, Tensor]:
        """The value, and the surrogate: what has the declared gradient as its true derivative.

        Both are computed by operations that PyTorch can differentiate, in every mode.
        """
        raise NotImplementedError

    _apply: ClassVar[Callable[..., Any]]

    def __init_subclass__(cls) -> None:
        # The apply of the class that Function extends. Function's own takes 2 us more, to find
        # out what `call` has found out already.
        cls._apply = getattr(super(Function, cls), "apply", cls.apply)

    @classmethod
    def call(cls, *inputs: Any) -> Any:
        """Apply the layer, in the way that is right where this is called."""
        if not torch.compiler.is_compiling():
            # The flag of fx is there for speed: _is_recorded takes 0.4 us.
            if not (
                _is_transformed()
                or _is_left_over(inputs[0])
                or (_symbolic_trace._is_fx_tracing_flag and _is_recorded())
            ):
                return cls._apply(*inputs)
        elif torch.compiler.is_dynamo_compiling() and _is_dual():
            from grl_torch.compiled import uncompiled  # noqa: PLC0415

            return uncompiled(cls.call, *inputs)
        elif not (_is_transformed() or torch.compiler.is_exporting()):
            return cls.apply(*inputs)  # type: ignore[no-untyped-call]
        return with_derivative_of(*cls.law(*inputs))


def with_derivative_of(value: Tensor, surrogate: Tensor) -> Tensor:
    """Return a copy of ``value`` that has the derivative of ``surrogate``, in every mode."""
    if value is surrogate:
        return value
    if torch.compiler.is_exporting():
        return _operator(value, surrogate)  # type: ignore[no-any-return]
    if torch.compiler.is_dynamo_compiling():
        from grl_torch.compiled import in_graph  # noqa: PLC0415

        return in_graph(value, surrogate)  # type: ignore[no-any-return]
    y: Tensor = WithDerivativeOf.apply(value, surrogate)  # type: ignore[no-untyped-call]
    return y


class WithDerivativeOf(Function):
    """Has all that torch.func asks of a Function."""

    generate_vmap_rule = True

    @staticmethod
    def forward(value: Tensor, surrogate: Tensor) -> Tensor:
        if _is_recorded():
            token = _in_function.set(True)
            try:
                return _operator(value, surrogate)  # type: ignore[no-any-return]
            finally:
                _in_function.reset(token)
        # Not a view: forward mode would want the tangent to be one as well.
        return value.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        pass  # the gradient goes through as it is

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[None, Tensor]:
        return None, dy

    @staticmethod
    def jvp(ctx: Any, _: Tensor | None, tangent: Tensor) -> Tensor:
        return tangent.clone()


def _copied(value: Tensor, surrogate: Tensor) -> Tensor:
    if getattr(forward_ad, "_current_level", -1) >= 0 and not _in_function.get():
        # PyTorch has no rule for an operator, and would leave out the tangent in silence.
        raise NotImplementedError("an exported or recorded program has no forward mode")
    return value.clone()


# torch.export and make_fx record operators, and no Functions. This one has to be there where an
# exported program is loaded: import grl_torch first.
_operator = torch.library.custom_op("grl_torch::with_derivative_of", _copied, mutates_args=())
_operator.register_fake(_copied)
_operator.register_autograd(WithDerivativeOf.backward)


@_operator.register_vmap
def _(info: Any, in_dims: tuple[int | None, ...], *inputs: Tensor) -> tuple[Tensor, int]:
    batched = [
        x.expand(info.batch_size, *x.shape) if dim is None else x.movedim(dim, 0)
        for x, dim in zip(inputs, in_dims, strict=True)
    ]
    return _operator(*batched), 0


def _is_transformed() -> bool:
    """Whether torch.func or forward mode is at work."""
    return (
        not _KNOWS_TRANSFORMS
        or torch._C._are_functorch_transforms_active()
        or forward_ad._current_level >= 0
    )


def _is_dual() -> bool:
    """Whether forward mode is at work without torch.func."""
    return (
        _KNOWS_TRANSFORMS
        and not torch._C._are_functorch_transforms_active()
        and forward_ad._current_level >= 0
    )


def _is_recorded() -> bool:
    """Whether make_fx records operators, for a graph that may be differentiated later.

    AOTAutograd records like that too, under a mode for functional tensors. But it derives before
    it records: there a Function is right, and fuses with its neighbours.
    """
    return get_proxy_mode() is not None and not (
        _KNOWS_TRANSFORMS and torch._C._get_dispatch_mode(torch._C._TorchDispatchModeKey.FUNCTIONAL)
    )
