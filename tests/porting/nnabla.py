"""What nnabla does."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import nnabla.parametric_functions as PF  # noqa: N812
import nnabla.solvers as S  # noqa: N812
import numpy as np

from tests.porting.page import Measurements


def _variable(values: Any) -> Any:
    return nn.Variable.from_numpy_array(np.asarray(values, np.float32)).apply(need_grad=True)


def _value(y: Any) -> Any:
    y.forward()
    return y.d


def _linear(inputs: int, outputs: int) -> dict[str, Any]:
    PF.affine(nn.Variable((1, inputs)), outputs)
    return dict(nn.get_parameters())


def _normalised(values: Any) -> tuple[Any, dict[str, Any]]:
    """A batch, and what its layer keeps."""
    y = _value(PF.batch_normalization(_variable(values)))
    return y, nn.get_parameters(grad_only=False)


def _stepped(
    solver: Any,
    gradients: list[float],
    rates: list[float] | None = None,
    start: float = 0,
    decay: float = 0,
    form: str = ".3g",
) -> str:
    """By how much the last step lowers a weight."""
    w = _variable([start])
    solver.set_parameters({"w": w})
    before = 0.0
    for number, gradient in enumerate(gradients):
        before = float(w.d[0])
        w.g = np.array([gradient])  # 0 as a number would be a zero that no decay adds to
        if rates:
            solver.set_learning_rate(rates[number])
        if decay:
            solver.weight_decay(decay)
        solver.update()
    return format(before - float(w.d[0]), form)


def _eps() -> str:
    y = float(_normalised([[1e-3], [-1e-3]])[0].max())
    return f"{1e-6 / y**2 - 1e-6:.0e}"


def _norm_shape() -> Any:
    PF.batch_normalization(nn.Variable((2, 3, 4, 4)))
    return nn.get_parameters()["bn/gamma"].shape


def _ignored() -> str:
    loss = _value(F.softmax_cross_entropy(_variable(np.zeros((2, 3))), _variable([[0], [-1]])))
    return "-1" if loss[1] == 0 != loss[0] else "none"


def _soft_target() -> str:
    losses = [_value(F.sigmoid_cross_entropy(_variable([1]), _variable([t]))) for t in (0.3, 0)]
    return "taken as 0" if losses[0] == losses[1] else "?"


def _deconvolved() -> str:
    y = PF.deconvolution(
        nn.Variable((1, 1, 4, 4)), 1, (3, 3), stride=(2, 2), pad=(1, 1), output_padding=(1, 1)
    )
    return "`output_padding=(1, 1)`" if y.shape[2:] == (8, 8) else "?"


def _bilinear() -> str:
    y = _value(F.interpolate(_variable([[[[0, 1]]]]), (1, 2), mode="linear"))
    return ", ".join(f"{value:.2g}" for value in y.ravel())


def _dropout() -> str:
    with nn.no_grad():  # there is no other mode
        y = _value(F.dropout(_variable(np.ones(1000)), 0.5))
    return "on: leave it out" if (y == 0).any() else "off"


def _accumulated() -> str:
    x = _variable([1])
    x.grad.zero()
    for _ in range(2):
        y = 2 * x
        y.forward()
        y.backward()
    return {4.0: "is added", 2.0: "replaces"}.get(x.g.item(), "?")


def _wide() -> str:
    y = F.tanh(nn.Variable.from_numpy_array(np.ones(1)))
    return str(_value(y).dtype)


MEASURED: Measurements = {
    "shape of the weights of a linear layer, 3 to 2": lambda: _linear(3, 2)["affine/W"].shape,
    "spread of its first weights, 400 to 100": lambda: (
        f"{_linear(400, 100)['affine/W'].d.std():.2f}"
    ),
    "its first biases": lambda: "not 0" if _linear(400, 100)["affine/b"].d.any() else "0",
    "eps of batch normalisation": _eps,
    "its running mean after a batch of mean 1": lambda: (
        f"{_normalised([[0], [2]])[1]['bn/mean'].d.item():.1f}"
    ),
    "its running variance after a batch of -1, 1, -1, 1": lambda: (
        f"{_normalised([[-1], [1], [-1], [1]])[1]['bn/var'].d.item():.4f}"
    ),
    "a training batch of one value a channel": lambda: f"{_normalised([[1]])[0].item():.0f}",
    "shape of its parameters, 3 channels of images": _norm_shape,
    "Adam's first step for a gradient of 1e-8": lambda: _stepped(S.Adam(), [1e-8], form=".1e"),
    "Adam's first step for a weight of 1, a weight decay of 0.1 and no gradient": lambda: _stepped(
        S.Adam(), [0], start=1, decay=0.1
    ),
    "AdaGrad's first step for a gradient of 1": lambda: _stepped(S.Adagrad(), [1]),
    "RMSprop's first step for a gradient of 1": lambda: _stepped(S.RMSprop(), [1]),
    "momentum's second step for gradients of 1, with a rate of 0.1 and then 0.01": lambda: _stepped(
        S.Momentum(0.1, 0.9), [1, 1], [0.1, 0.01]
    ),
    "Nesterov's second step for gradients of 1, with a rate of 0.1": lambda: _stepped(
        S.Nesterov(0.1, 0.9), [1, 1]
    ),
    "shape of a softmax cross entropy of two samples": lambda: (
        F.softmax_cross_entropy(nn.Variable((2, 3)), nn.Variable((2, 1))).shape
    ),
    "the label that it leaves out": _ignored,
    "a target of 0.3 for a sigmoid cross entropy": _soft_target,
    "leaky ReLU of -1": lambda: f"{_value(F.leaky_relu(_variable([-1]))).item():.2g}",
    "max pooling by 2 of 5x5": lambda: F.max_pooling(nn.Variable((1, 1, 5, 5)), (2, 2)).shape[2:],
    "a deconvolution from 4x4 to 8x8, kernel 3, stride 2, padding 1": _deconvolved,
    "shape of 2x2 upsampled by 2, nearest": lambda: F.interpolate(
        nn.Variable((1, 1, 2, 2)), (2, 2), mode="nearest"
    ).shape[2:],
    "0, 1 upsampled by 2, bilinear": _bilinear,
    "softplus of 21 less 21, float64 where there is one": lambda: (
        f"{_value(F.softplus(_variable([21]))).item() - 21:.1e}"
    ),
    "dropout in evaluation": _dropout,
    "a second backward pass": _accumulated,
    "tanh of float64": _wide,
}
