"""DANN in nnabla: a label and a domain classifier on one representation, as a static graph."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import nnabla.parametric_functions as PF  # noqa: N812
import nnabla.solvers as S  # noqa: N812
import numpy as np

from examples.common.device import context
from examples.common.job import Array, Arrays, Settings
from examples.common.state import nnabla_state
from examples.common.steps import Steps
from grl_nnabla import dann_scale, gradient_reversal


def dann(x: Any, hidden: int, scale: Any) -> tuple[Any, Any]:
    """For points (N, 2), the logits of two labels (N, 2) and of the domain (N, 1)."""
    h = F.tanh(PF.affine(x, hidden, name="features"))
    return PF.affine(h, 2, name="label"), PF.affine(gradient_reversal(h, scale), 1, name="domain")


def domain_loss(logits: Any, label: int) -> Any:
    """The mean cross entropy of points that are all of one domain, 0 or 1."""
    return F.mean(F.sigmoid_cross_entropy(logits, F.constant(label, logits.shape)))


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a DANN; options: "adapt", "domain_weight", "rate", "momentum"."""
    options, hidden = settings.options, start["features"].shape[1]
    nn.clear_parameters()
    nn.set_default_context(context(settings))
    batch = start["source_batches"].shape[1]
    xs, xt, y = nn.Variable((batch, 2)), nn.Variable((batch, 2)), nn.Variable((batch, 1))
    scale = nn.Variable.from_numpy_array(np.zeros((), np.float32))  # each forward reads it
    labels, of_source = dann(xs, hidden, scale)
    _, of_target = dann(xt, hidden, scale)
    label = F.mean(F.softmax_cross_entropy(labels, y))
    domain = domain_loss(of_source, 0) + domain_loss(of_target, 1)
    loss = label + options["domain_weight"] * domain
    for kept in (label, domain):  # they are read after the backward pass
        kept.persistent = True

    parameters = nn.get_parameters()
    for name in ("features", "label", "domain"):
        parameters[f"{name}/affine/W"].d = start[name]
        parameters[f"{name}/affine/b"].d = 0
    rate, momentum = options["rate"], options["momentum"]
    solver = S.Momentum(rate, momentum) if momentum else S.Sgd(rate)
    solver.set_parameters(parameters)

    steps = Steps(settings, *nnabla_state(solver))
    for step in steps:
        scale.d = dann_scale(step / settings.steps) if options["adapt"] else 0
        source, target = start["source_batches"][step], start["target_batches"][step]
        xs.d, y.d = start["source_x"][source], start["source_y"][source, None]
        xt.d = start["target_x"][target]
        loss.forward(clear_no_need_grad=True)
        solver.zero_grad()
        loss.backward(clear_buffer=True)
        solver.update()
        steps.log(label=float(label.d), domain=float(domain.d))

    right = {}
    for name in ("test", "source_test"):
        logits, _ = dann(nn.Variable.from_numpy_array(start[f"{name}_x"]), hidden, scale)
        logits.forward()
        right[name] = logits.d.argmax(1) == start[f"{name}_y"]
    return {
        **steps.arrays(),
        "target_accuracy": right["test"].mean(),
        "source_accuracy": right["source_test"].mean(),
        **{
            name.replace("/affine/W", ".weight").replace("/affine/b", ".bias"): variable.d.copy()
            for name, variable in parameters.items()
        },
    }
