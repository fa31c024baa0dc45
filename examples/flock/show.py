"""A pursuit: the loss and the weights of both sides over the rounds, and some rounds, animated."""

from __future__ import annotations

from typing import Any

import numpy as np

from examples.common import parity
from examples.common.job import Array
from examples.common.request import Outcome, Request
from examples.flock import animation, draw
from examples.flock.start import AIMS, RULES, start

STEPS = 144
SEEDS = 5
OPTIONS: dict[str, Any] = {"rate": 0.05, "bounded": True}
# Not of all steps: one takes Chainer 0.3 CPU seconds.
CURVE = parity.Curve(lambda seed, steps, dtype: (start(seed, dtype), OPTIONS), "loss", 100)


def run(request: Request) -> Outcome:
    """Train one seed in each framework; in the first also others, and with free weights."""
    steps, seed = request.steps or STEPS, request.seed
    found: dict[str, dict[str, Array]] = {}
    for backend in request.backends:
        given = {"pursuit": (start(seed), OPTIONS)}
        found[backend] = request.train(backend, given, steps)["pursuit"]
    first = request.backends[0]
    more = {f"seed-{s}": (start(s), OPTIONS) for s in range(seed + 1, seed + SEEDS)}
    free = {"free": (start(seed, bounded=False), {**OPTIONS, "bounded": False})}
    others = request.train(first, {**more, **free}, steps)
    loose = others.pop("free")
    rounds = _rounds(request, first, found[first])
    figures = [
        draw.rounds(found, list(others.values()), loose, request.output / "flock.svg"),
        animation.write(rounds, request.output / "flock-rounds.svg"),
    ]
    summaries = {backend: _summary(result) for backend, result in found.items()}
    summaries |= {f"{first}, {name}": _summary(result) for name, result in others.items()}
    summaries[f"{first}, free weights"] = _summary(loose)
    lines = [f"{name}: {_words(summary)}" for name, summary in summaries.items()]
    numbers = {"steps": steps, "options": OPTIONS, "trainings": summaries}
    return parity.added(Outcome(lines, numbers, figures), request, CURVE, "Pursuit: loss")


def _rounds(request: Request, backend: str, whole: dict[str, Array]) -> dict[str, Array]:
    """The places after the first round, that of the smallest loss and the last, by their titles."""
    smallest = int(whole["loss"].argmin()) + 1
    found = {}
    for number in sorted({1, smallest}):
        # A training of fewer steps is the beginning of the whole: no rate depends on the number.
        given = {f"round-{number}": (start(request.seed), OPTIONS)}
        (result,) = request.train(backend, given, number).values()
        found[f"after round {number}"] = result["places"]
    return {**found, f"after round {len(whole['loss'])}": whole["places"]}


def _summary(result: dict[str, Array]) -> dict[str, Any]:
    loss = result["loss"]
    return {
        "first": float(loss[0]),
        "smallest": float(loss.min()),
        "at": int(loss.argmin()) + 1,
        "last": float(loss[-1]),
        "weights": {name: float(result[name][-1]) for name in RULES + AIMS},
        "most_cohesion": float(np.max(result["cohesion"])),
    }


def _words(summary: dict[str, Any]) -> str:
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in summary["weights"].items())
    return (
        f"loss {summary['first']:.3f}, smallest {summary['smallest']:.3f} in round "
        f"{summary['at']}, last {summary['last']:.3f}; {weights}"
    )
