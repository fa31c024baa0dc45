"""Shake-Shake's modes and levels: errors over seeds, both modes, gradient noise, parity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from examples.common import parity
from examples.common.job import Array
from examples.common.request import Outcome, Request, Results
from examples.shake_shake import draw
from examples.shake_shake.start import CIFAR, DIGITS, blocks, cifar, digits, one_batch
from examples.shake_shake.summary import lines, noise_of

STEPS = 300  # 75 epochs
SEEDS = 5
DRAWS = 50  # of the coefficients, for the gradient's noise
EPOCHS = 1800  # the paper's, on CIFAR-10
# Of the paper, but for the batch, 128 there, and Nesterov's form of the momentum, for which Chainer
# computes something else than the others.
OPTIONS: dict[str, Any] = {
    "batch": 25,
    "augment": False,  # crop and mirror the training images
    "rate": 0.2,  # times the cosine
    "momentum": 0.9,
    "weight_decay": 1e-4,
    "given": False,  # take coefficients that NumPy draws, not those of the layers
    "record": False,  # return the gradient of each step
}
EVEN, SHAKEN = "even-even", "shake-shake-image"
MODES = ("shake-shake", "shake-even", "shake-keep", "even-shake")
VARIANTS: dict[str, dict[str, str]] = {
    EVEN: {"mode": "even-even", "level": "image"},  # no level draws anything
    **{f"{m}-{level}": {"mode": m, "level": level} for m in MODES for level in ("image", "batch")},
}


def _curve(seed: int, steps: int, dtype: str) -> tuple[dict[str, Array], dict[str, Any]]:
    """Coefficients that are given, because each framework draws its own; no momentum."""
    plain = {**_options(seed, SHAKEN), "rate": 0.1, "momentum": 0.0, "weight_decay": 0.0}
    return digits(seed), {**plain, "given": True}


def _options(seed: int, variant: str, **changes: Any) -> dict[str, Any]:
    return {**OPTIONS, "seed": seed, "blocks": blocks(**DIGITS), **VARIANTS[variant], **changes}


CURVE = parity.Curve(_curve, "loss", 300)


def run(request: Request) -> Outcome:
    """Train on digits; or the paper's network where there is a folder with CIFAR-10."""
    return _digits(request) if request.data is None else _cifar(request)


def _digits(request: Request) -> Outcome:
    """All modes and levels in the first framework, the paper's and none in the others."""
    steps = request.steps or STEPS
    seeds = range(request.seed, request.seed + SEEDS)
    errors: dict[str, dict[str, dict[str, list[float]]]] = {}
    noise: dict[str, dict[str, dict[str, float]]] = {}
    for backend in request.backends:
        variants = VARIANTS if backend == request.backends[0] else (EVEN, SHAKEN)
        starts = {
            f"{variant}-{seed}": (digits(seed), _options(seed, variant))
            for variant in variants
            for seed in seeds
        }
        results = request.train(backend, starts, steps)
        errors[backend] = {variant: _errors(results, variant, seeds) for variant in variants}
        noise[backend] = _noise(request, backend)
    figures = [draw.modes(errors, noise, request.output / "shake_shake.svg")]
    numbers = {"steps": steps, "options": OPTIONS, "errors": errors, "noise": noise}
    said = [line for b in errors for line in lines(b, errors[b], noise[b], EVEN)]
    outcome = Outcome(said, numbers, figures)
    return parity.added(outcome, request, CURVE, "Shake-Shake: training loss")


def _errors(results: Results, variant: str, seeds: Iterable[int]) -> dict[str, list[float]]:
    """Of each seed, the share of wrong test images: in evaluation, and with drawn coefficients."""
    return {
        mode: [float(results[f"{variant}-{seed}"][mode]) for seed in seeds]
        for mode in ("error", "shaken")
    }


def _noise(request: Request, backend: str) -> dict[str, dict[str, float]]:
    """How far the gradients of one batch lie apart, at the first weights, for each variant.

    Each is a training whose rate is 0, so that only the coefficients change from step to step.
    """
    start = one_batch(digits(request.seed), OPTIONS["batch"])
    changes = {"rate": 0.0, "momentum": 0.0, "record": True}
    starts = {v: (start, _options(request.seed, v, **changes)) for v in VARIANTS}
    # A checkpoint holds no gradients, so there is nothing to go on from.
    results = replace(request, resume=False).train(
        backend, starts, min(DRAWS, request.steps or DRAWS)
    )
    return noise_of({v: result["gradients"] for v, result in results.items()}, EVEN)


def _cifar(request: Request) -> Outcome:
    """The paper's network with and without Shake-Shake, once, on the paper's schedule."""
    assert request.data is not None
    given = cifar(request.seed, request.data)
    batch = min(128, len(given["x"]))
    steps = request.steps or EPOCHS * (len(given["x"]) // batch)
    changes = {"batch": batch, "augment": True, "blocks": blocks(**CIFAR)}
    said: list[str] = []
    numbers: dict[str, dict[str, float]] = {}
    for backend in request.backends:
        starts = {v: (given, _options(request.seed, v, **changes)) for v in (EVEN, SHAKEN)}
        results = request.train(backend, starts, steps)
        numbers[backend] = {v: float(results[v]["error"]) for v in results}
        for variant, error in numbers[backend].items():
            said.append(f"{backend}, {variant}: {error:.2%} of the test images wrong")
    losses = {variant: result["loss"] for variant, result in results.items()}
    path = request.output / "shake_shake-cifar.svg"
    return Outcome(said, {"steps": steps, "errors": numbers}, [draw.losses(losses, path)])
