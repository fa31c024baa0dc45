"""The value of one tensor with the derivative of another, in every mode of PyTorch."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from grl_torch._autograd.modes import is_forward_mode, is_recorded

# Whether the operator is called by the Function below, which has a forward mode itself.
_in_function = ContextVar("_in_function", default=False)


class WithDerivativeOf(Function):
    """A copy of ``value`` that has the derivative of ``surrogate``: all that torch.func asks of."""

    generate_vmap_rule = True

    @staticmethod
    def forward(value: Tensor, surrogate: Tensor) -> Tensor:
        if is_recorded():
            token = _in_function.set(True)
            try:
                return operator(value, surrogate)  # type: ignore[no-any-return]
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
    if is_forward_mode((value, surrogate)) and not _in_function.get():
        # PyTorch has no rule for an operator, and would leave out the tangent in silence.
        raise NotImplementedError("an exported or recorded program has no forward mode")
    return value.clone()


# torch.export and make_fx record operators, and no Functions. This one has to be there where an
# exported program is loaded: import grl_torch first.
operator = torch.library.custom_op("grl_torch::with_derivative_of", _copied, mutates_args=())
operator.register_fake(_copied)
operator.register_autograd(WithDerivativeOf.backward)


@operator.register_vmap
def _(info: Any, in_dims: tuple[int | None, ...], *inputs: Tensor) -> tuple[Tensor, int]:
    batched = [
        x.expand(info.batch_size, *x.shape) if dim is None else x.movedim(dim, 0)
        for x, dim in zip(inputs, in_dims, strict=True)
    ]
    return operator(*batched), 0
