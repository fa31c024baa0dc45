"""Trains the DCGAN on the images of an IDX set: samples after each epoch, and the loss."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from conformance import Unavailable
from examples.common.figures import COLOURS, figure, save
from examples.common.idx import load_images
from examples.common.job import Array, Arrays
from examples.common.request import Outcome, Request

BATCH, LATENT = 64, 100
EPOCHS = 5
OPTIONS = {"batch": BATCH, "noise": 1.0, "rate": 2e-4}  # Adam, with a beta1 of 0.5
SHOWN = 20  # samples after each epoch
COLUMNS = 5  # of the figure: epochs from the first to the last


def run(request: Request, data: Path) -> Outcome:
    """Train by epochs in each framework; ``--steps`` gives the steps of all epochs."""
    start = _start(request.seed, data)
    epoch = len(start["x"]) // BATCH
    steps = request.steps or EPOCHS * epoch
    epoch = min(epoch, steps)
    options = {**OPTIONS, "seed": request.seed, "epoch": epoch}
    found = {
        backend: request.train(
            backend, {"dcgan": (start, options)}, steps - steps % epoch, part="dcgan", every=epoch
        )["dcgan"]
        for backend in request.backends
    }
    lines = [
        f"{len(start['x'])} images, {steps // epoch} epochs of {epoch} steps; mean loss of each"
    ]
    losses = {b: result["loss"].reshape(-1, epoch).mean(1).tolist() for b, result in found.items()}
    lines += [f"  {b}: " + ", ".join(f"{value:.3f}" for value in row) for b, row in losses.items()]
    figures = [_draw(found, epoch, request.output / "gan-dcgan.svg")]
    return Outcome(lines, {"options": options, "losses": losses}, figures)


def _start(seed: int, data: Path) -> dict[str, Array]:
    """``x`` (N, 1, 28, 28), uint8, whole batches; ``z`` (SHOWN, LATENT) for the samples."""
    images = load_images(data, "train").x
    if images.shape[1:] != (28, 28) or len(images) < BATCH:
        raise Unavailable(f"data must be {BATCH} images of 28x28 or more, got {images.shape}")
    z = np.random.RandomState(seed).standard_normal((SHOWN, LATENT)).astype(np.float32)
    return {"x": images[: len(images) // BATCH * BATCH, None], "z": z}


def _draw(found: Mapping[str, Arrays], epoch: int, path: Path) -> Path:
    """A row for each framework: samples after some epochs and the last, the loss of each step."""
    total = len(next(iter(found.values()))["shown"])
    shown = np.unique(np.linspace(0, total - 1, COLUMNS).astype(int))
    with figure(7.2, 1.2 * len(found) + 0.3, len(found), len(shown) + 1) as (page, grid):
        rows = zip(np.atleast_2d(grid), COLOURS, found.items(), strict=False)
        for row, colour, (backend, result) in rows:
            for axes, number in zip(row, shown, strict=False):
                axes.imshow(
                    _sheet(result["shown"][number]),
                    cmap="gray",
                    vmin=-1,
                    vmax=1,
                    interpolation="none",
                )
                axes.set(xticks=[], yticks=[], title=f"epoch {number + 1}")
            row[0].set_ylabel(backend)
            epochs = np.arange(1, len(result["loss"]) + 1) / epoch
            row[-1].plot(epochs, result["loss"], color=colour, linewidth=0.6)
            row[-1].set(title="loss", xlabel="epoch")
        return save(page, path)


def _sheet(shown: Array) -> Array:
    """SHOWN images in rows of five."""
    rows: Any = shown.reshape(-1, 5, 28, 28)
    return rows.transpose(0, 2, 1, 3).reshape(-1, 5 * 28)
