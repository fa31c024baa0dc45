"""A convolutional DANN in nnabla, as a static graph."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import nnabla.parametric_functions as PF  # noqa: N812
import nnabla.solvers as S  # noqa: N812
import numpy as np
from nnabla.initializer import ConstantInitializer
from nnabla.parameter import get_parameter_or_create

from examples.common.device import context
from examples.common.job import Array, Arrays, Settings
from examples.common.state import nnabla_state
from examples.common.steps import Steps
from examples.moons.nnabla import domain_loss
from grl_nnabla import dann_scale, gradient_reversal

SOURCE, TARGET = 0, 1


def domain_norm(x: Any, domain: int, test: bool) -> Any:
    """Batch normalisation with statistics apart for the domains, and parameters in common."""
    h = PF.batch_normalization(
        x, batch_stat=not test, no_scale=True, no_bias=True, name=f"of{domain}"
    )
    shape = (1, x.shape[1], 1, 1)
    gamma = get_parameter_or_create("gamma", shape, ConstantInitializer(1))
    return gamma * h + get_parameter_or_create("beta", shape, ConstantInitializer(0))


def dann(
    x: Any, domain: int, scale: Any, start: Arrays, norm: bool, test: bool = False
) -> tuple[Any, Any]:
    """For images (N, C, H, W) of a domain, the logits of labels and of the domain (N, 1)."""
    h = x / 255
    for name in ("conv1", "conv2"):
        h = PF.convolution(h, len(start[name]), (3, 3), pad=(1, 1), name=name)
        if norm:
            with nn.parameter_scope(f"{name}-norm"):
                h = domain_norm(h, domain, test)
        h = F.max_pooling(F.relu(h), (2, 2))
    hidden, classes = start["label2"].shape
    labels = PF.affine(F.relu(PF.affine(h, hidden, name="label1")), classes, name="label2")
    h = F.relu(PF.affine(gradient_reversal(h, scale), hidden, name="domain1"))
    return labels, PF.affine(h, 1, name="domain2")


def set_weights(start: Arrays) -> None:
    """Copy the weights that NumPy drew."""
    parameters = nn.get_parameters()
    for name in ("conv1", "conv2", "label1", "label2", "domain1", "domain2"):
        kind = "conv" if name.startswith("conv") else "affine"
        parameters[f"{name}/{kind}/W"].d = start[name]
        parameters[f"{name}/{kind}/b"].d = 0


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a DANN; options: "adapt", "domain_weight", "norm", "rate", "decay"."""
    options, norm = settings.options, settings.options["norm"]
    nn.clear_parameters()
    nn.set_default_context(context(settings))
    batch, image = start["source_batches"].shape[1], start["source_x"].shape[1:]
    xs, xt, y = (nn.Variable((batch, *shape)) for shape in (image, image, (1,)))
    scale = nn.Variable.from_numpy_array(np.zeros((), np.float32))  # each forward reads it
    labels, of_source = dann(xs, SOURCE, scale, start, norm)
    losses = {"label": F.mean(F.softmax_cross_entropy(labels, y))}
    loss = losses["label"]
    if options["adapt"]:
        _, of_target = dann(xt, TARGET, scale, start, norm)
        losses["domain"] = domain_loss(of_source, 0) + domain_loss(of_target, 1)
        loss = losses["label"] + options["domain_weight"] * losses["domain"]
    for kept in losses.values():  # they are read after the backward pass
        kept.persistent = True
    set_weights(start)
    solver = S.Sgd(options["rate"])
    solver.set_parameters(nn.get_parameters())

    steps = Steps(settings, *nnabla_state(solver))
    for step in steps:
        progress = step / settings.steps
        scale.d = dann_scale(progress)
        solver.set_learning_rate(options["rate"] * (1 + options["decay"] * progress) ** -0.75)
        source, target = start["source_batches"][step], start["target_batches"][step]
        xs.d, y.d = start["source_x"][source], start["source_y"][source, None]
        xt.d = start["target_x"][target]
        loss.forward(clear_no_need_grad=True)
        solver.zero_grad()
        loss.backward(clear_buffer=True)
        solver.update()
        steps.log(**{name: float(variable.d) for name, variable in losses.items()})

    x = nn.Variable.from_numpy_array(start["test_x"])
    domain = TARGET if options["adapt"] else SOURCE  # what it has statistics of
    logits, _ = dann(x, domain, scale, start, norm, test=True)
    logits.forward(clear_buffer=True)
    accuracy = (logits.d.argmax(1) == start["test_y"]).mean()
    return {**steps.arrays(), "accuracy": accuracy}
