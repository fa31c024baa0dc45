"""What a report of the suite tells of each framework."""

from __future__ import annotations

from typing import Any

from conformance import LAYERS, __version__
from conformance.interpreters import BACKENDS
from conformance.report import words
from conformance.results import Outcome, Run

AGREEMENT = "A1"  # a result of it is about two frameworks, and is listed under the first
DTYPES = "G23"  # tried in each dtype that a framework has, which ends the name of the case


def judged(run: Run) -> dict[str, Any]:
    """The facts of a report. Raises ValueError where it is not that of a full run that passed."""
    header = run.header
    layers = {(info.backend, info.layer) for info in header.subjects if not info.foreign}
    part = header.quick or header.chosen or len(layers) < len(BACKENDS) * len(LAYERS)
    if run.verdict or part or header.suite_version != __version__:
        raise ValueError(
            f"the report is not taken, of {len(layers)} layers of this project. "
            f"{words.run_line(header)}. {words.verdict_text(run)}. Wanted is a run of suite "
            f"{__version__} without options, on all layers, in which all conform"
        )
    return {
        "suite": header.suite_version,
        "time": header.time,
        "machine": header.machine,
        "frameworks": {backend: _framework(run, backend) for backend in BACKENDS},
        "agreement": _agreement(run),
    }


def _framework(run: Run, backend: str) -> dict[str, Any]:
    info = next(each for each in run.header.subjects if each.backend == backend)
    own = [result for result in run.results if result.backend == backend]
    compared = [r for r in run.results if r.clause == AGREEMENT and f"-vs-{backend}-" in r.case]
    limited = {r.clause: r.detail for r in own if r.outcome is Outcome.SKIPPED}
    return {
        "version": info.framework_version,
        "numpy": info.numpy_version,
        "python": info.python_version,
        "device": info.device,
        "met": sorted({result.clause for result in (*own, *compared)} - limited.keys()),
        "limited": limited,
        "untried": {each.clause: each.reason for each in run.untried if each.backend == backend},
        "dtypes": _dtypes(run, backend),
    }


def _dtypes(run: Run, backend: str) -> list[str]:
    """Those in which all layers of a framework have passed, in the order of the cases."""
    passed: dict[str, set[str]] = {}
    for result in run.results:
        if (result.clause, result.backend, result.outcome) == (DTYPES, backend, Outcome.PASSED):
            name = result.case.rpartition("-")[2].removesuffix("]")
            passed.setdefault(name, set()).add(result.subject)
    subjects = {info.subject for info in run.header.subjects if info.backend == backend}
    return [name for name, by in passed.items() if by == subjects]


def _agreement(run: Run) -> dict[str, dict[str, dict[str, float]]]:
    """For every two frameworks and layer, how far they are apart at most, by unit."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for each in run.agreement:
        pair = " ".join(subject.partition("-")[0] for subject in each.subjects)
        largest = found.setdefault(pair, {}).setdefault(each.layer, {})
        if not each.bitwise_equal:
            largest[each.unit] = max(largest.get(each.unit, 0.0), each.largest_error)
    return found
