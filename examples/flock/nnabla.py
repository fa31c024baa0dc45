"""The pursuit in nnabla, as a static graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import nnabla.solvers as S  # noqa: N812
import numpy as np
from nnabla.parameter import get_parameter_or_create

from examples.common.device import context
from examples.common.job import Array, Arrays, Settings
from examples.common.state import nnabla_state
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
from grl_nnabla import gradient_reversal


def flocking(x: Any, v: Any, weights: Any) -> Any:
    """The acceleration of each boid, (scenes, boids, 2)."""
    apart = x[:, None, :, :] - x[:, :, None, :]  # from the boid of axis 1 to the one of axis 2
    square = F.sum(apart**2, 3, keepdims=True)
    close, near = F.exp(-square / CLOSE**2), F.exp(-square / NEAR**2)
    separation = -F.sum(close * apart, 2) / CLOSE
    alignment = F.mean(near * (v[:, None, :, :] - v[:, :, None, :]), 2)
    cohesion = F.mean(near * apart, 2)
    one, two, three = F.split(F.reshape(weights, (len(RULES), 1, 1, 1)))
    return one * separation + two * alignment + three * cohesion


def hunting(x: Any, v: Any, p: Any, q: Any, weights: Any) -> Any:
    """The acceleration of the predator, (scenes, 2)."""
    heed = F.softmax(-SHARPNESS * distances(x, p), 1)[:, :, None]
    nearest, pace = F.sum(heed * x, 1) - p, F.sum(heed * v, 1) - q
    one, two, three = F.split(F.reshape(weights, (len(AIMS), 1, 1)))
    return one * nearest + two * (F.mean(x, 1) - p) + three * pace


def distances(x: Any, p: Any) -> Any:
    """Of each boid from the predator, (scenes, boids); smooth at 0."""
    return (F.sum((x - p[:, None, :]) ** 2, 2) + 1e-4) ** 0.5


def moved(place: Any, speed: Any, acceleration: Any, top: float) -> tuple[Any, Any]:
    """Place and speed a moment later; the speed stays below ``top``."""
    speed = speed + DT * GAIN * acceleration
    speed = speed / (1 + F.sum(speed**2, -1, keepdims=True) / top**2) ** 0.5
    return place + DT * speed, speed


def bounded_weights(parameter: Any, bounded: bool) -> Any:
    """Where they are bounded, between 0 and 2."""
    return 2 * F.sigmoid(parameter) if bounded else parameter


def pursuit(scenes: Sequence[Any], rules: Any, aims: Any) -> tuple[Any, Any]:
    """One round: gives the soft minimum of the distances, a mean over scenes and moments, and the
    places of the boids and, last, the predator, (moments + 1, scenes, boids + 1, 2).
    """
    x, v, p, q = scenes
    rules = gradient_reversal(rules)  # what the predator makes smaller, the flock makes larger
    losses, places = [], [F.concatenate(x, p[:, None, :], axis=1)]
    for _ in range(MOMENTS):
        of_boids, of_predator = flocking(x, v, rules), hunting(x, v, p, q, aims)
        x, v = moved(x, v, of_boids, BOID_SPEED)
        p, q = moved(p, q, of_predator, PREDATOR_SPEED)
        losses.append(-F.log(F.sum(F.exp(-SHARPNESS * distances(x, p)), 1)) / SHARPNESS)
        places.append(F.concatenate(x, p[:, None, :], axis=1))
    return F.mean(F.stack(*losses)), F.stack(*places)


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train both; options: "rate", "bounded"."""
    nn.clear_parameters()
    nn.set_default_context(context(settings))
    scenes = [nn.Variable.from_numpy_array(start[name]) for name in ("x", "v", "p", "q")]
    rules, aims = (
        bounded_weights(
            get_parameter_or_create(name, start[name].shape, start[name]),
            settings.options["bounded"],
        )
        for name in ("flock", "predator")
    )
    loss, _ = pursuit(scenes, rules, aims)
    for kept in (rules, aims):  # they are read after the forward pass
        kept.persistent = True
    solver = S.Adam(settings.options["rate"], eps=EPS)
    solver.set_parameters(nn.get_parameters())

    steps = Steps(settings, *nnabla_state(solver))
    for _ in steps:
        loss.forward(clear_no_need_grad=True)
        weights = [*rules.d.tolist(), *aims.d.tolist()]
        solver.zero_grad()
        loss.backward(clear_buffer=True)
        solver.update()
        steps.log(loss=float(loss.d), **dict(zip(RULES + AIMS, weights, strict=True)))

    one = [nn.Variable.from_numpy_array(scene.d[:1]) for scene in scenes]
    _, places = pursuit(one, rules, aims)
    places.forward()
    return {**steps.arrays(), "places": np.array(places.d[:, 0])}
