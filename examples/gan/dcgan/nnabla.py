"""A DCGAN with one optimiser in nnabla: a DataIterator and a plain loop."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import nnabla.parametric_functions as PF  # noqa: N812
import nnabla.solvers as S  # noqa: N812
import numpy as np
from nnabla.initializer import NormalInitializer
from nnabla.utils.data_iterator import data_iterator_simple

from examples.common.device import context
from examples.common.job import Array, Arrays, Settings
from examples.common.state import nnabla_state
from examples.common.steps import Steps
from grl_nnabla import gradient_reversal

LATENT = 100


def generate(z: Any, w_init: Any = None, test: bool = False) -> Any:
    """Images (N, 1, 28, 28) in [-1, 1] from z (N, LATENT)."""

    def normed(h: Any, name: str) -> Any:
        return F.relu(PF.batch_normalization(h, batch_stat=not test, name=name))

    two = {"kernel": (4, 4), "pad": (1, 1), "stride": (2, 2), "w_init": w_init}
    with nn.parameter_scope("generator"):
        h = normed(PF.affine(z, 1024, w_init=w_init, name="0"), "norm0")
        h = normed(PF.affine(h, 256 * 5 * 5, w_init=w_init, name="1"), "norm1")
        h = F.reshape(h, (-1, 256, 5, 5))
        h = normed(PF.deconvolution(h, 128, (3, 3), w_init=w_init, name="2"), "norm2")  # 7×7
        h = normed(PF.deconvolution(h, 64, name="3", **two), "norm3")  # 14×14
        return F.tanh(PF.deconvolution(h, 1, name="4", **two))


def judge(x: Any, w_init: Any) -> Any:
    """Logits (N, 1) that images (N, 1, 28, 28) are real."""
    two = {"kernel": (4, 4), "pad": (1, 1), "stride": (2, 2), "w_init": w_init}
    with nn.parameter_scope("discriminator"):
        h = F.leaky_relu(PF.convolution(x, 64, name="0", **two), 0.2)  # 14×14
        h = F.leaky_relu(PF.convolution(h, 128, name="1", **two), 0.2)  # 7×7
        return PF.affine(h, 1, w_init=w_init, name="2")


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train by epochs; options: "seed", "batch", "epoch" (steps of it), "noise", "rate".

    Returns the loss of each step, and the samples (len(z), 1, 28, 28) after each epoch.
    """
    options, images = settings.options, start["x"]
    nn.clear_parameters()
    nn.set_default_context(context(settings))
    w_init = NormalInitializer(0.02, np.random.RandomState(options["seed"]))  # Radford et al., 2016
    x, z = nn.Variable((options["batch"], 1, 28, 28)), nn.Variable((options["batch"], LATENT))
    noise = nn.Variable((2, *x.shape))
    of_fake = judge(gradient_reversal(generate(z, w_init)) + noise[0], w_init)
    of_real = judge(x + noise[1], w_init)
    loss = F.mean(F.softplus(of_fake)) + F.mean(F.softplus(-of_real))
    shown = generate(nn.Variable.from_numpy_array(start["z"]), test=True)
    solver = S.Adam(options["rate"], beta1=0.5)
    solver.set_parameters(nn.get_parameters())

    def epoch_of(step: int) -> Any:
        rng = np.random.RandomState([options["seed"], step])  # the same again after a resume
        return data_iterator_simple(
            lambda i: (images[i],), len(images), options["batch"], shuffle=True, rng=rng
        )

    steps = Steps(settings, *nnabla_state(solver))
    for step in steps:
        if step % options["epoch"] == 0:  # the start of an epoch
            batches = epoch_of(step)
        draws = np.random.RandomState([options["seed"], step, 1])
        x.d = batches.next()[0] / 127.5 - 1
        z.d = draws.standard_normal(z.shape)
        noise.d = (
            options["noise"] * (1 - step / settings.steps) * draws.standard_normal(noise.shape)
        )
        loss.forward(clear_no_need_grad=True)
        solver.zero_grad()
        loss.backward(clear_buffer=True)
        solver.update()
        steps.log(loss=float(loss.d))
        if (step + 1) % options["epoch"] == 0:  # its end; Steps writes a checkpoint then
            batches.close()
            shown.forward(clear_buffer=True)
            steps.keep(shown=shown.d.copy())
    return steps.arrays()
