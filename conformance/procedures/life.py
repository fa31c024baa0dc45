"""A life: a script of steps with layers and graphs, and what is seen after each of them.

``options["steps"]`` is a list of dictionaries. ``do`` names the step, a method of ``World``; the
rest are its arguments. Layers and graphs have numbers, which the script gives them. The suite
makes the scripts (``conformance/suite/life.py``), which also says what each step must show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..case import Case
from ..seen import Seen
from .driver import Driver, Variable
from .target import NAMES, Built, Target
from .wiring import fits, gradients

Wiring = Callable[[Driver, Callable[..., Variable], list[Variable]], Variable]

# z from a layer f and its inputs. z of "fan-out" has two readers of the output, and one more of
# the first input.
WIRINGS: dict[str, Wiring] = {
    "plain": lambda driver, f, xs: f(*xs),
    "fan-out": lambda driver, f, xs: driver.add(driver.add(y := f(*xs), y), xs[0]),
    "same-variable": lambda driver, f, xs: (
        f(xs[0], xs[0]) if len(xs) == 2 else driver.add(f(xs[0]), f(xs[0]))
    ),
    "layer-twice": lambda driver, f, xs: f(f(*xs), *xs[1:]),
    "between-operations": lambda driver, f, xs: driver.add(
        f(*[driver.add(x, x) for x in xs]), xs[0]
    ),
}


def live(driver: Driver, target: Target, case: Case) -> Seen:
    """Take the steps one after the other."""
    world = World(driver, target)
    return Seen(runs=[getattr(world, step["do"])(step) for step in case.options["steps"]])


@dataclass
class _Graph:
    layer: Built
    inputs: list[Variable]
    output: Variable


class World:
    """The layers and the graphs that are alive. Every method is a step."""

    def __init__(self, driver: Driver, target: Target) -> None:
        self.driver = driver
        self.target = target
        self.layers: dict[int, Built] = {}
        self.numbers: dict[int, Mapping[str, Any]] = {}
        self.graphs: dict[int, _Graph] = {}

    def build(self, step: Mapping[str, Any]) -> Seen:
        """A layer with ``coefficients``; one that draws may have none."""
        self.layers[step["layer"]] = self.target.build(step["coefficients"])
        self.numbers[step["layer"]] = step["coefficients"]
        return Seen()

    def copy(self, step: Mapping[str, Any]) -> Seen:
        """A copy of a layer object takes its place, made in the ``way`` of this number.

        What was saved is loaded into a new layer with the same coefficients. Where that raises,
        which G21 looks at, nothing happens.
        """
        number = step["layer"]
        built, target = self.layers[number], self.target
        ways = self.driver.round_trips(
            built.layer, lambda: target.build(self.numbers[number]).layer
        )
        way = list(ways)[step["way"] % len(ways)]
        try:
            self.layers[number] = target.with_layer(built, ways[way]())
        except Exception:
            return Seen(ways=[])
        return Seen(ways=[way])

    def set(self, step: Mapping[str, Any]) -> Seen:
        """The attributes of a layer object that hold its number get another ``number``."""
        built, number = self.layers[step["layer"]], step["number"]
        (name, old), *_ = self.numbers[step["layer"]].items()
        changed = []
        for attribute, held in _holding(built.layer, old).items():
            new = number if isinstance(held, float) else self._like(held, number)
            try:
                setattr(built.layer, attribute, new)
            except Exception:  # read-only, or a tensor that a number does not replace
                continue
            changed.append(attribute)
        if changed:
            self.numbers[step["layer"]] = {name: number}
        return Seen(changed=changed)

    def _like(self, held: Any, number: float) -> Any:
        """A number as what a layer holds: a NumPy array, or the framework's own."""
        if isinstance(held, np.ndarray):
            return np.array(number, held.dtype)
        return self.driver.coefficient(np.array(number))

    def seed(self, step: Mapping[str, Any]) -> Seen:
        """The default generators are seeded."""
        self.driver.seed(step["number"])
        return Seen()

    def forward(self, step: Mapping[str, Any]) -> Seen:
        """``graph`` becomes what ``layer`` makes of ``inputs``, in one of the ``WIRINGS``.

        ``held`` are gradients that the inputs have already, to which the backward pass adds.
        """
        built, driver = self.layers[step["layer"]], self.driver
        pairs = zip(step["inputs"], step["wanted"], strict=True)
        inputs = [
            driver.variable(array, needs_grad=wanted, layout=step["layout"])
            for array, wanted in pairs
        ]
        for x, array in zip(inputs, step["held"], strict=False):
            driver.set_gradient(x, array)
        with driver.autocast() if step["autocast"] else nullcontext():
            layer = replace(built, training=step["training"])
            output = WIRINGS[step["wiring"]](driver, layer, inputs)
            value = driver.value(output)
        self.graphs[step["graph"]] = _Graph(built, inputs, output)
        return Seen(output=value, inputs=[driver.value(x) for x in inputs])

    def again(self, step: Mapping[str, Any]) -> Seen:
        """A static graph is run on other ``inputs``."""
        graph = self.graphs[step["graph"]]
        for variable, array in zip(graph.inputs, step["inputs"], strict=True):
            self.driver.set_value(variable, array)
        value = self.driver.run_again(graph.output)
        return Seen(output=value, inputs=[self.driver.value(x) for x in graph.inputs])

    def clear(self, step: Mapping[str, Any]) -> Seen:
        """The gradients of a graph's inputs are cleared."""
        for x in self.graphs[step["graph"]].inputs:
            self.driver.clear_gradient(x)
        return Seen()

    def backward(self, step: Mapping[str, Any]) -> Seen:
        """``cotangent`` arrives at a graph; ``training``: the mode in which the layer then is."""
        graph, driver = self.graphs[step["graph"]], self.driver
        dy = driver.variable(step["cotangent"], needs_grad=False, layout=step["layout"])

        def run() -> None:
            with driver.mode(graph.layer.layer, step["training"]):
                if fits(graph.output, dy):
                    driver.backward(graph.output, dy, keep=step["keep"])

        if step["thread"]:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(run).result()
        else:
            run()
        return Seen(
            gradients=gradients(driver, graph.inputs),
            inputs=[driver.value(x) for x in graph.inputs],
            cotangent=driver.value(dy),
        )

    def look(self, step: Mapping[str, Any]) -> Seen:
        """Output, inputs and gradients of a graph, once more."""
        graph, driver = self.graphs[step["graph"]], self.driver
        return Seen(
            output=driver.value(graph.output),
            inputs=[driver.value(x) for x in graph.inputs],
            gradients=gradients(driver, graph.inputs),
        )

    def repeat(self, step: Mapping[str, Any]) -> Seen:
        """Many passes of a layer, forward and backward, at which nobody looks."""
        built, driver = self.layers[step["layer"]], self.driver
        dy = driver.variable(step["cotangent"], needs_grad=False)
        for _ in range(step["times"]):
            inputs = [driver.variable(array) for array in step["inputs"]]
            driver.backward(built(*inputs), dy)
        return Seen()


def _holding(layer: Any, number: float) -> dict[str, Any]:
    """The attributes and properties that are this number, under a name that such numbers have."""
    values = ((name, getattr(layer, name, None)) for name in NAMES)
    return {
        name: value
        for name, value in values
        if (isinstance(value, float) or getattr(value, "shape", None) == ()) and value == number
    }
