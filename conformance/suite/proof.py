"""How a backward pass that is not the forward's derivative is proved, and not only compared.

A central difference of the layer's own forward, contracted with dy, minus its vjp: for a right
layer that is the cotangent times a number that the law predicts. It is 0 for a layer that gives
its forward's derivative, which only a right scalar multiply does, and a gradient reversal or a
Shake-Shake with degenerate coefficients.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..case import Case
from ..procedures import derivatives
from ..run.judge import Judge
from ..run.plan import Plan
from ..run.subject import Subject
from ..spec import Array, Expected, Running
from . import cases as make

# A power of two, like the grid that the inputs are on, so that x + STEP and x - STEP are exact.
STEP = 0.125
GRID = 64


def on_grid(subject: Subject, plan: Plan, **coefficients: float) -> Case:
    """A case whose inputs are multiples of 1/GRID; other coefficients where they are given."""
    base = make.case(subject, plan, per_image=False)
    inputs = tuple((np.round(x * GRID) / GRID).astype(x.dtype) for x in base.inputs)
    return replace(base, inputs=inputs, coefficients=coefficients or base.coefficients)


def predicted(case: Case) -> list[float]:
    """The forward's derivative minus the declared backward, for each input, times dy."""
    c = case.coefficients
    if case.layer == "gradient_reversal":
        return [1 + c["scale"]]
    if case.layer == "shake_shake":
        return [c["alpha"] - c["beta"], c["beta"] - c["alpha"]]
    return [0.0]


def require_control(case: Case) -> None:
    """Refuse a case in which the negative control cannot tell right from wrong.

    Raises:
        ValueError: the forward's derivative is the declared backward.
    """
    if not all(predicted(case)):
        raise ValueError(f"coefficients {dict(case.coefficients)} discriminate nothing")


def check_difference(judge: Judge, case: Case) -> None:
    """Differences of the forward, minus the vjp, are as the law predicts for every input."""
    points = [_moved(case, i, step) for i in range(len(case.inputs)) for step in (STEP, -STEP)]
    outputs = judge.observe(
        replace(case, procedure=derivatives.forwards, options={"points": points})
    ).outputs
    seen = judge.observe(case)
    law = seen.law
    dy = case.cotangent.astype(np.float64)
    for i, (factor, bound) in enumerate(zip(predicted(case), law.gradients(), strict=True)):
        up, down = (np.asarray(outputs[2 * i + k]).astype(np.float64) for k in (0, 1))
        slope = (up - down) / (2 * STEP)
        errors = [law.output([law.running(x) for x in p]).error for p in points[2 * i : 2 * i + 2]]
        error = bound.error + (errors[0] + errors[1]) / (2 * STEP) * np.abs(dy)
        # The differences themselves are formed in float64.
        error = error + np.finfo(np.float64).eps * 4 * np.abs(slope * dy)
        with np.errstate(all="ignore"):  # a wrong layer can give NaN
            got = slope * dy - np.asarray(seen.gradients[i]).astype(np.float64)
        judge.check_within(f"d{i}", got, Running(dy * factor, error, law.compute), "float64")


def slope_of_surrogate(case: Case, i: int) -> Running:
    """Central differences of the surrogate, contracted with dy; with the error of float64."""
    law = Expected(case)
    coefficients = {name: law.running(value) for name, value in case.coefficients.items()}
    points = [
        law.law.jvp([law.running(x) for x in _moved(case, i, step)], coefficients).value
        for step in (STEP, -STEP)
    ]
    dy = case.cotangent.astype(np.float64)
    slope = (points[0] - points[1]) / (2 * STEP) * dy
    size = (np.abs(points[0]) + np.abs(points[1])) / (2 * STEP) * np.abs(dy)
    return Running(slope, np.finfo(np.float64).eps * 4 * size, law.compute)


def _moved(case: Case, i: int, step: float) -> list[Array]:
    moved = list(case.inputs)
    moved[i] = moved[i] + np.asarray(step, moved[i].dtype)
    return moved
