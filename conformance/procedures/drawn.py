"""A Shake-Shake layer that draws: its coefficients, read off its outputs and gradients.

With ones in the first branch, zeros in the second and a cotangent of ones, the output is alpha
and the first gradient is beta, element by element, whoever drew them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..seen import Seen
from .driver import Driver
from .target import Target
from .wiring import cotangent, leaves, run


def drawn(driver: Driver, target: Target, case: Case) -> Seen:
    """alpha, beta and 1 - beta of ``options["passes"]`` forward passes of two layers in turn.

    ``options``: "layer" (constructor arguments), "training", "seed". Each has the shape
    (passes, *x.shape). The second backward pass over the same graph is there as well.
    """
    driver.seed(case.options["seed"])
    layer, training = case.options["layer"], case.options["training"]
    two = [target.build({}, layer, training) for _ in range(2)]
    rows: dict[str, list[Any]] = {"alpha": [], "beta": [], "rest": [], "beta_again": []}
    for number in range(case.options["passes"]):
        inputs, dy = leaves(driver, case), cotangent(driver, case)
        y = two[number % 2](*inputs)
        rows["alpha"].append(driver.value(y))
        driver.backward(y, dy, keep=True)
        rows["beta"].append(driver.gradient(inputs[0]))
        rows["rest"].append(driver.gradient(inputs[1]))
        driver.clear_gradient(inputs[0])
        driver.backward(y, dy)
        rows["beta_again"].append(driver.gradient(inputs[0]))
    return Seen(**{name: np.stack(arrays) for name, arrays in rows.items()})


def output(driver: Driver, target: Target, case: Case) -> Seen:
    """The output alone."""
    driver.seed(case.options["seed"])
    built = target.build({}, case.options["layer"])
    return Seen(output=driver.value(built(*leaves(driver, case))))


def unrecorded(driver: Driver, target: Target, case: Case) -> Seen:
    """The output of a training pass in no-grad mode."""
    with driver.no_grad():
        return output(driver, target, case)


def evaluated(driver: Driver, target: Target, case: Case) -> Seen:
    """A layer in evaluation mode, on any inputs: output and gradients."""
    built = target.build(case.coefficients, case.options.get("layer"), training=False)
    return run(driver, case, built)


def draws_nothing(driver: Driver, target: Target, case: Case) -> Seen:
    """alpha of a training pass, without a pass in evaluation mode before it and after one."""
    outputs = []
    for evaluations in (0, 1):
        driver.seed(case.options["seed"])
        for training in (False,) * evaluations + (True,):
            built = target.build({}, case.options["layer"], training)
            value = driver.value(built(*leaves(driver, case)))
        outputs.append(value)
    return Seen(outputs=outputs)


def generators(driver: Driver, target: Target, case: Case) -> Seen:
    """What the default generators give after a pass, and what a layer draws from its own.

    ``after``: for a seed, for another one, and for the first one again. If ``options["own"]``, for
    a layer that takes a generator: ``own`` (the outputs of two new layers with equal ones) and
    ``left`` (what the default generators give without such a pass and after one).
    """

    def passed(seed: int, layer: dict[str, Any]) -> Any:
        driver.seed(seed)
        inputs = leaves(driver, case)
        y = target.build({}, layer)(*inputs)
        driver.backward(y, cotangent(driver, case))
        return driver.value(y)

    after = [(passed(seed, {}), driver.drawn())[1] for seed in (1, 2, 1)]
    if not case.options["own"]:
        return Seen(after=after)
    driver.seed(3)
    left = [driver.drawn()]
    own = [passed(seed, driver.generator(5)) for seed in (4, 3)]
    return Seen(after=after, own=own, left=[*left, driver.drawn()])


def run_again(driver: Driver, target: Target, case: Case) -> Seen:
    """The outputs of two forward passes over one static graph."""
    driver.seed(case.options["seed"])
    y = target.build({}, case.options["layer"])(*leaves(driver, case))
    first = driver.value(y)
    return Seen(outputs=[first, driver.run_again(y)])


def published_draws(driver: Driver, target: Target, case: Case) -> Seen:
    """One pass of a layer that is given ``numpy.random.RandomState(options["random_state"])``."""
    rng = np.random.RandomState(case.options["random_state"])
    built = target.build({}, {**case.options["layer"], "rng": rng})
    return run(driver, case, built)
