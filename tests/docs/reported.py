"""A run that says what docs/which.json keeps of one, for the tests of the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance import LAYERS
from conformance.results import Agreement, Header, Outcome, Result, Run, SubjectInfo, Untried


def run_of(judged: Mapping[str, Any]) -> Run:
    """The report in short: one result for each clause, and one of G23 for each layer and dtype."""
    header = Header(
        suite_version=judged["suite"],
        time=judged["time"],
        seed=0,
        machine=judged["machine"],
        quick=False,
        subjects=tuple(
            SubjectInfo(
                subject=f"grl_{backend}:{layer}",
                backend=backend,
                layer=layer,
                framework_version=said["version"],
                numpy_version=said["numpy"],
                python_version=said["python"],
                device=said["device"],
                interpreter=f"CPython {said['python']}",
            )
            for backend, said in judged["frameworks"].items()
            for layer in LAYERS
        ),
        skipped_backends={},
    )
    results = tuple(
        each
        for backend, said in judged["frameworks"].items()
        for each in _results(backend, said, judged["levels"])
    )
    untried = tuple(
        Untried(f"grl_{backend}:{layer}", backend, layer, clause, judged["levels"][clause], reason)
        for backend, said in judged["frameworks"].items()
        for clause, reason in said["untried"].items()
        for layer in LAYERS
    )
    return Run(header, results, tuple(_agreement(judged)), untried).ended(True, 1.0)


def result(backend: str, layer: str, clause: str, level: Any, **what: Any) -> Result:
    """A result that passed."""
    case = what.get("case") or f"made[{backend}-{layer}-float32]"
    given = {"outcome": Outcome.PASSED, "error": None, "unit": "ULP", "detail": "", **what}
    subject = f"grl_{backend}:{layer}"
    return Result(
        subject, backend, layer, clause, level, rerun="", seconds=0.0, **{**given, "case": case}
    )


def _results(backend: str, said: Mapping[str, Any], levels: Mapping[str, str]) -> Iterator[Result]:
    for clause in said["met"]:
        if clause == "A1":
            # Of two frameworks the first one is named; chainer is the last of the three.
            others = {"torch": ("nnabla", "chainer"), "nnabla": ("chainer",)}.get(backend, ())
            for other in others:
                case = f"agreement[{backend}-mul_scalar-vs-{other}-mul_scalar-float32]"
                yield result(backend, "shake_shake", clause, "MUST", case=case)
        elif clause == "G23":
            for layer in LAYERS:
                for dtype in said["dtypes"]:
                    case = f"dtypes[{backend}-{layer}-{dtype}]"
                    yield result(backend, layer, clause, levels[clause], case=case)
        else:
            yield result(backend, "shake_shake", clause, levels[clause])
            yield result(backend, "mul_scalar", clause, levels[clause])
    for clause, detail in said["limited"].items():
        skipped = {"outcome": Outcome.SKIPPED, "detail": detail}
        yield result(backend, "shake_shake", clause, levels[clause], **skipped)


def _agreement(judged: Mapping[str, Any]) -> Iterator[Agreement]:
    for each in judged["agreement"]:
        first, second = (f"{backend}-{each['layer']}" for backend in each["frameworks"])
        pair = (first, second)
        yield Agreement(each["layer"], "dx0", "float16", pair, True, 0.0, "ULP")
        for unit, error in each["largest"].items():
            yield Agreement(each["layer"], "y", "float32", pair, False, error / 2, unit)
            yield Agreement(each["layer"], "y", "float16", pair, False, error, unit)
