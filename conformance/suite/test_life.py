"""G29: the law holds throughout the life of a layer, whatever happens in whatever order.

Hypothesis makes up lives, and shrinks one that fails to the shortest that does.
"""

from __future__ import annotations

import hashlib
import pickle
import time
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ..case import branches
from ..results import PROGRAM
from ..run.judge import Judge
from ..run.score import NotConforming
from . import cases as make
from .graph import Graph
from .life import Life
from .marks import clause, drawing_too
from .script import script

SEEDS = st.integers(0, 2**16)
SHRINKING = 20.0  # seconds; without a limit it took minutes of slow layers
# That no other attribute of a layer is likely to have.
NUMBERS = st.sampled_from([0.59, 0.23, 0.83, 0.41])


def machine(judge: Judge) -> tuple[type[RuleBasedStateMachine], dict[bytes, str]]:
    """The lives of one subject, and what fails in those that do."""
    subject = judge.subject
    kind = subject.description["coefficients"]
    batches = st.just(4) if kind == "per image" else st.sampled_from([4, 1, 3, 6])
    modes = st.booleans() if subject.has_modes else st.just(True)
    precisions = st.booleans() if subject.facts["autocast"] else st.just(False)
    settable = subject.is_layer and subject.layer != "shake_shake" and kind == "number"
    wirings = ["plain"] if subject.draws else ["plain", "fan-out", "layer-twice"]

    failing: dict[bytes, str] = {}
    ends = [float("inf")]  # of the search for a shorter one, after the first that fails

    class Lives(RuleBasedStateMachine):
        layers = Bundle("layers")
        graphs = Bundle("graphs")

        def __init__(self) -> None:
            super().__init__()
            self.life = Life(subject)
            self.shapes: dict[int, tuple[int, ...]] = {}

        def values(self, seed: int, shape: tuple[int, ...]) -> Any:
            rng = judge.plan.generator("life", seed)
            return make.values(rng, shape, "float32")

        def built(self, number: float) -> int:
            shape = (4, 3, 2, 2)
            rng = judge.plan.generator("life", number)
            base = make.coefficients(subject.layer, rng, shape, "float32", per_image=False)
            given = base if subject.layer == "shake_shake" else dict.fromkeys(base, number)
            fitting = subject.fitting(given, np.empty(shape, np.float32))
            return self.life.build(fitting)

        @initialize(target=layers)
        def first(self) -> int:
            if subject.draws:  # or it goes on where another life ended, which was seeded as well
                self.life.seed()
            return self.built(0.37)

        @rule(target=layers, number=NUMBERS)
        def build(self, number: float) -> int:
            return self.built(number)

        @rule(target=graphs, layer=layers, seed=SEEDS, batch=batches, training=modes,
              wiring=st.sampled_from(wirings), autocast=precisions)  # fmt: skip
        def forwards(self, **what: Any) -> Graph:
            return self.forward(**what)

        def forward(self, layer: int, seed: int, batch: int, **how: Any) -> Graph:
            shape = (batch, 3, 2, 2)
            inputs = [self.values(seed + i, shape) for i in range(branches(subject.layer))]
            graph = self.life.forward(layer, inputs, **how)
            self.shapes[graph.number] = shape
            return graph

        @rule(graph=graphs, seed=SEEDS, training=modes, thread=st.booleans())
        def backward(self, graph: Graph, seed: int, training: bool, thread: bool) -> None:
            dy = self.values(seed, self.shapes[graph.number])
            self.life.backward(graph, dy, training=training, thread=thread, keep=True)

        @rule(graph=graphs)
        def clear(self, graph: Graph) -> None:
            self.life.clear(graph)

        @rule(graph=graphs)
        def look(self, graph: Graph) -> None:
            self.life.look(graph)

        @rule()
        def seed(self) -> None:
            self.life.seed()

        @precondition(lambda self: subject.is_layer)
        @rule(layer=layers, way=st.integers(0, 3))
        def copy(self, layer: int, way: int) -> None:
            self.life.copy(layer, way)

        @precondition(lambda self: settable)
        @rule(layer=layers, number=NUMBERS)
        def set(self, layer: int, number: float) -> None:
            self.life.set(layer, number)

        def teardown(self) -> None:
            for layer in range(len(self.life.numbers)):  # each makes a last pass
                graph = self.forward(layer, layer, 4)
                self.life.backward(graph, self.values(layer, self.shapes[graph.number]))
            life = hashlib.sha256(pickle.dumps(self.life.steps)).digest()
            if time.monotonic() > ends[0] and life not in failing:
                return
            try:
                self.life.check(judge.observe(self.life.case(), None))
            except AssertionError as error:
                failing[life] = str(error)
                ends[0] = min(ends[0], time.monotonic() + SHRINKING)
                error.args = (f"{error}\n\n{PROGRAM}\n{script(self.life)}",)
                raise

    return Lives, failing


@clause("G29")
@drawing_too
def test_life(judge: Judge) -> None:
    lives, failing = machine(judge)
    try:
        _run(lives, judge.plan.quick)
    except Flaky as error:  # the same life fails and passes
        raise NotConforming(f"not each time: {next(iter(failing.values()))}") from error


def _run(lives: type[RuleBasedStateMachine], quick: bool) -> None:
    run_state_machine_as_test(
        lives,
        settings=settings(
            max_examples=20 if quick else 200,
            stateful_step_count=12,
            deadline=None,
            database=None,
            derandomize=True,
            report_multiple_bugs=False,
            print_blob=False,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
