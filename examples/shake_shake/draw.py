"""The figures of Shake-Shake."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from examples.common.figures import COLOURS, figure, save
from examples.common.job import Array
from examples.shake_shake.summary import interval

Errors = Mapping[str, Mapping[str, Mapping[str, list[float]]]]  # by framework, variant and mode
Noise = Mapping[str, Mapping[str, Mapping[str, float]]]


def modes(errors: Errors, noise: Noise, path: Path) -> Path:
    """A row for each mode and level: its errors, both modes of the network, and its noise."""
    first = next(iter(errors))
    variants = list(errors[first])
    with figure(7.4, 3.3, 1, 3) as (page, panels):
        _errors(panels[0], errors, variants)
        _training_mode(panels[1], errors[first], variants)
        _noise(panels[2], noise, variants)
        panels[0].set_yticks(range(len(variants)), [_words(variant) for variant in variants])
        for axes in panels:
            axes.set_ylim(len(variants) - 0.5, -0.5)  # the first at the top
            axes.grid(True, axis="x")
        for axes in panels[1:]:
            axes.set_yticks(range(len(variants)), [""] * len(variants))
        return save(page, path)


def losses(curves: Mapping[str, Array], path: Path) -> Path:
    """The training losses of variants, each a mean over one hundredth of the steps."""
    with figure(5.2, 3.0) as (page, axes):
        for colour, (variant, row) in zip(COLOURS, curves.items(), strict=False):
            parts = np.array_split(row, min(100, len(row)))
            ends = np.cumsum([len(part) for part in parts])
            axes.plot(ends, [part.mean() for part in parts], color=colour, label=_words(variant))
        axes.set(xlabel="step", ylabel="training loss", yscale="log", title="CIFAR-10")
        axes.grid(True)
        axes.legend()
        return save(page, path)


def _words(variant: str) -> str:
    forward, backward, *level = variant.split("-")
    return ", ".join([f"{forward}-{backward}", *level])


def _errors(axes: Any, errors: Errors, variants: list[str]) -> None:
    """The mean of each framework with its interval; a dot is a seed."""
    for i, (colour, (backend, rows)) in enumerate(zip(COLOURS, errors.items(), strict=False)):
        aside = 0.24 * (i - (len(errors) - 1) / 2)
        for variant, row in rows.items():
            place = variants.index(variant) + aside
            values = [100 * value for value in row["error"]]
            mean, half = interval(values)
            label = backend if variant == variants[0] else None
            axes.plot(values, [place] * len(values), ".", color=colour, markersize=3, alpha=0.5)
            axes.errorbar(mean, place, xerr=half, fmt="o", ms=3, color=colour, label=label)
    axes.set(title="test error, %")
    _legend_below(axes)


def _training_mode(
    axes: Any, rows: Mapping[str, Mapping[str, list[float]]], variants: list[str]
) -> None:
    """The mean error of the same networks in both modes."""
    for place, variant in enumerate(variants):
        still, drawn = (100 * np.mean(rows[variant][mode]) for mode in ("error", "shaken"))
        axes.plot([still, drawn], [place, place], color="#bbbbbb", zorder=1)
        for mean, marker, label in ((still, "o", "evaluation"), (drawn, "D", "training mode")):
            colour = COLOURS[0] if marker == "o" else COLOURS[5]
            shown = label if place == 0 else "_"  # one entry in the legend
            axes.plot(mean, place, marker, color=colour, markersize=4, label=shown)
    axes.set(title="error in both modes, %")
    _legend_below(axes)


def _noise(axes: Any, noise: Noise, variants: list[str]) -> None:
    """Beside even-even's gradient: the spread, and how far the mean lies from it."""
    for i, (colour, (_, rows)) in enumerate(zip(COLOURS, noise.items(), strict=False)):
        places = np.arange(len(variants)) + 0.24 * (i - (len(noise) - 1) / 2)
        for name, marker, label in (
            ("spread", "o", "spread"),
            ("mean_apart", "x", "mean's offset"),
        ):
            values = [rows[variant][name] for variant in variants]
            shown = label if i == 0 else "_"
            axes.plot(values, places, marker, color=colour, markersize=4, label=shown)
    axes.set(title="gradient of one batch", xlim=(0, None))
    _legend_below(axes)


def _legend_below(axes: Any) -> None:
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=3, handlelength=1, columnspacing=1
    )
