"""The gradients of Q in each framework, and the fits by hand, by autograd and by an optimiser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from examples.autograd_basics import by_hand
from examples.autograd_basics.start import start
from examples.common import parity
from examples.common.figures import COLOURS, figure, save
from examples.common.job import Array
from examples.common.request import Outcome, Request

STEPS = 500
RATE = 1e-6
VARIANTS = {"autograd": False, "optimiser": True}
CURVE = parity.Curve(
    lambda seed, steps, dtype: (start(seed, dtype), {"rate": RATE, "optimiser": True}),
    "loss",
    STEPS,
)


def run(request: Request) -> Outcome:
    """Take the gradients and fit the network, in each framework and by hand."""
    steps, given = request.steps or STEPS, start(request.seed)
    expected, losses = by_hand.gradients(given), {"by hand": by_hand.fit(given, steps, RATE)}
    lines = [f"by hand: dQ/da {expected['da']}, dQ/db {expected['db']}"]
    numbers: dict[str, Any] = {"steps": steps, "rate": RATE}
    for backend in request.backends:
        starts = {name: (given, {"rate": RATE, "optimiser": v}) for name, v in VARIANTS.items()}
        results = request.train(backend, starts, steps)
        losses.update({f"{backend}, {name}": row["loss"] for name, row in results.items()})
        first = results["autograd"]
        lines.append(
            f"{backend}: dQ/da {first['da']}, dQ/db {first['db']}; frozen, b has "
            f"{'no' if first['frozen'] else 'a'} gradient; switched off, there is "
            f"{'no' if first['off'] else 'a'} graph"
        )
        numbers[backend] = {name: first[name].tolist() for name in ("da", "db", "frozen", "off")}
    apart = {name: _apart(row, losses["by hand"]) for name, row in losses.items()}
    lines.append("loss at the first and the last step; largest relative difference from by hand")
    lines += [f"  {n}: {r[0]:.3g}, {r[-1]:.3g}; {apart[n]:.1e}" for n, r in losses.items()]
    numbers["fits"] = {
        name: {"first": row[0], "last": row[-1], "apart": apart[name]}
        for name, row in losses.items()
    }
    title = "A two-layer network: summed squared error"
    figures = [_draw(losses, request.output / "autograd_basics.svg", title)]
    return parity.added(Outcome(lines, numbers, figures), request, CURVE, title)


def _apart(losses: Array, other: Array) -> float:
    return float((np.abs(losses - other) / other).max())


def _draw(losses: Mapping[str, Array], path: Path, title: str) -> Path:
    """All losses on a logarithmic axis: a wide line by hand, and on it the others in turn."""
    with figure(5.2, 3.2) as (page, axes):
        steps = np.arange(1, len(losses["by hand"]) + 1)
        axes.plot(steps, losses["by hand"], color="#cccccc", linewidth=7, label="by hand")
        others = [name for name in losses if name != "by hand"]
        for number, name in enumerate(others):
            dashes = (4 * number, (4, 4 * len(others) - 4))  # each shows in its turn
            axes.plot(steps, losses[name], color=COLOURS[number], linestyle=dashes)
            axes.plot([], [], color=COLOURS[number], label=name)
        axes.set(yscale="log", xlabel="step", ylabel="loss", title=title)
        axes.grid(True)
        axes.legend()
        return save(page, path)
