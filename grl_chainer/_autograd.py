"""A declared gradient under Chainer's autograd: differentiable again, and added up in one array."""

from __future__ import annotations

from typing import Any

import chainer
from chainer import FunctionNode, Variable

from grl_chainer._arrays import product


class Declared(FunctionNode):
    """A function whose ``backward`` returns :func:`times` for each gradient that is asked for."""

    is_elementwise = True  # so that Chainer's other memory layouts go through it

    def backward_accumulate(
        self,
        target_input_indexes: tuple[int, ...],
        grad_outputs: tuple[Variable],
        grad_inputs: tuple[Variable | None, ...],
    ) -> tuple[Variable, ...]:
        config = chainer.config
        if config.enable_backprop or config.schedule_func or chainer.get_function_hooks():
            return super().backward_accumulate(target_input_indexes, grad_outputs, grad_inputs)
        # Nobody differentiates, records or watches the backward pass, so arrays do.
        (dy,) = grad_outputs
        arrays = self.backward(target_input_indexes, (dy.raw_array,))
        for array, total in zip(arrays, grad_inputs, strict=True):
            if total is not None:
                own = array  # not the other way round: total can be shared
                own += total.raw_array
        needed, layout = dy.requires_grad, dy.layout
        return tuple([Variable(a, requires_grad=needed, layout=layout) for a in arrays])


def times(dy: Any, factor: Any) -> Any:
    """``dy * factor``: of a variable by a node, so that it can be differentiated in its turn."""
    return _Times(factor).apply((dy,))[0] if isinstance(dy, Variable) else product(dy, factor)


class _Times(Declared):
    def __init__(self, factor: Any) -> None:
        self.factor = factor

    def forward(self, inputs: tuple[Any]) -> tuple[Any]:
        return (product(*inputs, self.factor),)

    def backward(self, _: tuple[int, ...], grad_outputs: tuple[Any]) -> tuple[Any]:
        return (times(*grad_outputs, self.factor),)
