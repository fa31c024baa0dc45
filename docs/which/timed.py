"""What a run of the benchmarks tells of each framework: our reversal, forward and backward."""

from __future__ import annotations

from typing import Any

from benchmarks.analysis.statistics import Summary, ratio, times
from benchmarks.model import FRESH_COPY, ONE, OURS, PUBLISHED, Results, Row, Workload
from conformance.interpreters import BACKENDS

DIGITS = 4  # more of them are noise, and differ between releases of NumPy


def timed(results: Results) -> dict[str, Any]:
    """The facts of a run. Raises ValueError where it lacks one."""
    header = results.header
    return {
        "date": header["date"],
        "machine": f"{header['system']['cpu_model_name']}, {header['system']['cpu_count']} cores",
        "rounds": header["rounds"],
        "versions": {backend: header["backends"][backend]["version"] for backend in BACKENDS},
        "frameworks": {backend: _reversal(results, backend) for backend in BACKENDS},
    }


def _reversal(results: Results, backend: str) -> dict[str, Any]:
    small, large = (
        Row(Workload("gradient_reversal", "both", shape), backend, OURS)
        for shape in (ONE, PUBLISHED)
    )
    for row in (small, large):
        if not results.of(row):
            raise ValueError(f"the run of the benchmarks has no time of {row.label!r}")
    copies = ratio(results.of(large), results.of(Row(large.workload, backend, FRESH_COPY)))
    if copies is None:
        raise ValueError(f"the run of the benchmarks has no fresh copy beside {large.label!r}")
    return {
        "one": _figure(times(results.of(small))),
        "published": _figure(times(results.of(large))),
        "published, in fresh copies": _figure(copies),
    }


def _figure(found: Summary) -> dict[str, float]:
    if found.rounds < 3:
        raise ValueError(f"the run of the benchmarks has {found.rounds} rounds, wanted at least 3")
    return {"median": _rounded(found.median), "margin": _rounded(found.margin)}


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
