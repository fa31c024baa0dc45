"""A Shake-Shake layer that draws: its coefficients, read off its outputs and gradients.

With ones in the first branch, zeros in the second and a cotangent of ones, the output is alpha
and the first gradient is beta, element by element, whoever drew them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.case import Case
from conformance.procedures.driver import Driver
from conformance.procedures.wiring import cotangent, leaves, seen
from conformance.worker.target import Built, Target


def drawn(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """alpha, beta and 1 - beta of ``options["passes"]`` forward passes of one layer.

    ``options``: "layer" (constructor arguments), "training", "seed". Each has the shape
    (passes, *x.shape). The second backward pass over the same graph is there as well.
    """
    driver.seed(case.options["seed"])
    built = target.build({}, case.options["layer"], case.options["training"])
    rows: dict[str, list[Any]] = {"alpha": [], "beta": [], "rest": [], "beta_again": []}
    for _ in range(case.options["passes"]):
        inputs, dy = leaves(driver, case), cotangent(driver, case)
        y = built(*inputs)
        rows["alpha"].append(driver.value(y))
        driver.backward(y, dy, keep=True)
        rows["beta"].append(driver.gradient(inputs[0]))
        rows["rest"].append(driver.gradient(inputs[1]))
        driver.clear_gradient(inputs[0])
        driver.backward(y, dy)
        rows["beta_again"].append(driver.gradient(inputs[0]))
    return {name: np.stack(arrays) for name, arrays in rows.items()}


def evaluated(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """A layer in evaluation mode, on any inputs: output and gradients."""
    built = target.build(case.coefficients, case.options.get("layer"), training=False)
    return _run(driver, built, case)


def draws_nothing(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """alpha of a training pass, after a pass in evaluation mode and without one."""
    first = []
    for evaluations in (0, 1):
        driver.seed(case.options["seed"])
        for training in (False,) * evaluations + (True,):
            built = target.build({}, case.options["layer"], training)
            value = driver.value(built(*leaves(driver, case)))
        first.append(value)
    return {"without": first[0], "with": first[1]}


def run_again(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """The outputs of two forward passes over one static graph."""
    driver.seed(case.options["seed"])
    y = target.build({}, case.options["layer"])(*leaves(driver, case))
    first = driver.value(y)
    return {"first": first, "second": driver.run_again(y)}


def published_draws(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """One pass of a layer that is given ``numpy.random.RandomState(options["random_state"])``."""
    rng = np.random.RandomState(case.options["random_state"])
    built = target.build({}, {**case.options["layer"], "rng": rng})
    return _run(driver, built, case)


def _run(driver: Driver, built: Built, case: Case) -> dict[str, Any]:
    inputs = leaves(driver, case)
    y = built(*inputs)
    driver.value(y)
    driver.backward(y, cotangent(driver, case))
    return seen(driver, y, inputs)


PROCEDURES = {
    function.__name__: function
    for function in (drawn, evaluated, draws_nothing, run_again, published_draws)
}
