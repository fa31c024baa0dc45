"""The figures of the GAN."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from examples.common.figures import COLOURS, figure, save
from examples.common.job import Array, Arrays
from examples.gan.draws import shown_at


def draw_samples(results: Mapping[str, Arrays], path: Path) -> Path:
    """A row for each variant, a column for each time; a digit of each class, from 0 to 9."""
    steps = len(next(iter(results.values()))["loss"])
    times = shown_at(steps)
    with figure(7.2, 0.62 * len(results) + 0.2, len(results), len(times)) as (page, grid):
        for row, (variant, result) in zip(grid, results.items(), strict=True):
            for axes, digits, time in zip(row, result["shown"], times, strict=True):
                axes.imshow(_sheet(digits), cmap="gray", vmin=-1, vmax=1, interpolation="none")
                axes.set(xticks=[], yticks=[])
                if variant == next(iter(results)):
                    axes.set_title(f"step {time}")
            row[0].set_ylabel(variant)
        return save(page, path)


def _sheet(digits: Array) -> Array:
    """The first of each class, of digits (10 N, 64) in their order: two rows of five."""
    images = np.pad(
        digits.reshape(10, -1, 8, 8)[:, 0], ((0, 0), (1, 1), (1, 1)), constant_values=-1
    )
    sheet = images.reshape(2, 5, 10, 10).transpose(0, 2, 1, 3).reshape(20, 50)
    return sheet.repeat(4, 0).repeat(4, 1)  # so that viewers keep the edges of the pixels


def draw_losses(results: Mapping[str, Arrays], path: Path) -> Path:
    """The loss of each step, averaged over 50; at 2 log 2 the discriminator tells nothing."""
    with figure(5.2, 2.8) as (page, axes):
        for colour, (variant, result) in zip(COLOURS, results.items(), strict=False):
            loss = result["loss"]
            width = min(50, len(loss))
            means = np.convolve(loss, np.full(width, 1 / width), "valid")
            axes.plot(np.arange(width, len(loss) + 1), means, color=colour, label=variant)
        axes.axhline(2 * np.log(2), color="#222222", linestyle="--", linewidth=1, label="2 log 2")
        axes.set(xlabel="step", ylabel="loss", title="The one loss of both networks")
        axes.grid(True)
        axes.legend()
        return save(page, path)
