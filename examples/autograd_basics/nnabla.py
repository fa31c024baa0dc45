"""The basics of autograd in nnabla."""

from __future__ import annotations

from pathlib import Path

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import nnabla.parametric_functions as PF  # noqa: N812
import nnabla.solvers as S  # noqa: N812
import numpy as np

from examples.common.device import context
from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps


def gradients(start: Arrays) -> dict[str, Array]:
    """Those of Q = 3 a^3 - b^2, and whether there is one where b is frozen or all is off."""
    a, b = (nn.Variable.from_numpy_array(start[name]) for name in ("a", "b"))
    a.need_grad = b.need_grad = True
    q = 3 * a**3 - b**2
    q.forward()
    a.grad.zero()  # what a backward pass adds to
    b.grad.zero()
    q.backward(start["cotangent"])
    da, db = a.g.copy(), b.g.copy()

    a.grad.zero()
    b.grad.zero()
    b.need_grad = False
    q = 3 * a**3 - b**2
    q.forward()
    q.backward(start["cotangent"])
    frozen = not b.g.any() and np.array_equal(a.g, da)
    with nn.auto_forward(), nn.no_grad():  # it acts in auto_forward only
        off = not (3 * a**3 - b**2).need_grad
    return {"da": da, "db": db, "frozen": np.array(frozen), "off": np.array(off)}


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """The gradients, and the losses of a fit; options: "optimiser" (False: by hand) and "rate"."""
    rate = settings.options["rate"]
    nn.clear_parameters()
    nn.set_default_context(context(settings))
    (_, hidden), (_, outputs) = start["w1"].shape, start["w2"].shape
    x, y = (nn.Variable.from_numpy_array(start[name]) for name in ("x", "y"))
    h = F.relu(PF.affine(x, hidden, with_bias=False, name="w1"))
    loss = F.sum(F.squared_error(PF.affine(h, outputs, with_bias=False, name="w2"), y))
    parameters = nn.get_parameters()
    for name in ("w1", "w2"):
        parameters[f"{name}/affine/W"].d = start[name]
    solver = S.Sgd(rate)
    solver.set_parameters(parameters)

    def write(folder: Path) -> None:
        nn.save_parameters(str(folder / "weights.h5"))  # SGD keeps nothing between steps

    def read(folder: Path) -> None:
        nn.load_parameters(str(folder / "weights.h5"))

    steps = Steps(settings, write, read)
    for _ in steps:
        loss.forward(clear_no_need_grad=True)
        solver.zero_grad()
        loss.backward(clear_buffer=True)
        if settings.options["optimiser"]:
            solver.update()
        else:
            for weight in parameters.values():
                weight.data -= rate * weight.grad  # arrays, which no graph knows of
        steps.log(loss=float(loss.d))
    return {**gradients(start), **steps.arrays()}
