"""Writes the life of a layer as a script, and says what each of its steps must show.

The worker takes the steps (``conformance/procedures/life.py``). A layer that draws is given a
probe channel beside the real ones, of ones in the first branch, zeros in the second and ones in
the cotangent: its coefficients are read off there, and the law is then asked of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from ..case import Case
from ..procedures import life as procedure
from ..run.observation import Observation
from ..run.subject import Subject
from ..spec import Array
from .graph import Graph, gradients, output, read, sample

HALVES = {"alpha": 0.5, "beta": 0.5}


class Life:
    """Each method adds a step; ``check`` compares what was seen, step by step."""

    def __init__(self, subject: Subject, given: bool = False) -> None:
        """``given``: also a layer that draws is handed its coefficients."""
        self.subject = subject
        self.probed = subject.draws and not given
        self.steps: list[dict[str, Any]] = []
        self.checks: list[Callable[[Observation], None]] = []
        self.numbers: list[dict[str, Any]] = []  # of each layer: given, and after it was set
        self.graphs = 0
        self.drawn: list[Array] = []  # each beta that was read off a probe
        self.told = self.steps  # up to the one that shows something else

    def build(self, coefficients: dict[str, Any]) -> int:
        """A layer, with coefficients that fit the subject; returns its number."""
        fitting = {} if self.probed else coefficients
        self.numbers.append(fitting)
        layer = len(self.numbers) - 1
        self._step("build", layer=layer, coefficients=fitting)
        return layer

    def copy(self, layer: int, way: int = 0) -> None:
        """A copy takes the place of a layer object: a deep one, or of the way of this number."""

        def check(seen: Observation) -> None:
            step.update(ways=seen.ways, coefficients=self.numbers[layer])

        step = self._step("copy", check, layer=layer, way=way)

    def set(self, layer: int, number: float) -> None:
        """A layer object gets another number, if it has an attribute for it."""

        def check(seen: Observation) -> None:
            step["changed"] = seen.changed
            if seen.changed:
                self.numbers[layer] = dict.fromkeys(self.numbers[layer], number)

        step = self._step("set", check, layer=layer, number=number)

    def seed(self) -> None:
        """The default generators are seeded, each time with another number."""
        self._step("seed", number=len(self.steps))

    def forward(
        self,
        layer: int,
        inputs: Sequence[Array],
        *,
        wanted: Sequence[bool] = (True, True),
        layout: str = "contiguous",
        wiring: str = "plain",
        training: bool = True,
        autocast: bool = False,
        held: Sequence[Array] = (),
    ) -> Graph:
        """A graph, whose output is checked; ``held``: what its leaves hold as gradients already."""
        arrays = self._probe(inputs)
        coefficients = given = self.numbers[layer]
        if self.subject.draws and not training:
            coefficients = HALVES
        if wiring == "same-variable":
            arrays = (arrays[0],) * len(arrays)
        how: dict[str, Any] = {"wanted": tuple(wanted[: len(arrays)]), "layout": layout}
        case = Case(self.subject.layer, procedure.live, arrays, coefficients, **how)
        graph = Graph(self.graphs, case, wiring, self.probed and training)
        graph.arrived = [[] for _ in arrays]
        self.graphs += 1

        def check(seen: Observation) -> None:
            if coefficients is given:  # which may have been set since
                graph.case = replace(graph.case, coefficients=self.numbers[layer])
            self._check_forward(graph, seen)
            graph.hold(before)

        before = self._probe(held, zero=True)
        self._step(
            "forward",
            check,
            graph=graph.number,
            layer=layer,
            inputs=list(arrays),
            wiring=wiring,
            training=training,
            autocast=autocast,
            held=list(before),
            **how,
        )
        return graph

    def again(self, graph: Graph, inputs: Sequence[Array]) -> None:
        """A static graph is run on other inputs."""
        arrays = self._probe(inputs)
        if graph.wiring == "same-variable":
            arrays = (arrays[0],) * len(arrays)

        def check(seen: Observation) -> None:
            graph.case = replace(graph.case, inputs=arrays)
            self._check_forward(graph, seen)

        self._step("again", check, graph=graph.number, inputs=list(arrays))

    def clear(self, graph: Graph) -> None:
        """The gradients of a graph are cleared."""

        def check(seen: Observation) -> None:
            graph.arrived = [[] for _ in graph.arrived]
            graph.factors = []

        self._step("clear", check, graph=graph.number)

    def backward(
        self,
        graph: Graph,
        cotangent: Array,
        *,
        layout: str = "contiguous",
        training: bool = True,
        keep: bool = False,
        thread: bool = False,
    ) -> None:
        """The gradients are checked, and what was passed in."""
        (dy,) = self._probe([cotangent])

        def check(seen: Observation) -> None:
            if not self.probed:
                graph.add_factors()
                step["factors"] = graph.factors
            self._check_backward(graph, dy, seen)

        step = self._step(
            "backward",
            check,
            graph=graph.number,
            cotangent=dy,
            layout=layout,
            training=training,
            keep=keep,
            thread=thread,
        )

    def look(self, graph: Graph) -> None:
        """Output, inputs and gradients are what they were."""
        self._step("look", lambda seen: self._check_look(graph, seen), graph=graph.number)

    def repeat(self, layer: int, times: int, inputs: Sequence[Array], cotangent: Array) -> None:
        """Many passes at which nobody looks."""
        (dy,) = self._probe([cotangent])
        self._step("repeat", layer=layer, times=times, inputs=self._probe(inputs), cotangent=dy)

    def case(self) -> Case:
        """The life as one case; its inputs are those of the first forward pass."""
        first = next(step for step in self.steps if step["do"] == "forward")
        inputs = tuple(first["inputs"])
        return Case(
            self.subject.layer,
            procedure.live,
            inputs,
            self.numbers[0],
            inputs[0],
            (True,) * len(inputs),
            options={"steps": self.steps},
        )

    def check(self, observation: Observation) -> None:
        """Hold every step to the law.

        Raises:
            NotConforming: one shows something else; the message says which.
        """
        checks = zip(self.checks, observation.runs, strict=True)
        for number, (check, seen) in enumerate(checks):
            try:
                check(seen)
            except AssertionError as error:
                self.told = self.steps[: number + 1]
                error.args = (f"{self.told[-1]['do']}: {error}",)
                raise
        self._check_drawn(observation)

    def _check_drawn(self, observation: Observation) -> None:
        """Graphs have a beta of their own each, which no mode at the backward pass replaces."""
        check = observation.score.check
        images = [b for b in self.drawn if b.dtype.itemsize > 2 and len(np.unique(b)) > 1]
        for one, other in combinations(images, 2):
            both = zip(one.ravel(), other.ravel(), strict=False)
            check(any(a != b for a, b in both), "two graphs have the same beta")
        if self.subject.options:  # its class says that it draws both by default
            # In 16 bits one draw of two thousand is 1/2, by rounding.
            halves = any((beta == 0.5).all() for beta in self.drawn if beta.dtype.itemsize > 2)
            check(not halves, "beta is 1/2 after a forward pass in training mode")

    def _step(
        self, do: str, check: Callable[[Observation], None] = lambda seen: None, **what: Any
    ) -> dict[str, Any]:
        self.steps.append({"do": do, **what})
        self.checks.append(check)
        return self.steps[-1]

    def _probe(self, arrays: Sequence[Array], zero: bool = False) -> tuple[Array, ...]:
        """The arrays with a channel of ones, of zeros for the second branch, beside their own."""
        if not self.probed:
            return tuple(arrays)
        return tuple(
            np.concatenate([x, np.full_like(x[:, :1], i == 0 and not zero)], axis=1)
            for i, x in enumerate(arrays)
        )

    def _check_forward(self, graph: Graph, seen: Observation) -> None:
        if graph.drawn:
            drawn = {"alpha": read(seen.output), "beta": 0.5}
            graph.case = replace(graph.case, coefficients=drawn)
        self._check_output(graph, seen)
        seen.under(graph.case).check_inputs()

    def _check_output(self, graph: Graph, seen: Observation) -> None:
        own = self._sampled(graph, seen)
        if graph.wiring == "plain":
            own.check_output()
        else:
            expected = output(graph.law, graph.wiring)
            own.score.check_within("y", own.output, expected, graph.law.dtype.name)

    def _sampled(self, graph: Graph, seen: Observation) -> Observation:
        """What was seen, at the elements that the law is asked about."""
        shape = graph.case.inputs[0].shape
        at = sample(shape)

        def pick(name: str, array: Any) -> Any:
            got = np.shape(array)
            if array is None:
                return None
            seen.score.check(got == shape, f"{name}: expected shape {shape}, got {got}", "G1")
            return array if at is None else array[at]

        what = {"output": pick("y", seen.seen.get("output"))}
        gradients = seen.seen.get("gradients", [])
        what["gradients"] = [pick(f"dx{i}", g) for i, g in enumerate(gradients)]
        return Observation(seen.score, graph.sampled, what)

    def _check_backward(self, graph: Graph, dy: Array, seen: Observation) -> None:
        if graph.drawn and graph.beta is None:
            first = seen.gradients[0]
            beta = read(first) if first is not None else 1 - read(seen.gradients[1])
            graph.beta = beta
            self.drawn.append(beta)
            graph.case = replace(graph.case, coefficients={**graph.case.coefficients, "beta": beta})
        graph.case = replace(graph.case, cotangent=dy)
        terms = gradients(graph.law, graph.wiring)
        graph.arrived = [a + new for a, new in zip(graph.arrived, terms, strict=True)]
        self._check_gradients(graph, seen)
        own = seen.under(graph.case)
        own.check_inputs()
        own.check_cotangent()

    def _check_gradients(self, graph: Graph, seen: Observation) -> None:
        law, own = graph.law, self._sampled(graph, seen)
        own.check_gradients([law.total(terms) if terms else None for terms in graph.arrived])
        for i, wanted in enumerate(graph.case.wanted):
            there = seen.gradients[i] is not None
            own.score.check(wanted or not there, f"dx{i} was not wanted, but is there", "G11")

    def _check_look(self, graph: Graph, seen: Observation) -> None:
        self._check_output(graph, seen)
        seen.under(graph.case).check_inputs()
        self._check_gradients(graph, seen)
