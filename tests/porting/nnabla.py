"""What nnabla does."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import nnabla.parametric_functions as PF  # noqa: N812
import nnabla.solvers as S  # noqa: N812
import numpy as np

from tests.porting.page import facts

FACTS, fact = facts(before=nn.clear_parameters)


def _variable(values: Any) -> Any:
    return nn.Variable.from_numpy_array(np.asarray(values, np.float32)).apply(need_grad=True)


def _value(y: Any) -> Any:
    y.forward()
    return y.d


def _linear(inputs: int, outputs: int) -> dict[str, Any]:
    PF.affine(nn.Variable((1, inputs)), outputs)
    return dict(nn.get_parameters())


def _normalised(values: Any) -> Any:
    return _value(PF.batch_normalization(_variable(values)))


def _stepped(
    solver: Any, gradients: list[float], rates: list[float], start: float = 0, decay: float = 0
) -> float:
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
    return before - float(w.d[0])


@fact("shape of the weights of a linear layer, 3 to 2")
def linear_shape() -> str:
    return str(_linear(3, 2)["affine/W"].shape)


@fact("spread of its first weights, 400 to 100")
def linear_spread() -> str:
    return f"{_linear(400, 100)['affine/W'].d.std():.2f}"


@fact("its first biases")
def linear_bias() -> str:
    return "0" if (_linear(400, 100)["affine/b"].d == 0).all() else "not 0"


@fact("eps of batch normalisation")
def norm_eps() -> str:
    y = float(_normalised([[1e-3], [-1e-3]]).max())
    return f"{1e-6 / y**2 - 1e-6:.0e}"


@fact("its running mean after a batch of mean 1")
def norm_mean() -> str:
    _normalised([[0], [2]])
    return f"{nn.get_parameters(grad_only=False)['bn/mean'].d.item():.1f}"


@fact("its running variance after a batch of -1, 1, -1, 1")
def norm_variance() -> str:
    _normalised([[-1], [1], [-1], [1]])
    return f"{nn.get_parameters(grad_only=False)['bn/var'].d.item():.4f}"


@fact("a training batch of one value a channel")
def norm_of_one() -> str:
    return f"{_normalised([[1]]).item():.0f}"


@fact("shape of its parameters, 3 channels of images")
def norm_shape() -> str:
    PF.batch_normalization(nn.Variable((2, 3, 4, 4)))
    return str(nn.get_parameters()["bn/gamma"].shape)


@fact("Adam's first step for a gradient of 1e-8")
def adam_eps() -> str:
    return f"{_stepped(S.Adam(), [1e-8], []):.1e}"


@fact("Adam's first step for a weight of 1, a weight decay of 0.1 and no gradient")
def adam_decay() -> str:
    return f"{_stepped(S.Adam(), [0.0], [], 1.0, decay=0.1):.3g}"


@fact("AdaGrad's first step for a gradient of 1")
def adagrad() -> str:
    return f"{_stepped(S.Adagrad(), [1.0], []):.3g}"


@fact("RMSprop's first step for a gradient of 1")
def rmsprop() -> str:
    return f"{_stepped(S.RMSprop(), [1.0], []):.3g}"


@fact("momentum's second step for gradients of 1, with a rate of 0.1 and then 0.01")
def momentum() -> str:
    return f"{_stepped(S.Momentum(0.1, 0.9), [1.0, 1.0], [0.1, 0.01]):.3g}"


@fact("Nesterov's second step for gradients of 1, with a rate of 0.1")
def nesterov() -> str:
    return f"{_stepped(S.Nesterov(0.1, 0.9), [1.0, 1.0], []):.3g}"


@fact("shape of a softmax cross entropy of two samples")
def cross_entropy_shape() -> str:
    return str(F.softmax_cross_entropy(nn.Variable((2, 3)), nn.Variable((2, 1))).shape)


@fact("the label that it leaves out")
def ignored() -> str:
    loss = _value(F.softmax_cross_entropy(_variable(np.zeros((2, 3))), _variable([[0], [-1]])))
    return "-1" if loss[1] == 0 != loss[0] else "none"


@fact("a target of 0.3 for a sigmoid cross entropy")
def soft_target() -> str:
    losses = [_value(F.sigmoid_cross_entropy(_variable([1]), _variable([t]))) for t in (0.3, 0)]
    return "taken as 0" if losses[0] == losses[1] else "?"


@fact("leaky ReLU of -1")
def leaky() -> str:
    return f"{_value(F.leaky_relu(_variable([-1]))).item():.2g}"


@fact("max pooling by 2 of 5x5")
def pooled() -> str:
    return str(F.max_pooling(nn.Variable((1, 1, 5, 5)), (2, 2)).shape[2:])


@fact("a deconvolution from 4x4 to 8x8, kernel 3, stride 2, padding 1")
def deconvolved() -> str:
    y = PF.deconvolution(
        nn.Variable((1, 1, 4, 4)), 1, (3, 3), stride=(2, 2), pad=(1, 1), output_padding=(1, 1)
    )
    return "`output_padding=(1, 1)`" if y.shape[2:] == (8, 8) else "?"


@fact("shape of 2x2 upsampled by 2, nearest")
def upsampled() -> str:
    return str(F.interpolate(nn.Variable((1, 1, 2, 2)), (2, 2), mode="nearest").shape[2:])


@fact("0, 1 upsampled by 2, bilinear")
def bilinear() -> str:
    y = _value(F.interpolate(_variable([[[[0, 1]]]]), (1, 2), mode="linear"))
    return ", ".join(f"{value:.2g}" for value in y.ravel())


@fact("softplus of 21 less 21, float64 where there is one")
def softplus() -> str:
    return f"{float(_value(F.softplus(_variable([21]))).item()) - 21:.1e}"


@fact("dropout in evaluation")
def dropout() -> str:
    with nn.no_grad():  # there is no other mode
        y = _value(F.dropout(_variable(np.ones(1000)), 0.5))
    return "on: leave it out" if (y == 0).any() else "off"


@fact("a second backward pass")
def accumulated() -> str:
    x = _variable([1])
    x.grad.zero()
    for _ in range(2):
        y = 2 * x
        y.forward()
        y.backward()
    return {4.0: "is added", 2.0: "replaces"}.get(x.g.item(), "?")


@fact("tanh of float64")
def wide() -> str:
    x = nn.Variable.from_numpy_array(np.ones(1))
    y = F.tanh(x)
    y.forward()
    return str(y.data.dtype.__name__ if isinstance(y.data.dtype, type) else y.data.dtype)
