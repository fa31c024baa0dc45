"""Layer objects that are copied, pickled and saved."""

from __future__ import annotations

from typing import Any

from conformance.case import Case
from conformance.procedures.driver import Driver
from conformance.procedures.wiring import cotangent, leaves, seen
from conformance.worker.target import Target


def round_trips(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """Output and gradients of every copy of a layer, by the way it was copied.

    ``options["other"]`` are the coefficients of the layer that saved ones are loaded into.
    """
    built = target.build(case.coefficients, case.options.get("layer"))
    if built.layer is None:
        raise TypeError("only a layer object is saved, not a function")

    def fresh() -> Any:
        return target.build(case.options["other"], case.options.get("layer")).layer

    runs = {}
    for way, layer in driver.round_trips(built.layer, fresh).items():
        inputs = leaves(driver, case)
        injected = built.values if target.draws else {}
        y = driver.apply(layer, inputs, injected)
        driver.value(y)
        driver.backward(y, cotangent(driver, case))
        runs[way] = seen(driver, y, inputs)
    return runs


PROCEDURES = {"round_trips": round_trips}
