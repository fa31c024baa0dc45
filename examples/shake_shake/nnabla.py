"""Shake-Shake in nnabla: a residual network with two branches in each block, as a static graph."""

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
from examples.shake_shake.batches import (
    PASSES,
    batch,
    coefficients,
    cosine,
    load_generator,
    save_generator,
    tests,
)
from grl_nnabla import ShakeShake


def conv(x: Any, outputs: int, kernel: int, stride: int, name: str) -> Any:
    """A convolution that keeps the size, but for the stride, and has no bias."""
    pad = (kernel // 2,) * 2
    return PF.convolution(x, outputs, (kernel,) * 2, pad, (stride,) * 2, with_bias=False, name=name)


def branch(x: Any, outputs: int, stride: int, training: bool) -> Any:
    """ReLU, convolution and normalisation, twice."""
    h = conv(F.relu(x), outputs, 3, stride, "conv1")
    h = PF.batch_normalization(h, batch_stat=training, name="norm1")
    h = conv(F.relu(h), outputs, 3, 1, "conv2")
    return PF.batch_normalization(h, batch_stat=training, name="norm2")


def shortcut(x: Any, outputs: int, stride: int, training: bool) -> Any:
    """Takes every ``stride``-th pixel twice, the second time of the image moved by one pixel."""
    if x.shape[1] == outputs:
        return x
    h = F.relu(x)
    height, width = h.shape[2:]
    moved = F.pad(h, (1, 0, 1, 0))
    h1 = conv(h[:, :, ::stride, ::stride], outputs // 2, 1, 1, "conv1")
    h2 = conv(moved[:, :, :height:stride, :width:stride], outputs // 2, 1, 1, "conv2")
    return PF.batch_normalization(F.concatenate(h1, h2, axis=1), batch_stat=training, name="norm")


def shake_net(
    x: Any, blocks: Sequence[tuple[int, int, int]], shake: ShakeShake, given: Any = None
) -> Any:
    """For images (N, channels, height, width), the logits of ten classes (N, 10).

    ``shake.training`` says for which mode the graph is. ``given`` takes the place of what is
    drawn: alpha and beta of each block.
    """
    h = conv(x, blocks[0][0], 3, 1, "stem")
    h = PF.batch_normalization(h, batch_stat=shake.training, name="norm")
    for i, (_, outputs, stride) in enumerate(blocks):
        sizes = outputs, stride, shake.training
        with nn.parameter_scope(f"blocks/{i}/branch0"):
            x0 = branch(h, *sizes)
        with nn.parameter_scope(f"blocks/{i}/branch1"):
            x1 = branch(h, *sizes)
        alpha, beta = given[i] if given else (None, None)
        with nn.parameter_scope(f"blocks/{i}/shortcut"):
            h = shortcut(h, *sizes) + shake(x0, x1, alpha=alpha, beta=beta)
    return PF.affine(F.mean(F.relu(h), (2, 3)), 10, name="linear")


def test_error(shake: ShakeShake, start: Arrays, settings: Settings) -> float:
    """The share of test images that the network tells wrong, in the mode of ``shake``."""
    wrong = []
    for x, y in tests(start, settings):
        logits = shake_net(nn.Variable.from_numpy_array(x), settings.options["blocks"], shake)
        logits.forward(clear_buffer=True)
        wrong.append(logits.d.argmax(1) != y)
    return float(np.concatenate(wrong).mean())


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a network; see ``OPTIONS`` in ``show.py`` for the options."""
    options = settings.options
    nn.clear_parameters()
    nn.set_default_context(context(settings))
    rng = np.random.RandomState(options["seed"])
    shake = ShakeShake(options["mode"], options["level"], rng)
    images, given = nn.Variable((options["batch"], *start["x"].shape[1:])), None
    labels = nn.Variable((options["batch"], 1))
    if options["given"]:
        one = (options["batch"], 1, 1, 1)
        given = [(nn.Variable(one), nn.Variable(one)) for _ in options["blocks"]]
    logits = shake_net(images, options["blocks"], shake, given)
    loss = F.mean(F.softmax_cross_entropy(logits, labels))

    parameters = nn.get_parameters()
    for name, variable in parameters.items():
        if name.endswith("conv/W"):
            variable.d = start[name[: -len("/conv/W")].replace("/", ".")]
    parameters["linear/affine/W"].d = start["linear"].T
    parameters["linear/affine/b"].d = 0
    rate, momentum = options["rate"], options["momentum"]
    solver = S.Momentum(rate, momentum) if momentum else S.Sgd(rate)
    solver.set_parameters(parameters)

    def write(folder: Path) -> None:
        nn.save_parameters(str(folder / "weights.h5"))
        solver.save_states(str(folder / "solver.h5"))
        save_generator(folder, rng)

    def read(folder: Path) -> None:
        nn.load_parameters(str(folder / "weights.h5"))
        solver.load_states(str(folder / "solver.h5"))
        load_generator(folder, rng)

    steps, gradients = Steps(settings, write, read), []
    for step in steps:
        images.d, labels.d[:, 0] = batch(start, settings, step)
        if given:
            for variables, pair in zip(given, coefficients(settings, step), strict=True):
                variables[0].d, variables[1].d = pair
        loss.forward(clear_no_need_grad=True)
        solver.zero_grad()
        loss.backward(clear_buffer=True)
        if options["record"]:
            gradients.append(np.concatenate([p.g.ravel() for p in parameters.values()]))
        solver.set_learning_rate(rate * cosine(step / settings.steps))
        solver.weight_decay(options["weight_decay"])
        solver.update()
        steps.log(loss=float(loss.d))

    if options["record"]:
        return {**steps.arrays(), "gradients": np.stack(gradients)}
    shake.training = False
    error = test_error(shake, start, settings)
    shake.training = True
    shaken = [test_error(shake, start, settings) for _ in range(PASSES)]
    return {**steps.arrays(), "error": np.array(error), "shaken": np.mean(shaken)}
