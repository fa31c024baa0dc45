"""Layer objects that are copied, pickled and saved."""

from __future__ import annotations

from typing import Any

from ..case import Case
from ..seen import Seen
from .driver import Driver
from .target import Target
from .wiring import run


def round_trips(driver: Driver, target: Target, case: Case) -> Seen:
    """Output and gradients of every copy of a layer, by the way it was copied.

    ``options["other"]`` are the coefficients of the layer that saved ones are loaded into.
    """
    built = target.build(case.coefficients, case.options.get("layer"))
    if built.layer is None:
        raise TypeError("only a layer object is saved, not a function")

    def fresh() -> Any:
        return target.build(case.options["other"], case.options.get("layer")).layer

    injected = built.values if target.draws else {}
    ways = driver.round_trips(built.layer, fresh)
    copies = [copied() for copied in ways.values()]
    runs = [
        run(driver, case, lambda *inputs, of=layer: driver.apply(of, inputs, injected))
        for layer in copies
    ]
    return Seen(ways=list(ways), runs=runs)
