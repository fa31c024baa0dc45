"""The DANN on moons under ChainerMN, which needs MPI and mpi4py.

    mpiexec -n 2 python -m examples.moons.distributed.chainer JOB RESULT

JOB is a file ``NAME.job.npz`` that ``python3 dev.py example moons`` leaves; RESULT gets the losses.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer writes it
import chainermn
import numpy as np
from chainer import optimizers

from examples.common.job import Array, Arrays, Settings, load_job, save
from examples.moons.chainer import Dann, domain_loss, set_weights
from grl_chainer import dann_scale


def train(start: Arrays, settings: Settings, communicator: Any) -> dict[str, Array]:
    """Train a DANN as ``examples.moons.chainer`` does, with a share of each batch."""
    options, rank, size = settings.options, communicator.rank, communicator.size
    with chainer.using_config("dtype", np.dtype(settings.dtype)):
        model = Dann(start["features"].shape[1])
    set_weights(model, start)
    rate, momentum = options["rate"], options["momentum"]
    optimiser = optimizers.MomentumSGD(rate, momentum) if momentum else optimizers.SGD(rate)
    # It averages the gradients of the processes; its first update only hands out the weights.
    optimiser = chainermn.create_multi_node_optimizer(optimiser, communicator).setup(model)
    losses: dict[str, list[float]] = {"label": [], "domain": []}
    for step in range(-1, settings.steps):
        model.reversal.scale = dann_scale(max(step, 0) / settings.steps)
        source, target = (
            start[f"{name}_batches"][step][rank::size] for name in ("source", "target")
        )
        labels, of_source = model(start["source_x"][source])
        _, of_target = model(start["target_x"][target])
        label = F.softmax_cross_entropy(labels, start["source_y"][source])
        domain = domain_loss(of_source, 0) + domain_loss(of_target, 1)
        model.cleargrads()
        (label + options["domain_weight"] * domain).backward()
        optimiser.update()
        if step >= 0:
            losses["label"].append(communicator.allreduce_obj(float(label.array)) / size)
            losses["domain"].append(communicator.allreduce_obj(float(domain.array)) / size)
    weights = {name: parameter.array for name, parameter in model.namedparams()}
    return {**{name: np.array(row) for name, row in losses.items()}, **weights}


def main(job: str, result: str) -> None:
    """Train; the first process writes the result."""
    communicator = chainermn.create_communicator("naive")
    given = load_job(Path(job))
    found = train(given.start, given.settings, communicator)
    if communicator.rank == 0:
        save(Path(result), found)


if __name__ == "__main__":
    main(*sys.argv[1:])
