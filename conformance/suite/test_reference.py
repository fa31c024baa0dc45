"""V1 to V5: published numbers, and identities of whole networks."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from ..case import Case
from ..procedures import drawn as drawing
from ..procedures import networks, wiring
from ..run.judge import Judge
from ..run.plan import Plan
from ..run.subject import Subject
from ..spec import Running
from .cases import Cases
from .marks import cases, clause, drawn

# NNabla's article on PythonFunction; the first two draws of numpy.random.RandomState(1223).
ALPHA, BETA = 0.5290767986417101, 0.16335436356818256
# The weight and the input of the branch-reversal network, and the gradient without the GRL.
X, W, WITHOUT = -0.2905, 0.5364, -0.3116


def _ones(*values: float) -> tuple[Any, ...]:
    return tuple(np.full((1, 1, 1, 1), value, np.float32) for value in values)


def _published(subject: Subject, plan: Plan) -> Cases:
    inputs, (dy,) = _ones(1.0, 2.0), _ones(1.0)
    return {
        "article": Case("shake_shake", wiring.plain, inputs, {"alpha": ALPHA, "beta": BETA}, dy)
    }


@clause(shake_shake="V1")
@cases(_published)
def test_published_example(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    seen.check_output()
    seen.check_gradients()
    law = seen.law
    printed = (1.4709232, 0.16335437, 0.83664566)
    for value, bound, got in zip(
        printed, (law.output(), *law.gradients()), seen.arrays(), strict=True
    ):
        # The article prints eight digits.
        error = bound.error + 0.5 * 10.0 ** (math.floor(math.log10(value)) - 7)
        judge.check_within(
            "published", got, Running(np.full((1, 1, 1, 1), value), error, law.compute), "float32"
        )


def _published_draws(subject: Subject, plan: Plan) -> Cases:
    if "rng" not in subject.options:
        return {}
    level = {"level": "batch"} if "level" in subject.options else {}
    options = {"layer": level, "random_state": 1223}
    inputs, (dy,) = _ones(1.0, 0.0), _ones(1.0)
    return {
        "RandomState": Case("shake_shake", drawing.published_draws, inputs, {}, dy, options=options)
    }


@clause(shake_shake="V2")
@drawn
@cases(_published_draws)
def test_published_draws(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    judge.check_within("alpha", seen.output, _one_rounding(np.full((1, 1, 1, 1), ALPHA)), "float32")
    judge.check_within(
        "beta", seen.gradients[0], _one_rounding(np.full((1, 1, 1, 1), BETA)), "float32"
    )


@clause(shake_shake="V5")
@cases(_published)
def test_published_gradients(judge: Judge, case: Case) -> None:
    _check_digits(judge, judge.observe(case).gradients)


@clause(shake_shake="V5")
@drawn
@cases(_published_draws)
def test_published_gradients_of_draws(judge: Judge, case: Case) -> None:
    _check_digits(judge, judge.observe(case).gradients)


def _check_digits(judge: Judge, gradients: Any) -> None:
    for name, got, printed in zip(("dx0", "dx1"), gradients, (0.16335437, 0.83664566), strict=True):
        judge.check_exact(name, got, np.full((1, 1, 1, 1), printed, np.float32))


def _shared_weight(subject: Subject, plan: Plan) -> Cases:
    inputs, (dy,) = _ones(X, W), _ones(1.0)
    base = Case("gradient_reversal", networks.shared_weight, inputs, {"scale": 1.0}, dy)
    return {
        "without": replace(base, options={"layer": False}),
        "with": replace(base, options={"layer": True}),
    }


@clause(gradient_reversal="V3")
@cases(_shared_weight)
def test_shared_weight(judge: Judge, case: Case) -> None:
    (got,) = judge.observe(case).gradients
    if case.options["layer"]:
        judge.check_exact("dw", np.abs(got), np.zeros((1, 1, 1, 1), np.float32))
        return
    judge.check(f"{got.item():.4f}" == f"{WITHOUT}", f"expected {WITHOUT}, got {got.item():.4f}")


@cache
def _digits() -> Any:
    return load_digits().data


def _gan(subject: Subject, plan: Plan) -> Cases:
    """Two small networks on real digits, a sample of 64 scaled to [0, 1]."""
    rng = plan.generator("gan")
    images = (_digits()[:64] / 16).astype(np.float32)
    z = rng.standard_normal((64, 8)).astype(np.float32)

    def weights(*sizes: int) -> list[Any]:
        pairs = pairwise(sizes)
        return [(rng.standard_normal(p) / np.sqrt(p[0])).astype(np.float32) for p in pairs]

    options = {
        "generator": weights(8, 32, 64),
        "discriminator": weights(64, 32, 1),
        "minus_one": np.full((64, 1), -1, np.float32),
    }
    dy = np.float32(1).reshape(())
    case = Case("gradient_reversal", networks.one_optimiser_gan, (z, images), {"scale": 1.0}, dy)
    return {"digits": replace(case, options=options)}


@clause(gradient_reversal="V4")
@cases(_gan)
def test_one_optimiser_gan(judge: Judge, case: Case) -> None:
    with_layer, without = (
        judge.observe(replace(case, options={**case.options, "layer": layer}))
        for layer in (True, False)
    )
    judge.check_exact("the loss", with_layer.output, np.asarray(without.output))
    owners = ("generator",) * 2 + ("discriminator",) * 2
    for name, got, plain in zip(owners, with_layer.gradients, without.gradients, strict=True):
        judge.check(bool(np.any(plain)), f"the {name} has no gradient at all")
        sign = -1 if name == "generator" else 1
        judge.check_exact(f"the {name}'s gradient", got, sign * np.asarray(plain))


def _one_rounding(values: Any) -> Running:
    """Values that were printed to the last digit of a float32: half a unit on each side."""
    float32 = np.dtype(np.float32)
    return Running.of(values, float32) * Running.of(1.0, float32)
