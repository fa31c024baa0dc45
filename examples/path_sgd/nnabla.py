"""Path-SGD in nnabla: the gradients are rewritten between the backward pass and the update."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import nnabla.parametric_functions as PF  # noqa: N812
import nnabla.solvers as S  # noqa: N812
import numpy as np

from examples.common.device import context
from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps


def multilayer(x: Any, sizes: Sequence[int]) -> Any:
    """Linear layers with ReLUs between them: inputs (N, sizes[0]), outputs (N, sizes[-1])."""
    for number, outputs in enumerate(sizes[1:]):
        x = PF.affine(F.relu(x) if number else x, outputs, name=f"layer{number}")
    return x


class PathNormalisation:
    """Divides each gradient by its gamma, so that no rescaling changes the step.

    The gamma of a weight is the sum over the paths through it of the product of the other weights
    squared. It is the derivative of the outputs' sum by the squared weight, where all weights are
    squared and all inputs are 1; a ReLU of sums of squares leaves them as they are. A bias is a
    weight from a unit of value 1.
    (Neyshabur et al., Path-SGD, NIPS 2015, section 5.)
    """

    def __init__(self, parameters: dict[str, Any], sizes: Sequence[int]) -> None:
        self.parameters = parameters
        with nn.parameter_scope("squared"):
            self.total = F.sum(multilayer(F.constant(1, (1, sizes[0])), sizes))
            self.squared = nn.get_parameters()

    def scales(self) -> dict[str, Any]:
        """Variables by the parameters' names: their ``grad`` is the gamma of the weights now."""
        for name, squared in self.squared.items():
            weight = self.parameters[name].data
            F.mul2(weight, weight, outputs=[squared.data])
            squared.grad.zero()
        self.total.forward(clear_no_need_grad=True)
        self.total.backward(clear_buffer=True)
        return dict(self.squared)

    def __call__(self) -> None:
        """Divide; to be called after the backward pass, as ``solver.weight_decay`` is."""
        tiny = float(np.finfo(np.float32).tiny)
        for name, squared in self.scales().items():
            gradient = self.parameters[name].grad
            # Where gamma is 0, the gradient is 0 as well.
            F.div2(gradient, F.maximum_scalar(squared.grad, tiny), outputs=[gradient])


def solver_of(name: str, rate: float) -> Any:
    """The solver of a name.

    Raises:
        ValueError: there is none of that name.
    """
    if name == "adagrad":
        return S.Adagrad(rate, eps=1e-8)  # that of the other frameworks
    if name in ("path_sgd", "sgd"):
        return S.Sgd(rate)
    raise ValueError(f"optimiser must be path_sgd, adagrad or sgd, got {name!r}")


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a classifier; options: "optimiser" and "rate"."""
    options, sizes = settings.options, start["sizes"].tolist()
    nn.clear_parameters()
    nn.set_default_context(context(settings))
    batch = start["batches"].shape[1]
    x, y = nn.Variable((batch, sizes[0])), nn.Variable((batch, 1))
    loss = F.mean(F.softmax_cross_entropy(multilayer(x, sizes), y))
    parameters = nn.get_parameters()
    for number in range(len(sizes) - 1):
        parameters[f"layer{number}/affine/W"].d = start[f"weight{number}"]
        parameters[f"layer{number}/affine/b"].d = start[f"bias{number}"]
    of_all = multilayer(nn.Variable.from_numpy_array(start["x"]), sizes)
    all_y = nn.Variable.from_numpy_array(start["y"][:, None])
    loss_of_all = F.mean(F.softmax_cross_entropy(of_all, all_y))
    logits = multilayer(nn.Variable.from_numpy_array(start["test_x"]), sizes)
    solver = solver_of(options["optimiser"], options["rate"])
    solver.set_parameters(parameters)
    normalise = PathNormalisation(parameters, sizes)

    def write(folder: Path) -> None:
        nn.save_parameters(str(folder / "weights.h5"), parameters)
        solver.save_states(str(folder / "solver.h5"))

    def read(folder: Path) -> None:
        nn.load_parameters(str(folder / "weights.h5"))
        solver.load_states(str(folder / "solver.h5"))

    epoch = len(start["x"]) // batch
    steps = Steps(settings, write, read)
    for step in steps:
        numbers = start["batches"][step]
        x.d, y.d = start["x"][numbers], start["y"][numbers, None]
        loss.forward(clear_no_need_grad=True)
        solver.zero_grad()
        loss.backward(clear_buffer=True)
        if options["optimiser"] == "path_sgd":
            normalise()
        solver.update()
        steps.log(loss=float(loss.d))
        if (step + 1) % epoch == 0 or step + 1 == settings.steps:
            nn.forward_all([loss_of_all, logits], clear_no_need_grad=True)
            wrong = logits.d.argmax(1) != start["test_y"]
            steps.log(train_loss=float(loss_of_all.d), test_error=float(wrong.mean()))

    scales, result = normalise.scales(), steps.arrays()
    for number in range(len(sizes) - 1):
        for name, short in (("weight", "W"), ("bias", "b")):
            variable = f"layer{number}/affine/{short}"
            result[f"{name}{number}"] = parameters[variable].d.copy()
            result[f"{name}{number}.scale"] = scales[variable].g.copy()
    return result
