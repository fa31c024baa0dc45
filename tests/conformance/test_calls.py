"""How the suite calls a subject, where it is not written as others are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import Unavailable
from conformance.results import Outcome
from tests.conformance.conftest import ROOT
from tests.conformance.whole_runs import judge, needs_backend

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
