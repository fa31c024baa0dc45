"""The curves of the pursuit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from examples.common.figures import COLOURS, figure, save
from examples.common.job import Arrays
from examples.flock.start import AIMS, RULES

DASHES = ("-", (0, (4, 4)), (0, (1, 3)))  # so that curves on top of each other can be seen


def rounds(found: Mapping[str, Arrays], others: Sequence[Arrays], free: Arrays, path: Path) -> Path:
    """Loss of each framework and seed; weights of the first framework; the same without bounds."""
    first = next(iter(found.values()))
    with figure(7.2, 4.6, 2, 2) as (page, ((losses, aims), (rules, unbounded))):
        for other in others:
            losses.plot(_numbers(other), other["loss"], color="#cccccc", linewidth=1)
        for colour, dash, (backend, result) in zip(COLOURS, DASHES, found.items(), strict=False):
            losses.plot(
                _numbers(result), result["loss"], linestyle=dash, color=colour, label=backend
            )
        losses.set(title="loss; other seeds in grey")
        _weights(rules, first, RULES, "the flock's weights")
        _weights(aims, first, AIMS, "the predator's weights")
        _weights(unbounded, free, RULES, "the flock's weights without bounds")
        for axes in (losses, unbounded, rules, aims):
            axes.set_xlabel("round")
            axes.grid(True)
            axes.legend()
        return save(page, path)


def _weights(axes: Any, result: Arrays, names: Sequence[str], title: str) -> None:
    for colour, name in zip(COLOURS, names, strict=False):
        axes.plot(_numbers(result), result[name], color=colour, label=name)
    axes.set_title(title)


def _numbers(result: Arrays) -> Any:
    return np.arange(1, len(result["loss"]) + 1)
