"""How the suite calls a subject, where it is not written as others are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from conformance import Unavailable
from conformance.results import Outcome
from conformance.run import session
from tests.conformance.conftest import ROOT
from tests.conformance.whole_runs import PYTHONS, judge, needs_backend, run

CALLS = {
    "by another name alone": """
        def f(x, *, lambd=1.0):
            return mul_scalar(x, lambd)
        """,
    "by another name alone, of a layer": """
        class f:
            def __init__(self, *, alpha=1.0, name=None):
                self.alpha = alpha
            def __call__(self, x):
                return mul_scalar(x, self.alpha)
        """,
    "by name alone": """
        def f(x, *, scalar):
            return mul_scalar(x, scalar)
        """,
    "another argument before it": """
        def f(x, inplace=False, scalar=1.0):
            assert inplace is False
            return mul_scalar(x, scalar)
        """,
    "a class, by name alone": """
        class f:
            def __init__(self, *, scalar):
                self.scalar = scalar

            def __call__(self, x):
                return mul_scalar(x, self.scalar)
        """,
}


@needs_backend
@pytest.mark.parametrize("source", CALLS.values(), ids=CALLS)
def test_a_coefficient_with_a_name_is_passed_by_it(source: str, tmp_path: Path) -> None:
    run = judge(tmp_path, source, clauses=("M2",))
    assert run.results
    assert {result.outcome for result in run.results} == {Outcome.PASSED}


@needs_backend
def test_an_output_of_another_shape_fails_and_is_no_error_of_the_suite(tmp_path: Path) -> None:
    source = "def f(x, scalar): return mul_scalar(x[:1], scalar)\n"
    run = judge(tmp_path, source, clauses=("G1", "M2", "M3"))
    outcomes = {result.outcome for result in run.results}  # one sample is all of a batch of one
    assert outcomes == {Outcome.FAILED, Outcome.PASSED}


def test_a_missing_package_of_the_command_is_told() -> None:
    code = "import sys; sys.modules['rich'] = None; import conformance.__main__"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "needs rich, which laws do not: install the package with [conformance]" in done.stderr


@needs_backend
def test_what_a_subject_raised_itself_is_told_before_what_it_does_not_take(tmp_path: Path) -> None:
    source = "def f(scalar): raise ValueError('a defect of mine')\n"
    with pytest.raises(Unavailable) as raised:
        judge(tmp_path, source)
    first, second = str(raised.value).splitlines()[1:3]
    assert first.strip().startswith("f(scalar)(x), ")
    assert first.endswith("raises ValueError: a defect of mine (layer0.py, line 2)")
    assert second.strip().startswith("f(x, scalar), ")
    assert second.endswith("raises TypeError: f() takes 1 positional argument but 2 were given")


FUNCTIONS = {
    "a mode, by place": """
        class f(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x0, x1, training):
                ctx.beta = torch.rand(len(x0), *(1,) * (x0.ndim - 1)) if training else 0.5
                alpha = torch.rand(len(x0), *(1,) * (x0.ndim - 1)) if training else 0.5
                return (alpha * x0 + (1 - alpha) * x1).to(x0.dtype)

            @staticmethod
            def backward(ctx, dy):
                dx0, dx1 = ctx.beta * dy, (1 - ctx.beta) * dy
                return dx0.to(dy.dtype), dx1.to(dy.dtype), None
        """,
    "no mode": """
        def f(x0, x1):
            alpha, beta = torch.rand(2, len(x0), *(1,) * (x0.ndim - 1))
            value = (alpha * x0 + (1 - alpha) * x1).detach()
            carrier = beta * x0 + (1 - beta) * x1
            return (carrier + (value - carrier.detach())).to(x0.dtype)
        """,
}


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_a_function_that_draws_is_asked_for_evaluation_where_it_takes_a_mode(
    kind: str, tmp_path: Path
) -> None:
    if "torch" not in PYTHONS:
        pytest.skip("torch is not set up here")
    file = tmp_path / "mine.py"
    file.write_text("import torch\n" + dedent(FUNCTIONS[kind]), "utf-8")
    settings = session.Settings(
        clauses=("S7", "S10"), quick=True, subjects=(("torch", f"{file}:f", "shake_shake"),)
    )
    found = run(settings)
    assert {result.outcome for result in found.results} == {Outcome.PASSED}
    asked = {result.clause for result in found.results}
    assert asked == ({"S7", "S10"} if kind == "a mode, by place" else {"S10"})
    untried = {item.clause: item.reason for item in found.untried}
    assert untried == ({} if "S7" in asked else {"S7": "it takes no mode"})


@needs_backend
def test_arrays_have_the_dtype_of_x_where_others_promote_it(tmp_path: Path) -> None:
    source = """
        def f(x, scalar):
            if getattr(scalar, "ndim", 0) and scalar.dtype != x.dtype:
                raise TypeError("scalar must have the dtype of x")
            return mul_scalar(x, scalar)
        """
    found = judge(tmp_path, source, clauses=("G26", "M7"))
    assert {result.outcome for result in found.results} == {Outcome.PASSED}
