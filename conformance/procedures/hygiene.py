"""What a layer leaves behind: memory it keeps, gradients nobody wanted, errors it raises."""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..case import Case
from ..remote.errors import message_of
from ..seen import Seen
from .driver import Driver
from .target import Target
from .wiring import cotangent, gradients, leaves, run


def retained(driver: Driver, target: Target, case: Case) -> Seen:
    """Which of the inputs and the output the graph alone keeps alive."""
    return Seen(retained=driver.retained(target.build(case.coefficients), case.inputs))


def growth(driver: Driver, target: Target, case: Case) -> Seen:
    """By how many bytes the process grows in 50 passes of one layer, after some to warm up."""
    built = target.build({} if target.draws else case.coefficients)

    def passes(number: int) -> None:
        for _ in range(number):
            inputs = leaves(driver, case)
            driver.backward(built(*inputs), cotangent(driver, case))
        gc.collect()

    passes(10)
    before = _resident()
    passes(50)
    return Seen(grown=_resident() - before)


def _resident() -> int:
    """The memory of this process, in bytes, without what is free.

    An allocator keeps freed memory, and may put an array there: then memory that is kept shows
    as no growth (7 arrays of 50 were seen). glibc gives it back when asked, and the arrays that
    are kept can be counted.
    """
    gives_back = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if gives_back:
        gives_back(0)
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True
    )
    return int(told.stdout) * 1024


def computed(driver: Driver, target: Target, case: Case) -> Seen:
    """For which inputs gradients are computed when ``wanted`` are wanted."""
    built = target.build(case.coefficients)
    return Seen(computed=driver.computed(built, case.inputs, case.wanted, case.cotangent))


def no_grad(driver: Driver, target: Target, case: Case) -> Seen:
    """The output in no-grad mode, and whether a graph was kept there and outside of it."""
    built = target.build(case.coefficients)
    with driver.no_grad():
        y = built(*leaves(driver, case))
        output, graph = driver.value(y), driver.has_graph(y)
    outside = driver.has_graph(built(*leaves(driver, case)))
    return Seen(output=output, graph=graph, graph_outside=outside)


def threads(driver: Driver, target: Target, case: Case) -> Seen:
    """One layer in four threads at once, each with its own cotangent, several times over."""
    built = target.build(case.coefficients)

    def one(array: Any) -> Seen:
        return Seen(gradients=run(driver, replace(case, cotangent=array), built).gradients)

    with ThreadPoolExecutor(4) as pool:
        return Seen(runs=list(pool.map(one, case.options["cotangents"])))


def refused(driver: Driver, target: Target, case: Case) -> Seen:
    """What a layer does with a bad argument, given as ``options["bad"] = (place, value)``.

    ``place`` is an input's number or a coefficient's name. Where nothing is raised, the output
    is computed too: a framework that builds first and runs later may raise only there.
    """
    place, bad = case.options["bad"]
    inputs: list[Any] = leaves(driver, case)
    coefficients = dict(case.coefficients)
    if isinstance(place, int):
        as_variable = not isinstance(bad, (str, list, float, type(None)))
        inputs[place] = driver.variable(bad, needs_grad=False) if as_variable else bad
    else:
        coefficients[place] = bad
    try:
        driver.value(target.build(coefficients)(*inputs))
    except Exception as error:
        bases = [base.__name__ for base in type(error).__mro__]
        return Seen(raised=type(error).__name__, bases=bases, message=message_of(error))
    return Seen(raised=None)


def late_change(driver: Driver, target: Target, case: Case) -> Seen:
    """Change the coefficients between the forward and the backward pass.

    An array that was passed in is overwritten; so is every attribute of a layer object that
    holds the number it was built with. ``changed`` tells what was, ``raised`` the error if the
    backward pass then raised.
    """
    built = target.build(case.coefficients)
    inputs = leaves(driver, case)
    y = built(*inputs)
    driver.value(y)
    holders = [
        (attributes, name)
        for attributes in _attributes(built.layer)
        for name, value in attributes.items()
        if _holds(value, case)
    ]
    changed = [name for name, value in built.values.items() if driver.change_coefficient(value)]
    for attributes, name in holders:
        if not driver.change_coefficient(attributes[name]):
            attributes[name] = 7.0
        changed.append(name)
    try:
        driver.backward(y, cotangent(driver, case))
    except Exception as error:
        return Seen(changed=changed, raised=type(error).__name__, message=message_of(error))
    return Seen(changed=changed, raised=None, gradients=gradients(driver, inputs))


def _attributes(layer: Any) -> list[dict[str, Any]]:
    """A layer object's attributes, and those that it keeps in dictionaries (buffers)."""
    own: dict[str, Any] = getattr(layer, "__dict__", {})
    return [own, *(value for value in own.values() if type(value) is dict)]


def _holds(value: Any, case: Case) -> bool:
    """Whether an attribute is a number of the case."""
    try:
        return any(float(value) == float(number) for number in case.coefficients.values())
    except (TypeError, ValueError, RuntimeError):
        return False
