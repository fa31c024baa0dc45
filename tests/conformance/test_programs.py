"""The program that a failing life is printed as: it runs, and says what its gradients must be."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from conformance.case import branches
from conformance.interpreters import BACKENDS
from conformance.results import PROGRAM
from conformance.run.judge import Judge
from conformance.run.plan import Plan
from conformance.run.subject import OURS, Subject
from conformance.suite.conditions import values
from conformance.suite.life import Life
from conformance.suite.script import script
from tests.conformance.whole_runs import (
    BACKEND,
    PYTHONS,
    interpreter,
    judge,
    needs_backend,
    right_unless,
)

NUMBERS = {"shake_shake": {"alpha": 0.25, "beta": 0.5}, "gradient_reversal": {"scale": 0.25}}
EXPECTED = re.compile(r"print\((x.*)\)  # expected: (.*)")
CHECKED = r"for one, number in zip([\1], [\2]): np.testing.assert_allclose(one, number, 1e-2)"
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
    source, expected = EXPECTED.subn(CHECKED, "\n\n".join(programs))
    _run(python.worker.python, "import numpy as np\n" + source, tmp_path)
    # Two backward passes and a look for each graph. There is one of each wiring and mode: three
    # wirings, but one for the layer that draws; two modes, but one for a function.
    assert expected == 2 * (6 + 3 + 3)  # not where coefficients are drawn
    assert source.count("print(") == 3 * (6 + 3 + 2 + 3) - expected


@needs_backend
def test_a_program_ends_where_the_law_does_not_hold(tmp_path: Path) -> None:
    wrong = right_unless("x.shape[0] == 3", "x = mul_scalar(x, -1)")
    (result,) = judge(tmp_path, wrong, clauses=("G29",)).results
    program = result.detail.partition(PROGRAM)[2].strip()
    assert program.endswith("\nprint(y0)")
    # The number is positive, so the output has the sign of x where the law holds.
    _run(PYTHONS[BACKEND], program + "\nassert (y0.array * x0_0.array < 0).all()", tmp_path)


def _run(python: str, program: str, folder: Path) -> str:
    (folder / "program.py").write_text(program, "utf-8")
    done = subprocess.run(
        [python, folder / "program.py"],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
