"""G4 to G10, G15, G16 and G24: gradients that meet, passes that follow each other, two layers.

Each is a short life (``life.py``), which the law judges step by step.
"""

from __future__ import annotations

import numpy as np

from ..case import branches
from ..run.judge import Judge
from ..run.observation import Observation
from ..spec import Array, compare_exact
from . import cases as make
from .graph import Graph
from .life import Life
from .marks import clause

MEETING = ("fan-out", "same-variable", "layer-twice", "held gradient")


class _Lives:
    """Lives of one layer, on ordinary values."""

    def __init__(self, judge: Judge, per_image: bool = True) -> None:
        self.judge = judge
        self.life = Life(judge.subject, given=True)
        self.rng = judge.plan.generator("lives", judge.subject.layer)
        layer, shape = judge.subject.layer, make.SHAPE
        numbers = make.coefficients(layer, self.rng, shape, "float32", per_image)
        self.numbers = judge.subject.fitting(numbers, np.empty(shape, np.float32))
        self.layer = self.life.build(self.numbers)

    def array(self) -> Array:
        return make.values(self.rng, make.SHAPE, "float32")

    def arrays(self) -> list[Array]:
        return [self.array() for _ in range(branches(self.judge.subject.layer))]

    def graph(self, wiring: str = "plain") -> Graph:
        """A graph of the layer; its leaves hold gradients where that is the wiring."""
        wanted = (True, wiring != "same-variable")
        held = self.arrays() if wiring == "held gradient" else []
        wiring = "plain" if held else wiring
        return self.life.forward(self.layer, self.arrays(), wiring=wiring, wanted=wanted, held=held)

    def observe(self) -> Observation:
        return self.judge.observe(self.life.case())

    def check(self) -> None:
        self.life.check(self.observe())


def _check_backward(judge: Judge, wiring: str) -> None:
    """One backward pass through a graph of this wiring."""
    lives = _Lives(judge)
    lives.life.backward(lives.graph(wiring), lives.array())
    lives.check()


@clause("G7")
def test_fan_out(judge: Judge) -> None:
    _check_backward(judge, "fan-out")


@clause("G8")
def test_same_variable(judge: Judge) -> None:
    _check_backward(judge, "same-variable")


@clause("G9")
def test_existing_gradient(judge: Judge) -> None:
    _check_backward(judge, "held gradient")


@clause("G10")
def test_layer_twice(judge: Judge) -> None:
    _check_backward(judge, "layer-twice")


@clause("G4")
def test_inputs_are_kept_where_gradients_meet(judge: Judge) -> None:
    for wiring in MEETING:
        lives = _Lives(judge)
        graph = lives.graph(wiring)
        lives.life.backward(graph, lives.array())
        for i, after in enumerate(lives.observe().runs[-1].inputs):
            judge.check_exact(f"x{i} afterwards", after, graph.case.inputs[i])


@clause("G5")
def test_cotangent_is_kept_where_gradients_meet(judge: Judge) -> None:
    for wiring in MEETING:
        lives = _Lives(judge)
        dy = lives.array()
        lives.life.backward(lives.graph(wiring), dy)
        judge.check_exact("dy afterwards", lives.observe().runs[-1].cotangent, dy)


@clause("G6")
def test_stale_gradient(judge: Judge) -> None:
    lives = _Lives(judge)
    graph = lives.graph()
    lives.life.backward(graph, np.full_like(lives.array(), np.nan), keep=True)
    lives.life.clear(graph)
    lives.life.backward(graph, lives.array())
    lives.check()


@clause("G15")
def test_two_runs(judge: Judge) -> None:
    lives = _Lives(judge)
    inputs, dy = lives.arrays(), lives.array()
    for _ in range(2):
        lives.life.backward(lives.life.forward(lives.layer, inputs), dy)
    forward, backward, *again = lives.observe().runs[1:]
    _check_same_bits(judge, [forward.output, *backward.gradients], again)


@clause("G16")
def test_two_backwards(judge: Judge) -> None:
    lives = _Lives(judge)
    graph, dy = lives.graph(), lives.array()
    lives.life.backward(graph, dy, keep=True)
    lives.life.clear(graph)
    lives.life.backward(graph, dy)
    seen = lives.observe()
    _, forward, backward, _, again = seen.runs
    lives.life.check(seen)
    _check_same_bits(judge, backward.gradients, [forward, again], outputs=False)


def _check_same_bits(
    judge: Judge, first: list[Array], again: list[Observation], outputs: bool = True
) -> None:
    second = [again[0].output] * outputs + list(again[1].gradients)
    for a, b in zip(first, second, strict=True):
        comparison = compare_exact(np.asarray(a), np.asarray(b))
        judge.measure(comparison.error, comparison.unit)
        judge.check(comparison.agrees, f"two runs differ: {comparison.detail}")


@clause("G24")
def test_interleaved(judge: Judge) -> None:
    lives = _Lives(judge, per_image=False)
    other = dict.fromkeys(lives.numbers, 0.75)
    second = lives.life.build(judge.subject.fitting(other, lives.array()))
    graphs = [lives.life.forward(layer, lives.arrays()) for layer in (lives.layer, second)]
    for graph in graphs:
        lives.life.backward(graph, lives.array())
    lives.check()
