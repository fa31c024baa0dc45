"""The pursuit in Chainer."""

from __future__ import annotations

from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer writes it
import numpy as np
from chainer import Chain, Parameter, Variable, optimizers
from chainer.backends import cuda

from examples.common.device import chainer_device
from examples.common.job import Array, Arrays, Settings
from examples.common.state import chainer_state
from examples.common.steps import Steps
from examples.flock.start import (
    AIMS,
    BOID_SPEED,
    CLOSE,
    DT,
    EPS,
    GAIN,
    MOMENTS,
    NEAR,
    PREDATOR_SPEED,
    RULES,
    SHARPNESS,
)
from grl_chainer import gradient_reversal


def flocking(x: Variable, v: Variable, weights: Variable) -> Variable:
    """The acceleration of each boid, (scenes, boids, 2)."""
    apart = x[:, None] - x[:, :, None]  # from the boid of axis 1 to the one of axis 2
    square = F.sum(apart**2, 3, keepdims=True)
    close, near = F.exp(-square / CLOSE**2), F.exp(-square / NEAR**2)
    separation = -F.sum(close * apart, 2) / CLOSE
    alignment = F.mean(near * (v[:, None] - v[:, :, None]), 2)
    cohesion = F.mean(near * apart, 2)
    return weights[0] * separation + weights[1] * alignment + weights[2] * cohesion


def hunting(x: Variable, v: Variable, p: Variable, q: Variable, weights: Variable) -> Variable:
    """The acceleration of the predator, (scenes, 2)."""
    heed = F.softmax(-SHARPNESS * distances(x, p), 1)[:, :, None]
    nearest, pace = F.sum(heed * x, 1) - p, F.sum(heed * v, 1) - q
    return weights[0] * nearest + weights[1] * (F.mean(x, 1) - p) + weights[2] * pace


def distances(x: Variable, p: Variable) -> Variable:
    """Of each boid from the predator, (scenes, boids); smooth at 0."""
    return F.sqrt(F.sum((x - p[:, None]) ** 2, 2) + 1e-4)


def moved(
    place: Variable, speed: Variable, acceleration: Variable, top: float
) -> tuple[Variable, Variable]:
    """Place and speed a moment later; the speed stays below ``top``."""
    speed = speed + DT * GAIN * acceleration
    speed = speed / F.sqrt(1 + F.sum(speed**2, -1, keepdims=True) / top**2)
    return place + DT * speed, speed


class Pursuit(Chain):  # type: ignore[misc]
    """One round: gives the soft minimum of the distances, a mean over scenes and moments, and the
    places of the boids and, last, the predator, (moments + 1, scenes, boids + 1, 2).
    """

    def __init__(self, flock: Array, predator: Array, bounded: bool) -> None:
        super().__init__()
        self.bounded = bounded
        with self.init_scope():
            self.flock = Parameter(flock)
            self.predator = Parameter(predator)

    def weights(self) -> tuple[Variable, Variable]:
        """Of the rules and of the aims; where they are bounded, between 0 and 2."""
        if not self.bounded:
            return self.flock, self.predator
        return 2 * F.sigmoid(self.flock), 2 * F.sigmoid(self.predator)

    def forward(self, x: Any, v: Any, p: Any, q: Any) -> tuple[Variable, Variable]:
        rules, aims = self.weights()
        rules = gradient_reversal(rules)  # what the predator makes smaller, the flock makes larger
        x, v, p, q = map(chainer.as_variable, (x, v, p, q))
        losses, places = [], [F.concat([x, p[:, None]], 1)]
        for _ in range(MOMENTS):
            of_boids, of_predator = flocking(x, v, rules), hunting(x, v, p, q, aims)
            x, v = moved(x, v, of_boids, BOID_SPEED)
            p, q = moved(p, q, of_predator, PREDATOR_SPEED)
            losses.append(-F.logsumexp(-SHARPNESS * distances(x, p), 1) / SHARPNESS)
            places.append(F.concat([x, p[:, None]], 1))
        return F.mean(F.stack(losses)), F.stack(places)


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train both; options: "rate", "bounded"."""
    device = chainer_device(settings)
    scenes = [device.send(start[name]) for name in ("x", "v", "p", "q")]
    model = Pursuit(start["flock"], start["predator"], settings.options["bounded"])
    model.to_device(device)
    optimiser = optimizers.Adam(settings.options["rate"], eps=EPS)
    optimiser.setup(model)

    steps = Steps(settings, *chainer_state(model, optimiser))
    for _ in steps:
        weights = F.concat(model.weights(), 0).array.tolist()
        loss, _ = model(*scenes)
        model.cleargrads()
        loss.backward()
        optimiser.update()
        steps.log(loss=float(loss.array), **dict(zip(RULES + AIMS, weights, strict=True)))

    with chainer.no_backprop_mode():
        _, places = model(*(array[:1] for array in scenes))
    return {**steps.arrays(), "places": np.array(cuda.to_cpu(places.array[:, 0]))}
