"""The program that a failing life is printed as: whatever happens in it, it runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from conformance.case import branches
from conformance.interpreters import BACKENDS
from conformance.run.judge import Judge
from conformance.run.plan import Plan
from conformance.run.subject import OURS, Subject
from conformance.suite.conditions import values
from conformance.suite.life import Life
from conformance.suite.script import script
from tests.conformance.whole_runs import interpreter

NUMBERS = {"shake_shake": {"alpha": 0.25, "beta": 0.5}, "gradient_reversal": {"scale": 0.25}}
X = np.ones((4, 3, 2, 2), np.float32)


def _life(subject: Subject) -> Life:
    """Every step that there is."""
    life, inputs = Life(subject), [X] * branches(subject.layer)
    layer = life.build(NUMBERS[subject.layer])
    if subject.is_layer:
        for way in range(4):
            life.copy(layer, way)
        if not subject.draws:
            life.set(layer, 0.5)
    life.seed()
    autocast = "autocast" in values(subject)["precision"]
    for wiring in ("plain",) if subject.draws else ("plain", "fan-out", "layer-twice"):
        for training in (True, False) if subject.is_layer else (True,):
            graph = life.forward(layer, inputs, wiring=wiring, training=training, autocast=autocast)
            for thread in (False, True):
                life.backward(graph, X, training=not training, thread=thread, keep=True)
            life.look(graph)
            life.clear(graph)
    return life


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_step_is_one_that_runs(backend: str, tmp_path: Path) -> None:
    programs = []
    with interpreter(backend) as python:
        for layer in NUMBERS:
            for name in OURS[layer]:
                subject = Subject(python, layer, f"grl_{backend}:{name}", foreign=True)
                life = _life(subject)
                life.check(Judge(subject, Plan()).observe(life.case()))
                programs.append(script(life))
    (tmp_path / "programs.py").write_text("\n\n".join(programs), "utf-8")
    done = subprocess.run(
        [python.worker.python, tmp_path / "programs.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Two backward passes and a look for each graph. There is one of each wiring and mode: three
    # wirings, but one for the layer that draws; two modes, but one for a function.
    assert sum(program.count("print(") for program in programs) == 3 * (6 + 3 + 2 + 3)
