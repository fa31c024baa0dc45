"""Path-SGD beside SGD and AdaGrad: a rescaled network, two starts, parity."""

from __future__ import annotations

from typing import Any

from examples.common import parity
from examples.common.request import Outcome, Request
from examples.path_sgd import curves, rescaling
from examples.path_sgd.start import start

CURVE = parity.Curve(
    lambda seed, steps, dtype: (
        start(seed, steps, curves.SIZES, dtype),
        {"optimiser": "path_sgd", "rate": rescaling.RATES["path_sgd"]},
    ),
    "loss",
    curves.STEPS,
)


def run(request: Request) -> Outcome:
    """Rescale a network and train it again; train from two starts; compare the frameworks."""
    steps = request.steps or curves.STEPS
    lines: list[str] = []
    numbers: dict[str, Any] = {"steps": steps}
    runs, differences = {}, {}
    for backend in request.backends:
        differences[backend] = rescaling.measured(request, backend)
        runs[backend] = curves.trained(request, backend, steps)
        summary = curves.summary(runs[backend])
        lines += [backend, *rescaling.in_words(differences[backend]), *curves.in_words(summary)]
        numbers[backend] = {
            "rescaling": rescaling.numbers(differences[backend]),
            "curves": summary,
        }
    first, output = request.backends[0], request.output
    figures = [
        curves.draw(runs[first], output / "path_sgd.svg"),
        rescaling.draw(differences[first], output / "path_sgd-rescaling.svg"),
    ]
    outcome = Outcome(lines, numbers, figures)
    return parity.added(outcome, request, CURVE, "Path-SGD on digits: training loss")
