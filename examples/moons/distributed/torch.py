"""The DANN on moons under DistributedDataParallel.

    torchrun --nproc_per_node 2 -m examples.moons.distributed.torch JOB RESULT

JOB is a file ``NAME.job.npz`` that ``python3 dev.py example moons`` leaves; RESULT gets the losses.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F  # noqa: N812 - as PyTorch writes it
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from examples.common.job import Array, Arrays, Settings, load_job, save
from examples.moons.torch import Dann, domain_loss, set_weights
from grl_torch import dann_scale


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a DANN as ``examples.moons.torch`` does, with a share of each batch."""
    options, rank, size = settings.options, dist.get_rank(), dist.get_world_size()
    given = {name: torch.from_numpy(array) for name, array in start.items()}
    model = Dann(start["features"].shape[1]).to(getattr(torch, settings.dtype))
    set_weights(model, start)
    parallel = DistributedDataParallel(model)  # it averages the gradients of the processes
    optimiser = torch.optim.SGD(parallel.parameters(), options["rate"], options["momentum"])
    losses: dict[str, list[float]] = {"label": [], "domain": []}
    for step in range(settings.steps):
        model.reversal.scale = dann_scale(step / settings.steps)
        source, target = (
            given[f"{name}_batches"][step][rank::size] for name in ("source", "target")
        )
        x = torch.cat([given["source_x"][source], given["target_x"][target]])
        labels, domains = parallel(x)  # once a step, for both domains
        number = len(source)
        label = F.cross_entropy(labels[:number], given["source_y"][source].long())
        domain = domain_loss(domains[:number], 0.0) + domain_loss(domains[number:], 1.0)
        optimiser.zero_grad()
        (label + options["domain_weight"] * domain).backward()
        optimiser.step()
        losses["label"].append(_mean(label))
        losses["domain"].append(_mean(domain))
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    return {**{name: np.array(row) for name, row in losses.items()}, **weights}


def _mean(loss: Tensor) -> float:
    """Over the processes, whose shares are equally large."""
    total = loss.detach().clone()
    dist.all_reduce(total)
    return total.item() / dist.get_world_size()


def main(job: str, result: str) -> None:
    """Train; the first process writes the result."""
    dist.init_process_group("gloo")
    given = load_job(Path(job))
    found = train(given.start, given.settings)
    if dist.get_rank() == 0:
        save(Path(result), found)
    gc.collect()  # of the wrapped model: while it lives, so do the threads of the process group
    dist.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
