"""Throws away the gradient that was there."""

from typing import Any

import chainer


class _Forgetful(chainer.FunctionNode):
    def __init__(self, scale: float) -> None:
        self.scale = scale

    def forward(self, inputs: Any) -> Any:
        return inputs

    def backward_accumulate(self, indexes: Any, grad_outputs: Any, grad_inputs: Any) -> Any:
        return (grad_outputs[0] * -self.scale,)


def gradient_reversal(x: Any, scale: float) -> Any:
    return _Forgetful(scale).apply((x,))[0]
