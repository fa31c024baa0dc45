"""G1 to G5, G11 to G14, G17, G27, G28, G30: what holds for every layer in one application."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..case import Case
from ..procedures import hygiene, wiring
from ..run.judge import Judge
from ..run.observation import VALUES, Observation
from ..run.plan import Plan
from ..run.subject import Subject
from . import cases as make
from .cases import Cases
from .marks import cases, clause, drawing_too


@clause("G1")
@drawing_too
@cases(make.shapes)
def test_shape(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    for array in seen.arrays():
        got, want = array.shape, case.inputs[0].shape
        judge.check(got == want, f"expected shape {want}, got {got}")
    _check_values(judge, seen)


@clause("G2")
@drawing_too
@cases(make.dtypes)
def test_dtype(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    for array in seen.arrays():
        got, want = array.dtype, case.inputs[0].dtype
        judge.check(got == want, f"expected dtype {want}, got {got}")
    _check_values(judge, seen)


def _check_values(judge: Judge, seen: Observation) -> None:
    """They are the law's, where the coefficients are known."""
    output, gradient, _ = VALUES[seen.case.layer]
    if not judge.subject.draws:
        seen.check_output(output)
        seen.check_gradients(clause=gradient)


@clause("G2")
@drawing_too
@cases(lambda s, p: {f"0-d-{d}": make.case(s, p, shape=(), dtype=d) for d in s.facts["dtypes"]})
def test_dtype_of_0d(judge: Judge, case: Case) -> None:
    for array in judge.observe(case, "G13").arrays():
        got, want = array.dtype, case.inputs[0].dtype
        judge.check(got == want, f"expected dtype {want}, got {got}")


@clause("G3")
@cases(make.layouts)
def test_layout(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    seen.check_output()
    seen.check_gradients()


def _dense(subject: Subject, plan: Plan) -> Cases:
    made = make.layouts(subject, plan)
    return {layout: made[layout] for layout in ("transposed", "channels_last") if layout in made}


@clause("G30")
@cases(_dense)
def test_dense_layout_is_kept(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    got, want = seen.output_strides, seen.input_strides[0]
    judge.check(got == want, f"expected the input's strides {want}, got {got}")


@clause("G4")
@drawing_too
@cases(make.layouts)
def test_inputs_are_kept(judge: Judge, case: Case) -> None:
    judge.observe(case).check_inputs()


@clause("G5")
@drawing_too
@cases(make.one(wiring.plain))
def test_cotangent_is_kept(judge: Judge, case: Case) -> None:
    judge.observe(case).check_cotangent()


@clause("G11")
@cases(make.subsets)
def test_wanted_gradients(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    seen.check_gradients()
    for i, wanted in enumerate(case.wanted):
        judge.check(wanted or seen.gradients[i] is None, f"dx{i} was not wanted, but is there")


@clause("G28")
@drawing_too
@cases(
    lambda s, p: {n: replace(c, procedure=hygiene.computed) for n, c in make.subsets(s, p).items()}
)
def test_computed_gradients(judge: Judge, case: Case) -> None:
    computed = judge.observe(case).computed
    wanted = list(case.wanted)
    judge.check(computed == wanted, f"wanted gradients: {wanted}, computed: {computed}")


@clause("G12")
@cases(make.one(hygiene.no_grad))
def test_no_grad(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    seen.check_output()
    judge.check(not seen.graph, "a graph is kept in no-grad mode")
    judge.check(seen.graph_outside, "no graph is kept outside of no-grad mode")


@clause("G13")
@cases(make.degenerate_shapes)
def test_0d_and_empty(judge: Judge, case: Case) -> None:
    judge.observe(case, None).check_values()


@clause("G14")
@cases(make.special_values)
def test_special_values(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    seen.check_output()
    seen.check_gradients()
    seen.check_fine(VALUES[case.layer][2])
    if case.layer == "shake_shake":  # elsewhere 0 ULP has the sign of zero in it
        zeros = (case.inputs[0] == 0) & (case.inputs[1] == 0)
        signs = np.signbit(case.inputs[0]) & np.signbit(case.inputs[1])
        wrong = np.signbit(seen.output)[zeros] != signs[zeros]
        judge.check(not wrong.any(), "a zero of two zeros has the wrong sign")


@clause("G17")
@drawing_too
@cases(make.one(hygiene.retained))
def test_retained(judge: Judge, case: Case) -> None:
    retained = judge.observe(case).retained
    judge.check(not retained, f"the graph keeps {', '.join(retained)} alive")


@clause("G27")
@drawing_too
@cases(lambda s, p: {"50-passes": make.case(s, p, hygiene.growth, shape=(16, 4, 64, 64))})
def test_memory_does_not_grow(judge: Judge, case: Case) -> None:
    grown = judge.observe(case).grown
    size = case.inputs[0].nbytes
    judge.check(grown < 10 * size, f"50 passes keep {grown / size:.0f} arrays as large as an input")
