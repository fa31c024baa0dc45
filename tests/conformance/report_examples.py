"""Runs that never happened, for the tests of the report: the size and kinds of real ones."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import Any

from conformance.results import Agreement, Header, Outcome, Result, Run, SubjectInfo

TITLES = {
    "G": "General",
    "R": "Gradient reversal",
    "M": "Scalar multiply",
    "S": "Shake-Shake",
    "P": "Proof",
    "A": "Agreement",
    "G2": "the dtype is kept",
    "G13": "0-d and empty inputs",
    "G19": "forward mode",
    "R3": "0 ULP: the scale is rounded once, the product once",
    "S1": "forward within the derived bound",
}
LAYERS = ("gradient_reversal", "mul_scalar", "shake_shake")
FRAMEWORKS = {"torch": "2.13.0+cpu", "nnabla": "1.39.0", "chainer": "7.8.1"}
DTYPES = ("float16", "float32", "float64")
_CLAUSES = {"gradient_reversal": "R", "mul_scalar": "M", "shake_shake": "S"}
_UNITS = {
    "gradient_reversal": ("ULP", 0.0),
    "mul_scalar": ("ULP", 0.0),
    "shake_shake": ("bound", 0.527),
}


def info(backend: str = "torch", layer: str = LAYERS[0], foreign: bool = False) -> SubjectInfo:
    """The subject that `result` speaks of by default."""
    return SubjectInfo(
        subject=f"grl_{backend}:{layer}",
        backend=backend,
        layer=layer,
        framework_version=FRAMEWORKS[backend],
        numpy_version="1.26.4",
        python_version="3.11.7",
        device="cpu",
        interpreter="CPython 3.11.7",
        foreign=foreign,
    )


def result(outcome: Outcome = Outcome.PASSED, **changes: Any) -> Result:
    """A result of grl_torch:gradient_reversal on R3, with `changes`."""
    usual = Result(
        subject="grl_torch:gradient_reversal",
        backend="torch",
        layer="gradient_reversal",
        clause="R3",
        level="MUST",
        case="float32-contiguous-0.37",
        outcome=outcome,
        error=0.0,
        unit="ULP",
        detail="",
        rerun="python dev.py conformance --subject grl_torch:gradient_reversal --case R3-float32",
        seconds=0.012,
    )
    return replace(usual, **changes)


def failure(**changes: Any) -> Result:
    """A failed result with all that a failure tells."""
    detail = (
        "case      float16, 3x4, contiguous, scale 0.37\n"
        "expected  -0.36987305 at [1, 2]\n"
        "got       0.36987305 at [1, 2]\n"
        "error     3.2e+04 ULP, 0 allowed"
    )
    return result(Outcome.FAILED, **{"error": 3.2e4, "detail": detail, **changes})


def run(*results: Result, foreign: bool = False, complete: bool = True) -> Run:
    """A run that ended with these results on grl_torch:gradient_reversal."""
    return Run(header((info(foreign=foreign),)), results, ()).ended(complete, 65.4)


def header(subjects: Sequence[SubjectInfo], **skipped: str) -> Header:
    """A header."""
    return Header(
        suite_version="1.0.0",
        time="2026-01-02T03:04:05Z",
        seed=1223,
        machine="Linux x86_64, 4 cores",
        quick=False,
        subjects=tuple(subjects),
        skipped_backends=skipped,
    )


def large(backends: Sequence[str] = tuple(FRAMEWORKS), broken: bool = False, **skipped: str) -> Run:
    """Every layer of `backends`, some hundred results; `broken`: with all that can go wrong."""
    subjects = [info(backend, layer) for backend in backends for layer in LAYERS]
    results: list[Result] = []
    for subject, group, n, dtype in product(subjects, ("G", "own", "P"), range(1, 7), DTYPES):
        unit, worst = _UNITS[subject.layer]
        about: dict[str, Any] = {
            "subject": subject.subject,
            "backend": subject.backend,
            "layer": subject.layer,
            "clause": f"{_CLAUSES[subject.layer] if group == 'own' else group}{n}",
            "case": f"{dtype}-contiguous-0.37",
        }
        results.append(result(error=worst if group == "own" else None, unit=unit, **about))
    if broken:
        results += _broken()
    return Run(header(subjects, **skipped), tuple(results), _agreement(backends)).ended(True, 65.4)


def _broken() -> list[Result]:
    crash = "WorkerCrashed: conformance.worker.observe:observe on worker 'nnabla' died of SIGSEGV"
    nnabla = {"subject": "grl_nnabla:shake_shake", "backend": "nnabla", "layer": "shake_shake"}
    chainer = {"subject": "grl_chainer:gradient_reversal", "backend": "chainer"}
    reason = "Chainer has no forward mode: https://github.com/chainer/chainer/issues/0000"
    return [
        *(failure(case=f"float16-contiguous-{n / 8}") for n in range(5)),
        *(failure(case=f"float16-strided-{n / 8}", **chainer) for n in range(2)),
        failure(clause="S1", error=float("nan"), unit="bound", **nnabla),
        failure(clause="G13", level="SHOULD", case="float32-0d", error=None, **chainer),
        *[result(Outcome.ERRORED, clause="S1", error=None, detail=crash, **nnabla)] * 4,
        *[result(Outcome.SKIPPED, clause="G19", error=None, detail=reason, **chainer)] * 3,
    ]


def _agreement(backends: Sequence[str]) -> tuple[Agreement, ...]:
    found = []
    for layer, quantity, dtype, (one, other) in product(
        LAYERS, ("y", "dx"), DTYPES, combinations(backends, 2)
    ):
        subjects = (f"grl_{one}:{layer}", f"grl_{other}:{layer}")
        equal = layer != "shake_shake" or dtype == "float64"
        apart = 0.0 if equal else 0.25
        found.append(Agreement(layer, quantity, dtype, subjects, equal, apart, _UNITS[layer][0]))
    return tuple(found)
