"""The gradients of a shared weight with and without a reversal, beside the chain rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from examples.branch_reversal.start import SCALES, by_hand, start
from examples.common.figures import COLOURS, figure, save
from examples.common.request import Outcome, Request

VARIANTS: dict[str, float | None] = {"without": None, **{f"scale-{s:g}": s for s in SCALES}}


def run(request: Request) -> Outcome:
    """Compare each framework with the chain rule, for the published and for random numbers."""
    given = start(request.seed)
    lines = ["dz/dw with the published numbers, x = -0.2905 and w = 0.5364; then the largest"]
    lines.append("difference of z and dz/dw from the chain rule by hand, in nine cases")
    numbers: dict[str, Any] = {}
    for backend in request.backends:
        starts = {name: (given, {"scale": scale}) for name, scale in VARIANTS.items()}
        results = request.train(backend, starts, steps=1)
        for name, result in results.items():
            expected = by_hand(given, VARIANTS[name])
            apart = max(float(np.abs(result[q] - expected[q]).max()) for q in ("z", "dw"))
            gradient = float(result["dw"][0, 0])
            numbers.setdefault(backend, {})[name] = {"dw": gradient, "apart": apart}
            lines.append(f"  {backend}, {name}: {gradient:.4g}, {apart:.1e}")
    return Outcome(lines, numbers, [_draw(request)])


def _draw(request: Request) -> Any:
    """The gradient and its branches, against the scale."""
    given = {name: array[:1] for name, array in start(0).items()}
    scales = np.linspace(0, 2, 81)
    rows = [by_hand(given, float(scale)) for scale in scales]
    with figure(5.2, 3.0) as (page, axes):
        for colour, (name, text) in zip(
            COLOURS,
            (("above", "the branch above the layer: wx"), ("below", "the one below: -scale wx"),
             ("dw", "dz/dw, their sum")),
            strict=False,
        ):  # fmt: skip
            axes.plot(scales, [row[name].item() for row in rows], color=colour, label=text)
        without = by_hand(given, None)["dw"].item()
        axes.axhline(without, color=COLOURS[3], linestyle="--", label=f"without: {without:.4f}")
        axes.set(xlabel="scale", title="A shared weight below and above a gradient reversal")
        axes.grid(True)
        axes.legend()
        return save(page, request.output / "branch_reversal.svg")
