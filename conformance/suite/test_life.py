"""G29: the law holds throughout the life of a layer, whatever happens in whatever order.

Hypothesis makes up lives, and shrinks one that fails to the shortest that does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conformance.case import branches
from conformance.run.judge import Judge
from conformance.suite import cases as make
from conformance.suite.graph import Graph
from conformance.suite.life import Life
from conformance.suite.marks import clause, drawing_too
from conformance.suite.script import script

SEEDS = st.integers(0, 2**16)


def machine(judge: Judge) -> type[RuleBasedStateMachine]:
    """The lives of one subject."""
    subject = judge.subject
    kind = subject.description["coefficients"]
    batches = st.just(4) if kind == "per image" else st.sampled_from([4, 1, 3, 6])
    modes = st.booleans() if subject.is_layer else st.just(True)
    wirings = ["plain"] if subject.draws else ["plain", "fan-out", "layer-twice"]

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
            return self.built(0.37)

        @rule(target=layers, number=st.sampled_from([1.0, 0.25, 0.75]))
        def build(self, number: float) -> int:
            return self.built(number)

        @rule(target=graphs, layer=layers, seed=SEEDS, batch=batches, training=modes,
              wiring=st.sampled_from(wirings))  # fmt: skip
        def forward(self, layer: int, seed: int, batch: int, training: bool, wiring: str) -> Any:
            shape = (batch, 3, 2, 2)
            inputs = [self.values(seed + i, shape) for i in range(branches(subject.layer))]
            graph = self.life.forward(layer, inputs, training=training, wiring=wiring)
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

        @precondition(lambda self: subject.is_layer)
        @rule(layer=layers)
        def copy(self, layer: int) -> None:
            self.life.copy(layer)

        def teardown(self) -> None:
            if not self.shapes:
                return
            try:
                self.life.check(judge.observe(self.life.case(), None))
            except AssertionError as error:
                error.args = (f"{error}\n\nThe life, to run by yourself:\n{script(self.life)}",)
                raise

    return Lives


@clause("G29")
@drawing_too
def test_life(judge: Judge) -> None:
    run_state_machine_as_test(
        machine(judge),
        settings=settings(
            max_examples=20 if judge.plan.quick else 200,
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
